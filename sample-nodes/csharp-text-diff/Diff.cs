namespace TextDiff;

public enum Kind { Kept, Added, Removed }

/// <summary>A line and where it is, counted from 1: in the new text, or in the old one if it was removed.</summary>
public record Line(Kind Kind, int Number, string Text);

public static class Diff
{
    private const int MostCells = 16_000_000;

    /// <summary>Whether texts of so many lines can be compared: the table has a cell for each pair of lines.</summary>
    public static bool Fits(int before, int after) => (before + 1L) * (after + 1L) <= MostCells;

    /// <summary>By the longest common subsequence; what is removed stands before what is added.</summary>
    public static List<Line> Lines(string[] before, string[] after, Func<string, string, bool> same)
    {
        // common[i, j]: the length of the longest common subsequence of what is left from i and from j on.
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
            {
                common[i, j] = same(before[i], after[j])
                    ? common[i + 1, j + 1] + 1
                    : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<Line>();
        var (old, now) = (0, 0);
        while (old < before.Length || now < after.Length)
        {
            if (old < before.Length && now < after.Length && same(before[old], after[now]))
            {
                lines.Add(new Line(Kind.Kept, now + 1, after[now]));
                old++;
                now++;
            }
            else if (old < before.Length && (now == after.Length || common[old + 1, now] >= common[old, now + 1]))
            {
                lines.Add(new Line(Kind.Removed, old + 1, before[old]));
                old++;
            }
            else
            {
                lines.Add(new Line(Kind.Added, now + 1, after[now]));
                now++;
            }
        }
        return lines;
    }
}
