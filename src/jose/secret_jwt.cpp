#include "jose/secret_jwt.hpp"

#include "base/encoding.hpp"

namespace countersign::jose {
namespace {
constexpr std::string_view header = "eyJhbGciOiJIUzI1NiJ9.";    // {"alg":"HS256"}
}

std::string sign_secret_jwt(const crypto::HmacKey& key, std::string_view claims) {
    std::string text{header};
    text += base64url(bytes_of(claims));
    const crypto::Sha256 mac = key.mac(bytes_of(text));
    return text + "." + base64url(mac);
}

std::optional<json::Value> open_secret_jwt(const crypto::HmacKeys& keys, std::string_view token) {
    const std::size_t dot = token.rfind('.');
    if (!token.starts_with(header) || dot < header.size()) return std::nullopt;
    const auto mac = parse_base64url(token.substr(dot + 1));
    if (!mac || keys.verify(bytes_of(token.substr(0, dot)), *mac) == crypto::HmacKey::Check::mismatch)
        return std::nullopt;
    const auto payload = parse_base64url(token.substr(header.size(), dot - header.size()));
    if (!payload) return std::nullopt;
    Result<json::Value> claims = json::parse(text_of(*payload));
    if (!claims.ok()) return std::nullopt;
    return *std::move(claims);
}

}    // namespace countersign::jose
