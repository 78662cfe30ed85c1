// JSON texts: read one string, write strings, tell numbers apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace json {

inline void append_utf8(std::string &text, uint32_t code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
  } else if (code < 0x10000) {
    text += {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
             static_cast<char>(0x80 | (code & 0x3f))};
  } else {
    text += {static_cast<char>(0xf0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3f)),
             static_cast<char>(0x80 | (code >> 6 & 0x3f)), static_cast<char>(0x80 | (code & 0x3f))};
  }
}

inline uint32_t hex4(std::string_view text, size_t at) {
  uint32_t code = 0;
  for (const char c : text.substr(at, 4)) code = code << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  return code;
}

// The text of a JSON string; nothing for any other value. The host only sends valid JSON.
inline std::optional<std::string> read_string(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') return {};
  value = value.substr(1, value.size() - 2);
  std::string text;
  text.reserve(value.size());
  for (size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '\\') {
      text += value[at];
      continue;
    }
    switch (value[++at]) {
      case 'b': text += '\b'; break;
      case 'f': text += '\f'; break;
      case 'n': text += '\n'; break;
      case 'r': text += '\r'; break;
      case 't': text += '\t'; break;
      case 'u': {
        uint32_t code = hex4(value, at + 1);
        at += 4;
        const bool high = code >= 0xd800 && code < 0xdc00;
        if (high && value.substr(at + 1, 2) == "\\u") {
          code = 0x10000 + ((code - 0xd800) << 10) + (hex4(value, at + 3) - 0xdc00);
          at += 6;
        }
        // A half of a pair has no text of its own.
        append_utf8(text, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
        break;
      }
      default: text += value[at];
    }
  }
  return text;
}

inline std::string quote(std::string_view text) {
  constexpr char HEX[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += {'\\', 'u', '0', '0', HEX[c >> 4], HEX[c & 15]};
    } else {
      quoted += c;
    }
  }
  return quoted += '"';
}

// Whether a text is a JSON number as it stands: no leading zero, so that numbers such as "0049" stay texts.
inline bool is_number(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - start;
  };
  const auto skip = [&](std::string_view any) {
    const bool found = at < text.size() && any.find(text[at]) != std::string_view::npos;
    at += found;
    return found;
  };
  skip("-");
  const bool zero = at < text.size() && text[at] == '0';
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (skip(".") && digits() == 0) return false;
  if (skip("eE")) {
    skip("+-");
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace json
