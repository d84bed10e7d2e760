#include "http/message.hpp"

namespace countersign::http {
namespace {

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return folded(x) == folded(y); });
}

}    // namespace

std::string_view method_name(Method method) {
    constexpr std::array<std::string_view, 8> names{"GET",   "HEAD",   "POST",    "PUT",
                                                    "PATCH", "DELETE", "OPTIONS", "other"};
    return names[static_cast<std::size_t>(method)];
}

std::optional<std::string_view> RequestView::header(std::string_view name) const {
    const auto found = std::ranges::find_if(headers, [&](const Header& h) { return same_name(h.name, name); });
    if (found == headers.end()) return std::nullopt;
    return found->value;
}

std::size_t RequestView::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(headers, [&](const Header& h) { return same_name(h.name, name); }));
}

}    // namespace countersign::http
