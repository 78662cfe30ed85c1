package sample;

import java.nio.charset.StandardCharsets;
import org.teavm.interop.Address;
import org.teavm.interop.Export;
import org.teavm.interop.Import;

/**
 * The contract of core modules: host functions, and texts in linear memory.
 *
 * <p>The garbage collector moves arrays. An address is good until the next allocation and no longer; what must stay is
 * kept as an array.
 */
final class Host {
  private static byte[] input = {};
  private static byte[] result = {};

  private Host() {}

  static void debug(String message) {
    byte[] text = utf8(message);
    logDebug(Address.ofData(text), text.length);
  }

  static void info(String message) {
    byte[] text = utf8(message);
    logInfo(Address.ofData(text), text.length);
  }

  static void warn(String message) {
    byte[] text = utf8(message);
    logWarn(Address.ofData(text), text.length);
  }

  static void error(String message) {
    byte[] text = utf8(message);
    logError(Address.ofData(text), text.length);
  }

  static void progress(double part, String message) {
    byte[] type = utf8("progress");
    byte[] data = utf8(Json.object("progress", part, "message", message).toString());
    emit(Address.ofData(type), type.length, Address.ofData(data), data.length);
  }

  /** The text that the host has written where {@link #alloc} told it to. */
  static String input() {
    return new String(input, StandardCharsets.UTF_8);
  }

  /** Address in the upper half, length in the lower; the host copies the text at once. */
  static long give(String text) {
    result = utf8(text);
    return (long) Address.ofData(result).toInt() << 32 | result.length;
  }

  @Export(name = "alloc")
  static Address alloc(int size) {
    input = new byte[size];
    return Address.ofData(input);
  }

  @Export(name = "dealloc")
  static void dealloc(Address address, int size) {
    input = new byte[0];
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Import(module = "flowlike_log", name = "debug")
  private static native void logDebug(Address text, int length);

  @Import(module = "flowlike_log", name = "info")
  private static native void logInfo(Address text, int length);

  @Import(module = "flowlike_log", name = "warn")
  private static native void logWarn(Address text, int length);

  @Import(module = "flowlike_log", name = "error")
  private static native void logError(Address text, int length);

  @Import(module = "flowlike_stream", name = "emit")
  private static native void emit(Address type, int typeLength, Address data, int dataLength);
}
