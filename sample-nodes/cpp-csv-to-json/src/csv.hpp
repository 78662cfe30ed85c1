// CSV as RFC 4180 describes it: cells may be quoted, and a quoted cell may hold delimiters, line ends and "" for ".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace csv {

using Row = std::vector<std::string>;

class Reader {
 public:
  Reader(std::string_view text, char delimiter) : text_{text}, delimiter_{delimiter} {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  // Reads the next row; false at the end, and where `error` says what is wrong.
  bool next(Row &row) {
    row.clear();
    if (at_ >= text_.size()) return false;
    start_ = line_;
    do {
      row.emplace_back();
      if (!cell(row.back())) return false;
    } while (take(delimiter_));
    take('\r');
    if (take('\n')) ++line_;
    return true;
  }

  // The line on which the row starts that was read last, counted from 1.
  size_t line() const { return start_; }
  double share() const { return static_cast<double>(at_) / static_cast<double>(text_.size()); }
  const std::string &error() const { return error_; }

 private:
  bool cell(std::string &cell) {
    if (!take('"')) {
      const size_t end = std::min(text_.find_first_of(std::string{delimiter_, '\r', '\n'}, at_), text_.size());
      cell = text_.substr(at_, end - at_);
      at_ = end;
      return true;
    }
    const size_t opened = line_;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        cell += text_[at_];
      } else if (text_.substr(at_ + 1, 1) == "\"") {
        cell += text_[at_++];
      } else {
        ++at_;
        return ends() || fail(line_, "text follows a closing quote; write \"\" for a quote inside of a cell");
      }
    }
    return fail(opened, "a quoted cell is not closed; add the missing quote");
  }

  bool ends() const { return at_ >= text_.size() || text_[at_] == delimiter_ || text_[at_] == '\r' || text_[at_] == '\n'; }

  bool take(char c) {
    const bool found = at_ < text_.size() && text_[at_] == c;
    at_ += found;
    return found;
  }

  bool fail(size_t line, std::string_view what) {
    error_ = "line " + std::to_string(line) + ": " + std::string{what};
    return false;
  }

  std::string_view text_;
  char delimiter_;
  size_t at_ = 0;
  size_t line_ = 1;
  size_t start_ = 1;
  std::string error_;
};

}  // namespace csv
