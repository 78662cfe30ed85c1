// A command: the first argument says what to do, the answer is all of standard output. Such a node calls no function of
// the host; what it writes to standard error becomes log lines.

using System.Text;
using System.Text.Json.Nodes;
using TextDiff;

switch (args.FirstOrDefault()?.ToLowerInvariant())
{
    case "get-node":
        Console.Write(new JsonArray(Node.Definition()).ToJsonString());
        break;
    case "run":
        Console.Write(Run(args.Length > 1 ? args[1] : Console.In.ReadToEnd()));
        break;
    case "run-b64":
        Console.Write(Run(Encoding.UTF8.GetString(Convert.FromBase64String(args[1]))));
        break;
    case "get-abi-version":
        Console.Write(1);
        break;
}

static string Run(string document)
{
    var inputs = JsonNode.Parse(document)?["inputs"] as JsonObject ?? new JsonObject();
    return Node.Run(inputs).ToJsonString();
}
