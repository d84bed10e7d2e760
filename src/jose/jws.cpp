#include "jose/jws.hpp"

namespace countersign::jose {
namespace {

constexpr std::size_t largest_signature = crypto::max_rsa_bits / 8;

struct Opened {
    CompactView parts;
    const Key* key;
    PayloadForm form;
};

/// Everything before the signature: form, header, key.
Result<Opened> open(const KeySet& keys, std::string_view token, std::size_t max_size, CritRule rule) {
    CS_TRY(const CompactView parts, parse_compact(token, max_size));
    const std::optional<Bytes> text = parse_base64url(parts.header);
    if (!text) return fail(Code::token_malformed, "canonical base64url", "header");
    CS_TRY(const HeaderView header, parse_header(text_of(*text), max_json_depth, rule));
    const std::string alg = header.alg.text();
    std::optional<std::string> kid;
    if (header.kid) kid = header.kid->text();
    CS_TRY(const Key* key, keys.select(alg, kid));
    return Opened{.parts = parts, .key = key, .form = header.payload};
}

std::string write_header(const SigningKey& key, HeaderFields fields, PayloadForm form) {
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("alg").value(key.algorithm().name);
    if (!fields.typ.empty()) out.key("typ").value(fields.typ);
    if (!key.kid().empty()) out.key("kid").value(key.kid());
    if (form == PayloadForm::unencoded) {
        out.key("b64").value(false).key("crit").begin_array();
        out.value("b64").end_array();
    }
    out.end_object();
    return base64url(bytes_of(text));
}

}    // namespace

Result<void> check_signature(const Key& key, std::string_view signed_part, std::string_view signature) {
    std::array<std::byte, largest_signature + 2> room;    // not cleared: only what was written is read
    const std::size_t expected = key.signature_size();
    // Exactly this many characters, so that no length comes from the token.
    if (signature.size() != (expected * 4 + 2) / 3) {
        return fail(Code::token_signature_malformed, (expected * 4 + 2) / 3, signature.size());
    }
    const std::optional<std::size_t> size = parse_base64url(signature, room);
    if (!size || *size != expected) return fail(Code::token_signature_malformed, "canonical base64url");
    const SignatureCheck check = key.verify(bytes_of(signed_part), std::span{room}.first(*size));
    if (check != SignatureCheck::match) return fail(Code::token_secret_mismatch, key.kid());
    return {};
}

Result<SignedPayload> verify_compact(const KeySet& keys, std::string_view token, std::size_t max_size) {
    CS_TRY(const Opened opened, open(keys, token, max_size, CritRule::nothing_understood));
    CS_CHECK(check_signature(*opened.key, opened.parts.signed_part, opened.parts.signature));
    std::optional<Bytes> payload = parse_base64url(opened.parts.payload);
    if (!payload) return fail(Code::token_malformed, "canonical base64url", "payload");
    return SignedPayload{*std::move(payload), *opened.key};
}

Result<void> verify_detached(const KeySet& keys, std::string_view token, std::span<const std::byte> payload,
                             std::size_t max_size) {
    CS_TRY(const Opened opened, open(keys, token, max_size, CritRule::b64_understood));
    if (!opened.parts.payload.empty()) return fail(Code::token_malformed, "no payload in the token");
    std::string input{opened.parts.header};
    input.push_back('.');
    if (opened.form == PayloadForm::encoded) {
        input += base64url(payload);
    } else {
        input += text_of(payload);
    }
    return check_signature(*opened.key, input, opened.parts.signature);
}

Result<std::string> sign_compact(const SigningKey& key, std::span<const std::byte> payload, HeaderFields fields) {
    std::string token = write_header(key, fields, PayloadForm::encoded);
    token.push_back('.');
    token += base64url(payload);
    CS_TRY(const Bytes signature, key.sign(bytes_of(token)));
    token.push_back('.');
    token += base64url(signature);
    return token;
}

Result<std::string> sign_detached(const SigningKey& key, std::span<const std::byte> payload, PayloadForm form) {
    std::string token = write_header(key, {}, form);
    std::string input = token + ".";
    if (form == PayloadForm::encoded) {
        input += base64url(payload);
    } else {
        input += text_of(payload);
    }
    CS_TRY(const Bytes signature, key.sign(bytes_of(input)));
    token += "..";
    token += base64url(signature);
    return token;
}

}    // namespace countersign::jose
