// The node: a text to a slug that is not taken yet.

import Foundation

let definition = Definition(
    name: "slug",
    friendly_name: "Slug",
    description: "Makes a word for URLs of a text",
    category: "Text",
    pins: [
        input("exec", "Exec", "Starts"),
        input("text", "String", "Such as a title", default: .text("Größe & Gewicht: was zählt?")),
        input("separator", "String", "Between words", default: .text("-"), validValues: ["-", "_", "."]),
        input("max_length", "I64", "Longest slug", default: .number(60), range: [1, 200], step: 1),
        input("taken", "String", "Slugs that others have", valueType: "HashSet", default: .texts([])),
        output("exec_out", "Exec", "Fires when there is a slug"),
        output("slug", "String", "Letters, digits and separators"),
        output("renamed", "Bool", "Whether a number had to be added"),
    ],
    permissions: ["streaming"]
)

struct Document: Decodable {
    struct Inputs: Decodable {
        var text: String?
        var separator: String?
        var max_length: Int?
        var taken: Set<String>?
    }
    var inputs: Inputs
    var stream_state: Bool
}

struct Answer: Encodable {
    struct Outputs: Encodable {
        var slug: String?
        var renamed: Bool?
    }
    var outputs = Outputs()
    var activate_exec: [String] = []
    var error: String?
}

func run(_ input: Data) -> Answer {
    let document: Document
    do {
        document = try JSONDecoder().decode(Document.self, from: input)
    } catch {
        return failed("the inputs do not fit their pins: \(error)")
    }
    let text = document.inputs.text ?? "Größe & Gewicht: was zählt?"
    let separator = document.inputs.separator ?? "-"
    let limit = document.inputs.max_length ?? 60
    log(.debug, "\(text.count) characters, at most \(limit)")

    let plain = slug(text, separator: separator, limit: limit)
    if plain.isEmpty { return failed("\"\(text)\" has no letter or digit that could stand in a URL") }
    let unused = unique(plain, separator: separator, taken: document.inputs.taken ?? [])
    if unused != plain { log(.warning, "\"\(plain)\" is taken") }
    if document.stream_state { stream("\(unused)\n") }
    log(.info, "\"\(text)\" is \(unused)")
    return Answer(outputs: .init(slug: unused, renamed: unused != plain), activate_exec: ["exec_out"])
}

private func failed(_ message: String) -> Answer {
    log(.error, message)
    return Answer(error: message)
}
