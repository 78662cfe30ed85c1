// One text node as a core module: the C++ standard library on WASI preview 1, built as a reactor (`_initialize`).

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name) extern "C" __attribute__((export_name(name)))

extern "C" {
IMPORT("flowlike_log", "debug") void log_debug(const char *text, uint32_t length);
IMPORT("flowlike_log", "info") void log_info(const char *text, uint32_t length);
IMPORT("flowlike_log", "warn") void log_warn(const char *text, uint32_t length);
IMPORT("flowlike_log", "error") void log_error(const char *text, uint32_t length);
IMPORT("flowlike_stream", "text") void stream_text(const char *text, uint32_t length);
IMPORT("flowlike_pins", "get_input") uint64_t get_input(const char *name, uint32_t length);
IMPORT("flowlike_pins", "set_output")
void set_output(const char *name, uint32_t name_length, const char *value, uint32_t value_length);
}

namespace {

// Filled by a constructor: shows whether `_initialize` was called before anything else.
std::map<std::string, std::string> greetings{{"initialized", "yes"}};
std::string kept;

uint64_t pack(std::string text) {
  kept = std::move(text);
  return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(kept.data())) << 32 | kept.size();
}

std::string unpack(uint64_t packed) {
  return {reinterpret_cast<const char *>(static_cast<uintptr_t>(packed >> 32)), static_cast<size_t>(packed & 0xffffffffu)};
}

std::string pin(const char *direction, const char *name, const char *type) {
  return std::string{"{\"name\":\""} + name + "\",\"friendly_name\":\"" + name + "\",\"description\":\"\",\"pin_type\":\"" +
         direction + "\",\"data_type\":\"" + type + "\"}";
}

std::string definition() {
  std::string text =
      "{\"name\":\"my_custom_node_cpp\",\"friendly_name\":\"My Custom Node\",\"description\":\"Repeats a text\","
      "\"category\":\"Custom/WASM\",\"icon\":null,\"pins\":[";
  text += pin("Input", "exec", "Exec") + "," + pin("Input", "input_text", "String") + ",";
  text += pin("Input", "multiplier", "I64") + "," + pin("Output", "exec_out", "Exec") + ",";
  text += pin("Output", "output_text", "String") + "," + pin("Output", "char_count", "I64");
  return text + "],\"long_running\":false,\"abi_version\":1,\"permissions\":[]}";
}

void log_with(void (*sink)(const char *, uint32_t), const std::string &text) { sink(text.data(), text.size()); }

// Inputs are asked of the host, as JSON text; a string arrives with its quotes.
std::string input(const std::string &name) { return unpack(get_input(name.data(), name.size())); }

}  // namespace

EXPORT("get_node") uint64_t get_node() { return pack(definition()); }
EXPORT("get_nodes") uint64_t get_nodes() { return pack("[" + definition() + "]"); }
EXPORT("get_abi_version") uint32_t get_abi_version() { return 1; }
EXPORT("alloc") void *alloc(uint32_t size) { return std::malloc(size); }
EXPORT("dealloc") void dealloc(void *memory, uint32_t) { std::free(memory); }

EXPORT("run") uint64_t run(const char *, uint32_t) {
  std::string text = input("input_text");
  text = text.size() < 2 ? "" : text.substr(1, text.size() - 2);
  if (text == "abort") std::abort();
  const std::string times = input("multiplier");
  log_with(log_debug, "at debug");
  log_with(log_info, "at info");
  log_with(log_warn, "at warn");
  log_with(log_error, "at error");
  stream_text(text.data(), text.size());
  std::puts("printed by C++");
  std::fflush(stdout);

  std::string output;
  for (long left = times.empty() ? 1 : std::strtol(times.c_str(), nullptr, 10); left > 0; --left) output += text;
  const std::string early = "true";
  set_output("set_by_call", 11, early.data(), early.size());
  return pack("{\"outputs\":{\"output_text\":\"" + output + "\",\"char_count\":" + std::to_string(output.size()) +
              ",\"initialized\":\"" + greetings["initialized"] + "\"},\"error\":null,\"activate_exec\":[\"exec_out\"]}");
}
