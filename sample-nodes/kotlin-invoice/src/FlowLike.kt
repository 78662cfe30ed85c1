// The contract of core modules: host functions, texts in linear memory, and the words of a definition.

import kotlin.wasm.WasmExport
import kotlin.wasm.WasmImport
import kotlin.wasm.unsafe.MemoryAllocator
import kotlin.wasm.unsafe.Pointer
import kotlin.wasm.unsafe.withScopedMemoryAllocator

@WasmImport("flowlike_log", "debug")
private external fun logDebug(pointer: Int, length: Int)

@WasmImport("flowlike_log", "info")
private external fun logInfo(pointer: Int, length: Int)

@WasmImport("flowlike_log", "warn")
private external fun logWarn(pointer: Int, length: Int)

@WasmImport("flowlike_log", "error")
private external fun logError(pointer: Int, length: Int)

@WasmImport("flowlike_stream", "text")
private external fun streamText(pointer: Int, length: Int)

object Log {
    fun debug(message: String) = lend(message, ::logDebug)
    fun info(message: String) = lend(message, ::logInfo)
    fun warn(message: String) = lend(message, ::logWarn)
    fun error(message: String) = lend(message, ::logError)
}

fun stream(text: String) = lend(text, ::streamText)

/**
 * Room for the run input. It is nobody's once this returns, and stays as the host fills it: the very next call is
 * `run`, which reads it before it allocates anything.
 */
@WasmExport
fun alloc(size: Int): Int = withScopedMemoryAllocator { it.room(size).address.toInt() }

@WasmExport
fun dealloc(pointer: Int, size: Int) = Unit

fun take(pointer: Int, length: Int): String =
    ByteArray(length) { (Pointer(pointer.toUInt()) + it).loadByte() }.decodeToString()

/** Address in the upper half, length in the lower. The host copies the text before it calls anything again. */
fun give(text: String): Long {
    var packed = 0L
    lend(text) { pointer, length -> packed = (pointer.toLong() shl 32) or length.toLong() }
    return packed
}

private fun lend(text: String, use: (pointer: Int, length: Int) -> Unit) {
    val bytes = text.encodeToByteArray()
    withScopedMemoryAllocator { allocator ->
        val start = allocator.room(bytes.size)
        bytes.forEachIndexed { index, byte -> (start + index).storeByte(byte) }
        use(start.address.toInt(), bytes.size)
    }
}

/** Never at address 0, which the contract takes for nothing. */
private fun MemoryAllocator.room(size: Int): Pointer = allocate(size + 8) + 8

fun input(name: String, type: String, description: String, vararg more: Pair<String, Any?>) =
    pin("Input", name, type, description, more)

fun output(name: String, type: String, description: String, vararg more: Pair<String, Any?>) =
    pin("Output", name, type, description, more)

private fun pin(direction: String, name: String, type: String, description: String, more: Array<out Pair<String, Any?>>) =
    mapOf(
        "name" to name,
        "friendly_name" to name.split('_').joinToString(" ") { word -> word.replaceFirstChar { it.uppercase() } },
        "description" to description,
        "pin_type" to direction,
        "data_type" to type,
    ) + more
