#include "http/exposition.hpp"

#include <fmt/format.h>

namespace countersign::http {
namespace {

std::string_view word_of(Exposition::Kind kind) {
    switch (kind) {
        case Exposition::Kind::counter:
            return "counter";
        case Exposition::Kind::gauge:
            return "gauge";
        case Exposition::Kind::histogram:
            return "histogram";
    }
    return "untyped";
}

void append_escaped(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
}

}    // namespace

void Exposition::family(std::string_view name, Kind kind, std::string_view help) {
    family_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, word_of(kind));
}

void Exposition::sample(std::string_view suffix, Labels labels, double value) {
    text_.append(family_).append(suffix);
    char before = '{';
    for (const auto& [name, text] : labels) {
        text_ += before;
        text_.append(name).append("=\"");
        append_escaped(text_, text);
        text_ += '"';
        before = ',';
    }
    if (labels.size() > 0) text_ += '}';
    text_ += fmt::format(" {}\n", value);
}

}    // namespace countersign::http
