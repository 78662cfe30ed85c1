// The component contract: what the host provides, how strings travel, and what every node exports.
// Names and types are those of wit/flow-like-node.wit, lowered by the canonical ABI.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#define IMPORT(interface, name) \
  __attribute__((import_module("flow-like:node/" interface "@0.1.0"), import_name(name)))
#define EXPORT(name) extern "C" __attribute__((export_name(name)))

namespace host {

extern "C" {
IMPORT("logging", "log") void host_log(uint32_t level, const char *text, size_t length);
IMPORT("pins", "get-input") void host_get_input(const char *name, size_t length, void *option);
IMPORT("streaming", "emit") void host_emit(const char *type, size_t type_length, const char *data, size_t length);
IMPORT("streaming", "text") void host_text(const char *text, size_t length);
IMPORT("metadata", "is-streaming") bool host_is_streaming();
}

inline void debug(std::string_view text) { host_log(0, text.data(), text.size()); }
inline void info(std::string_view text) { host_log(1, text.data(), text.size()); }
inline void warn(std::string_view text) { host_log(2, text.data(), text.size()); }
inline void error(std::string_view text) { host_log(3, text.data(), text.size()); }

// Only where somebody listens.
inline void stream(std::string_view text) {
  if (host_is_streaming()) host_text(text.data(), text.size());
}

inline void progress(double share, std::string_view message) {
  if (!host_is_streaming()) return;
  const std::string data = "{\"progress\":" + std::to_string(share) + ",\"message\":\"" + std::string{message} + "\"}";
  host_emit("progress", 8, data.data(), data.size());
}

// The JSON text of an input pin; nothing where it is not set.
inline std::optional<std::string> input(std::string_view name) {
  struct { bool some; char *text; size_t length; } found;
  host_get_input(name.data(), name.size(), &found);
  if (!found.some) return {};
  std::string text{found.text, found.length};
  std::free(found.text);
  return text;
}

// A string for the host: where its pointer and its length lie. It stays alive until the next one.
inline const void *give(std::string text) {
  static std::string kept;
  static struct { const char *text; size_t length; } result;
  kept = std::move(text);
  result = {kept.data(), kept.size()};
  return &result;
}

[[noreturn]] inline void fail(std::string_view message) {
  error(message);
  __builtin_trap();
}

}  // namespace host

// Where the host puts what it gives to the node.
EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t, size_t, size_t size) {
  void *memory = std::realloc(old, size);
  if (memory == nullptr && size > 0) host::fail("the input does not fit into the memory that the manifest allows");
  return memory;
}

// What the standard library says before it gives up; without this it would bring in WASI to print it.
namespace std::inline __1 {
[[noreturn]] void __libcpp_verbose_abort(const char *reason, ...) noexcept { host::fail(reason); }
}
