// Reads CSV text into an array of objects, one for each row.

#include <algorithm>
#include <string>
#include <vector>

#include "csv.hpp"
#include "host.hpp"
#include "json.hpp"

namespace {

const std::string DEFINITION = R"({
  "name": "csv_to_json", "friendly_name": "CSV to JSON", "category": "Data/CSV", "abi_version": 1,
  "description": "Reads CSV text into an array of objects, one for each row",
  "permissions": ["streaming"],
  "pins": [
    {"name": "exec", "friendly_name": "Run", "description": "", "pin_type": "Input", "data_type": "Execution"},
    {"name": "text", "friendly_name": "CSV", "description": "The table's text", "pin_type": "Input",
      "data_type": "String", "default_value": "name;born\nAda;1815\nGrace;1906\n"},
    {"name": "delimiter", "friendly_name": "Delimiter", "description": "What stands between cells",
      "pin_type": "Input", "data_type": "String", "default_value": ";", "valid_values": [",", ";", "tab", "|"]},
    {"name": "header", "friendly_name": "Header", "description": "Whether the first row names the columns",
      "pin_type": "Input", "data_type": "Boolean", "default_value": true},
    {"name": "typed", "friendly_name": "Typed", "description": "Numbers, true, false and empty cells are no texts",
      "pin_type": "Input", "data_type": "Boolean", "default_value": true},
    {"name": "exec_out", "friendly_name": "Done", "description": "", "pin_type": "Output", "data_type": "Execution"},
    {"name": "rows", "friendly_name": "Rows", "description": "An object for each row", "pin_type": "Output",
      "data_type": "Struct", "value_type": "Array"},
    {"name": "columns", "friendly_name": "Columns", "description": "The names, from left to right",
      "pin_type": "Output", "data_type": "String", "value_type": "Array"},
    {"name": "count", "friendly_name": "Count", "description": "How many rows there are", "pin_type": "Output",
      "data_type": "Integer"}
  ]
})";

std::string text_of(const char *pin, const char *otherwise) {
  const auto value = host::input(pin);
  return (value ? json::read_string(*value) : std::nullopt).value_or(otherwise);
}

bool flag_of(const char *pin) { return host::input(pin) != "false"; }

// Each column gets a name of its own: objects cannot hold one twice.
void name_columns(csv::Row &names, size_t wanted) {
  for (size_t at = 0; at < wanted; ++at) {
    if (at == names.size()) names.emplace_back();
    const std::string given = names[at].empty() ? "column_" + std::to_string(at + 1) : names[at];
    names[at] = given;
    const auto taken = [&] { return std::find(names.begin(), names.begin() + at, names[at]) != names.begin() + at; };
    for (size_t copy = 2; taken(); ++copy) names[at] = given + "_" + std::to_string(copy);
  }
}

std::string cell(const std::string &text, bool typed) {
  if (typed && text.empty()) return "null";
  return typed && (text == "true" || text == "false" || json::is_number(text)) ? text : json::quote(text);
}

std::string object(const csv::Row &names, const csv::Row &row, bool typed) {
  std::string text;
  for (size_t at = 0; at < row.size(); ++at) {
    text += (at == 0 ? "{" : ",") + json::quote(names[at]) + ":" + cell(row[at], typed);
  }
  return text + "}";
}

std::string failed(const std::string &error) {
  host::error(error);
  return "{\"outputs\":{},\"error\":" + json::quote(error) + ",\"activate_exec\":[]}";
}

std::string convert() {
  const std::string text = text_of("text", "");
  const std::string delimiter = text_of("delimiter", ";");
  const bool header = flag_of("header");
  const bool typed = flag_of("typed");
  host::debug(std::to_string(text.size()) + " bytes, delimiter " + delimiter);

  csv::Reader reader{text, delimiter == "tab" ? '\t' : delimiter[0]};
  csv::Row names, row;
  if (header && reader.next(names)) name_columns(names, names.size());

  std::string rows;
  size_t count = 0;
  double reported = 0;
  while (reader.next(row)) {
    if (row.size() == 1 && row[0].empty()) continue;
    const size_t wanted = names.size();
    if ((header || count > 0) && row.size() != wanted) {
      host::warn("line " + std::to_string(reader.line()) + ": " + std::to_string(row.size()) + " cells instead of " +
                 std::to_string(wanted));
    }
    if (row.size() > wanted) name_columns(names, row.size());
    const std::string line = object(names, row, typed);
    rows += (count++ == 0 ? "" : ",") + line;
    host::stream(line + "\n");
    if (reader.share() >= reported + 0.1) {
      reported = reader.share();
      host::progress(reported, std::to_string(count) + " rows");
    }
  }
  if (!reader.error().empty()) return failed(reader.error());

  std::string columns;
  for (const auto &name : names) columns += (columns.empty() ? "" : ",") + json::quote(name);
  host::info(std::to_string(count) + " rows, " + std::to_string(names.size()) + " columns");
  return "{\"outputs\":{\"rows\":[" + rows + "],\"columns\":[" + columns + "],\"count\":" + std::to_string(count) +
         "},\"error\":null,\"activate_exec\":[\"exec_out\"]}";
}

}  // namespace

EXPORT("get-node") const void *get_node() { return host::give(DEFINITION); }
EXPORT("get-nodes") const void *get_nodes() { return host::give("[" + DEFINITION + "]"); }
EXPORT("get-abi-version") uint32_t get_abi_version() { return 1; }

// The inputs are asked for one by one, so that the document with all of them is not needed.
EXPORT("run") const void *run(char *input, size_t) {
  std::free(input);
  return host::give(convert());
}
