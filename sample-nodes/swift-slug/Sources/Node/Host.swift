// Host functions by the canonical ABI, and the words of a definition.

@_extern(wasm, module: "flow-like:node/logging@0.1.0", name: "log")
private func hostLog(_ level: UInt32, _ text: UnsafePointer<UInt8>, _ length: Int)

@_extern(wasm, module: "flow-like:node/streaming@0.1.0", name: "text")
private func hostText(_ text: UnsafePointer<UInt8>, _ length: Int)

enum Level: UInt32 {
    case debug, info, warning, error
}

func log(_ level: Level, _ message: String) {
    lend(message) { hostLog(level.rawValue, $0, $1) }
}

func stream(_ text: String) {
    lend(text) { hostText($0, $1) }
}

private func lend(_ text: String, to use: (UnsafePointer<UInt8>, Int) -> Void) {
    var text = text
    text.withUTF8 { bytes in
        if let start = bytes.baseAddress { use(start, bytes.count) }
    }
}

struct Pin: Encodable {
    var name: String
    var friendly_name: String
    var description: String
    var pin_type: String
    var data_type: String
    var value_type: String?
    var default_value: Default?
    var valid_values: [String]?
    var range: [Double]?
    var step: Double?
}

enum Default: Encodable {
    case text(String)
    case number(Int)
    case texts([String])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .texts(let texts): try container.encode(texts)
        }
    }
}

struct Definition: Encodable {
    var name: String
    var friendly_name: String
    var description: String
    var category: String
    var pins: [Pin]
    var permissions: [String]
    var abi_version = 1
}

func input(
    _ name: String, _ type: String, _ description: String, valueType: String? = nil, default value: Default? = nil,
    validValues: [String]? = nil, range: [Double]? = nil, step: Double? = nil
) -> Pin {
    Pin(
        name: name, friendly_name: name, description: description, pin_type: "Input", data_type: type,
        value_type: valueType, default_value: value, valid_values: validValues, range: range, step: step)
}

func output(_ name: String, _ type: String, _ description: String) -> Pin {
    Pin(name: name, friendly_name: name, description: description, pin_type: "Output", data_type: type)
}
