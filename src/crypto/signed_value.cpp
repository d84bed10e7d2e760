#include "crypto/signed_value.hpp"

#include "base/encoding.hpp"

namespace countersign::crypto {
namespace {

Sha256 mac_of(const HmacKey& key, std::string_view value, std::string_view context) {
    if (context.empty()) return key.mac(bytes_of(value));
    std::string text{context};
    text.push_back('\0');
    text += value;
    return key.mac(bytes_of(text));
}

}    // namespace

std::string sign_value(const HmacKey& key, std::string_view value, std::string_view context) {
    return std::string{value} + "." + base64(mac_of(key, value, context));
}

Result<std::string> open_signed_value(const HmacKey& key, std::string_view text, std::string_view context) {
    constexpr std::size_t signature_length = 44;
    const std::size_t dot = text.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return fail(Code::session_signature, "value.signature");
    const std::string_view value = text.substr(0, dot), signature = text.substr(dot + 1);
    if (signature.size() != signature_length || !signature.ends_with('=')) {
        return fail(Code::session_signature, "44 characters of base64", signature.size());
    }
    const std::string expected = base64(mac_of(key, value, context));
    if (!equal_constant_time(expected, signature)) return fail(Code::session_signature);
    return std::string{value};
}

}    // namespace countersign::crypto
