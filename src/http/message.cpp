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

void Response::expose(std::string_view header) {
    constexpr std::string_view name = "access-control-expose-headers";
    const auto found = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
    if (found == headers.end()) {
        headers.emplace_back(name, header);
        return;
    }
    found->second.append(", ").append(header);
}

}    // namespace countersign::http
