using System.Text.Json.Nodes;

namespace TextDiff;

/// <summary>What has to change in one text to make another of it, line by line.</summary>
public static class Node
{
    private const string Before = "one\ntwo\nthree\n";
    private const string After = "one\n2\nthree\nfour\n";

    private const string ChangeSchema = """
        {"title":"Change","type":"object","properties":{
        "kind":{"enum":["added","removed"]},
        "line":{"type":"integer","description":"Counted from 1, in the text that has the line"},
        "text":{"type":"string"}},
        "required":["kind","line","text"]}
        """;

    public static JsonObject Definition() => new()
    {
        ["name"] = "text_diff",
        ["friendly_name"] = "Text Diff",
        ["description"] = "What has to change in one text to make another of it",
        ["category"] = "Text",
        ["pins"] = new JsonArray(
            Input("exec", "Exec", "Starts"),
            Input("before", "String", "The old text", ("default_value", Before)),
            Input("after", "String", "The new text", ("default_value", After)),
            Input("ignore", "String", "What makes no difference", ("default_value", "nothing"),
                ("valid_values", new JsonArray("nothing", "case", "space"))),
            Output("exec_out", "Exec", "Fires when the texts differ"),
            Output("same", "Exec", "Fires when they do not"),
            Output("diff", "String", "Lines with + and -"),
            Output("changes", "Struct", "Lines that were added or removed",
                ("value_type", "Array"), ("schema", ChangeSchema)),
            Output("added", "I64", "How many lines are new"),
            Output("removed", "I64", "How many lines are gone")),
        ["permissions"] = new JsonArray(),
        ["abi_version"] = 1,
    };

    public static JsonObject Run(JsonObject inputs)
    {
        var before = Lines(Text(inputs, "before", Before));
        var after = Lines(Text(inputs, "after", After));
        var same = Comparison(Text(inputs, "ignore", "nothing"));
        if (same is null) return Failed("\"ignore\" is nothing, case or space");
        if (!Diff.Fits(before.Length, after.Length))
        {
            return Failed($"{before.Length} and {after.Length} lines are too many to compare; split the texts");
        }

        var lines = Diff.Lines(before, after, same);
        var changes = lines.Where(line => line.Kind != Kind.Kept).ToList();
        Console.Error.WriteLine($"{changes.Count} of {lines.Count} lines differ");
        return new JsonObject
        {
            ["outputs"] = new JsonObject
            {
                ["diff"] = string.Concat(lines.Select(line => $"{Mark(line.Kind)}{line.Text}\n")),
                ["changes"] = new JsonArray([.. changes.Select(Change)]),
                ["added"] = changes.Count(line => line.Kind == Kind.Added),
                ["removed"] = changes.Count(line => line.Kind == Kind.Removed),
            },
            ["activate_exec"] = new JsonArray(changes.Count > 0 ? "exec_out" : "same"),
        };
    }

    private static JsonNode Change(Line line) => new JsonObject
    {
        ["kind"] = line.Kind == Kind.Added ? "added" : "removed",
        ["line"] = line.Number,
        ["text"] = line.Text,
    };

    private static char Mark(Kind kind) => kind switch { Kind.Added => '+', Kind.Removed => '-', _ => ' ' };

    private static Func<string, string, bool>? Comparison(string ignored) => ignored switch
    {
        "nothing" => (a, b) => a == b,
        "case" => (a, b) => a.Equals(b, StringComparison.OrdinalIgnoreCase),
        "space" => (a, b) => WithoutSpace(a) == WithoutSpace(b),
        _ => null,
    };

    private static string WithoutSpace(string text) => string.Concat(text.Where(letter => !char.IsWhiteSpace(letter)));

    private static string Text(JsonObject inputs, string pin, string otherwise) =>
        inputs[pin]?.GetValue<string>() ?? otherwise;

    /// <summary>An end of line ends a line, it does not begin one.</summary>
    private static string[] Lines(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }

    private static JsonObject Failed(string message)
    {
        Console.Error.WriteLine(message);
        return new JsonObject
        {
            ["outputs"] = new JsonObject(),
            ["activate_exec"] = new JsonArray(),
            ["error"] = message,
        };
    }

    private static JsonObject Input(string name, string type, string text, params (string, JsonNode)[] more) =>
        Pin("Input", name, type, text, more);

    private static JsonObject Output(string name, string type, string text, params (string, JsonNode)[] more) =>
        Pin("Output", name, type, text, more);

    private static JsonObject Pin(
        string direction, string name, string type, string text, (string Name, JsonNode Value)[] more)
    {
        var pin = new JsonObject
        {
            ["name"] = name,
            ["friendly_name"] = char.ToUpperInvariant(name[0]) + name[1..].Replace('_', ' '),
            ["description"] = text,
            ["pin_type"] = direction,
            ["data_type"] = type,
        };
        foreach (var member in more) pin[member.Name] = member.Value;
        return pin;
    }
}
