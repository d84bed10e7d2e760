// Texts of files and variables as values of rows. Private to config.
#pragma once

#include "base/config.hpp"

namespace countersign::config {

struct FileText {
    json::Value value;
    std::string fault;    // empty: none. Says where, never what stands there
};
FileText file_value(const std::string& name, const std::string& text);

/// "true or false", "a whole number": what a value of the kind is.
std::string_view kind_words(Kind kind);
bool fits(Kind kind, const json::Value& value);
/// A variable's text as the value of its row.
std::optional<json::Value> from_text(Kind kind, const std::string& text);

}    // namespace countersign::config
