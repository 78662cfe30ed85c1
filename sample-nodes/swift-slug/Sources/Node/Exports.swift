// The component's exports by the canonical ABI: texts are an address and a length, a result's is written to a place of
// two words whose address is returned.

import Foundation
import WASILibc

@_expose(wasm, "get-node")
@_cdecl("get_node")
func getNode() -> UnsafeMutableRawPointer { give(json(definition)) }

@_expose(wasm, "get-nodes")
@_cdecl("get_nodes")
func getNodes() -> UnsafeMutableRawPointer { give(json([definition])) }

@_expose(wasm, "get-abi-version")
@_cdecl("get_abi_version")
func getABIVersion() -> UInt32 { 1 }

@_expose(wasm, "run")
@_cdecl("run_node")
func runNode(_ text: UnsafeMutablePointer<UInt8>, _ length: Int) -> UnsafeMutableRawPointer {
    let input = Data(bytes: text, count: length)
    free(text)  // the host made it with cabi_realloc and left it to us
    return give(json(run(input)))
}

/// Called by the host once it has copied a result.
@_expose(wasm, "cabi_post_get-node")
@_cdecl("cabi_post_get_node")
func afterGetNode(_ result: UnsafeMutableRawPointer) { release(result) }

@_expose(wasm, "cabi_post_get-nodes")
@_cdecl("cabi_post_get_nodes")
func afterGetNodes(_ result: UnsafeMutableRawPointer) { release(result) }

@_expose(wasm, "cabi_post_run")
@_cdecl("cabi_post_run")
func afterRun(_ result: UnsafeMutableRawPointer) { release(result) }

/// Where the host puts what it hands over.
@_expose(wasm, "cabi_realloc")
@_cdecl("cabi_realloc")
func reallocate(
    _ old: UnsafeMutableRawPointer?, _ oldSize: Int, _ alignment: Int, _ size: Int
) -> UnsafeMutableRawPointer? {
    size == 0 ? UnsafeMutableRawPointer(bitPattern: alignment) : realloc(old, size)
}

private struct Result {
    var text: UnsafeMutablePointer<UInt8>
    var length: Int
}

private func give(_ document: Data) -> UnsafeMutableRawPointer {
    let text = UnsafeMutablePointer<UInt8>.allocate(capacity: document.count)
    document.copyBytes(to: text, count: document.count)
    let result = UnsafeMutablePointer<Result>.allocate(capacity: 1)
    result.initialize(to: Result(text: text, length: document.count))
    return UnsafeMutableRawPointer(result)
}

private func release(_ result: UnsafeMutableRawPointer) {
    let result = result.assumingMemoryBound(to: Result.self)
    result.pointee.text.deallocate()
    result.deallocate()
}

private func json(_ value: some Encodable) -> Data {
    do {
        return try JSONEncoder().encode(value)
    } catch {
        fatalError("what this node writes is JSON: \(error)")
    }
}
