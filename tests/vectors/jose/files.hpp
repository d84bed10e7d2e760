// Vector files: those of this folder, and further ones where they are at hand.
#pragma once

#include <fstream>

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace countersign::jose {

inline std::optional<std::string> read_text(std::string_view place) {
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + std::string{place}, std::ios::binary};
    if (!file) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

inline std::optional<json::Value> read_vectors(std::string_view place) {
    const auto text = read_text(place);
    if (!text) return std::nullopt;
    auto parsed = json::parse(*text);
    if (!parsed.ok()) return std::nullopt;
    return *std::move(parsed);
}

inline std::vector<json::Value> read_lines(std::string_view place) {
    std::vector<json::Value> out;
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + std::string{place}, std::ios::binary};
    for (std::string line; std::getline(file, line);) {
        if (auto parsed = json::parse(line); parsed.ok()) out.push_back(*std::move(parsed));
    }
    return out;
}

inline std::string text(const json::Value& value, std::string_view member) {
    const json::Value* found = value.find(member);
    return found == nullptr || found->as_string() == nullptr ? std::string{} : *found->as_string();
}
inline Bytes hex_bytes(const json::Value& value, std::string_view member) { return *parse_hex(text(value, member)); }

}    // namespace countersign::jose
