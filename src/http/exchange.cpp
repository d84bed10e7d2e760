#include "http/exchange.hpp"

namespace countersign::http {

std::optional<std::string_view> Exchange::text(std::string_view field) const {
    const json::Value* found = body_.find(field);
    const std::string* held = found == nullptr ? nullptr : found->as_string();
    if (held == nullptr) return std::nullopt;
    return std::string_view{*held};
}

std::optional<std::string_view> Exchange::query(std::string_view field) const {
    const auto found = std::ranges::find(query_, field, [](const auto& pair) { return std::string_view{pair.first}; });
    if (found == query_.end()) return std::nullopt;
    return std::string_view{found->second};
}

std::optional<bool> Exchange::flag(std::string_view field) const {
    const json::Value* found = body_.find(field);
    const bool* held = found == nullptr ? nullptr : found->as_bool();
    if (held == nullptr) return std::nullopt;
    return *held;
}

}    // namespace countersign::http
