#include "capi/handles.hpp"

namespace countersign::capi {
namespace {

using crypto::Encoding;
using crypto::PrivateForm;
using jose::Jwk;

const crypto::PrivateKey* pair_of(const Jwk& key) { return std::get_if<crypto::PrivateKey>(&key.material); }

Result<std::unique_ptr<cs_key>> parse(cs_text text, cs_text kid) {
    CS_TRY(const std::string_view given, text_of(text, max_text));
    CS_TRY(const std::string_view name, text_of(kid, max_short_text));
    if (name.size() > jose::max_kid_length) return fail(Code::call_wrong, jose::max_kid_length, name.size());
    const std::size_t first = given.find_first_not_of(" \t\r\n");
    const bool is_json = first != std::string_view::npos && given[first] == '{';
    auto made = std::make_unique<cs_key>();
    CS_TRY(made->jwk, is_json ? Jwk::parse(given) : Jwk::parse_encoded(bytes_of(given)));
    if (!name.empty()) made->jwk.kid = name;
    return made;
}

Result<jose::Alg> algorithm_to_make(std::string_view name, std::string_view curve) {
    for (const jose::Algorithm& row : jose::algorithms) {
        if (row.name == name && (curve.empty() || crypto::row_of(row.curve).name == curve)) return row.id;
    }
    return fail(Code::key_unsupported, "an algorithm, and a curve that it has");
}

Result<std::unique_ptr<cs_key>> generate(const cs_generate_ask* ask) {
    CS_TRY(const cs_generate_ask given, read_sized(ask));
    CS_TRY(const std::string_view name, text_of(given.algorithm, max_short_text));
    CS_TRY(const std::string_view curve, text_of(given.curve, max_short_text));
    CS_TRY(const jose::Alg alg, algorithm_to_make(name, curve));
    const std::size_t bits = given.rsa_bits == 0 ? crypto::min_rsa_bits : given.rsa_bits;
    if (given.rsa_bits != 0 && jose::row_of(alg).kty != jose::Kty::rsa)
        return fail(Code::call_wrong, "rsa_bits for RSA only");
    if (bits < crypto::min_rsa_bits || bits > crypto::max_rsa_bits || bits % 8 != 0)
        return fail(Code::key_weak, "a multiple of 8 from 2048 to 8192", bits);
    SystemRandom random;
    auto made = std::make_unique<cs_key>();
    CS_TRY(made->jwk, Jwk::generate(alg, random, bits));
    return made;
}

Result<Secret> write_half(const Jwk& key, Encoding encoding) {
    if (const auto* pair = pair_of(key)) return Secret{pair->public_key().write(encoding)};
    const auto* half = std::get_if<crypto::PublicKey>(&key.material);
    if (half == nullptr) return fail(Code::key_unsupported, "a key with a public half");
    return Secret{half->write(encoding)};
}

Result<Secret> write_pair(const Jwk& key, Encoding encoding, PrivateForm form) {
    const auto* pair = pair_of(key);
    if (pair == nullptr) return fail(Code::key_unsupported, "a private key");
    return pair->write(encoding, form);
}

Result<Secret> write_traditional(const Jwk& key, jose::Kty kty) {
    if (key.kty() != kty) return fail(Code::key_unsupported, "a form that this kind of key has");
    return write_pair(key, Encoding::pem, PrivateForm::traditional);
}

Result<Secret> write_set(const Jwk& key) {
    CS_TRY(std::string text, key.write_public());
    if (key.kid.empty()) {
        CS_TRY(const json::Value read, json::parse(text));
        json::Object members = *read.as_object();
        members.emplace_back("kid", json::Value{key.thumbprint()});
        text = json::write(json::Value{std::move(members)});
    }
    return Secret::from_text(R"({"keys":[)" + text + "]}");
}

Result<Secret> write_public(const Jwk& key) {
    CS_TRY(const std::string text, key.write_public());
    return Secret::from_text(text);
}

/// Every form, one row each.
struct FormRow {
    int32_t number;
    Result<Secret> (*write)(const Jwk&);
};
constexpr std::array forms{
    FormRow{CS_PUBLIC_JWK, write_public},
    FormRow{CS_PUBLIC_SET, write_set},
    FormRow{CS_PUBLIC_PEM, [](const Jwk& key) { return write_half(key, Encoding::pem); }},
    FormRow{CS_PUBLIC_DER, [](const Jwk& key) { return write_half(key, Encoding::der); }},
    FormRow{CS_PRIVATE_JWK, [](const Jwk& key) { return key.write_private(); }},
    FormRow{CS_PRIVATE_PEM, [](const Jwk& key) { return write_pair(key, Encoding::pem, PrivateForm::pkcs8); }},
    FormRow{CS_PRIVATE_DER, [](const Jwk& key) { return write_pair(key, Encoding::der, PrivateForm::pkcs8); }},
    FormRow{CS_PRIVATE_PKCS1, [](const Jwk& key) { return write_traditional(key, jose::Kty::rsa); }},
    FormRow{CS_PRIVATE_SEC1, [](const Jwk& key) { return write_traditional(key, jose::Kty::ec); }},
};

constexpr std::array<std::string_view, 4> type_names{"oct", "RSA", "EC", "OKP"};    // in the order of Kty

std::size_t bits_of(const Jwk& key) {
    if (const auto* secret = std::get_if<jose::MacSecret>(&key.material)) return secret->bytes.size() * 8;
    if (const auto* half = std::get_if<crypto::PublicKey>(&key.material)) return half->bits();
    return pair_of(key)->public_key().bits();
}

}    // namespace

std::unique_ptr<cs_buffer> buffer_of(Secret text) {
    auto made = std::make_unique<cs_buffer>();
    made->text = std::move(text);
    return made;
}

}    // namespace countersign::capi

using namespace countersign;
using namespace countersign::capi;

cs_text cs_buffer_text(const cs_buffer* buffer) noexcept {
    const bool right = buffer != nullptr && buffer->mark == cs_buffer::mark_of_kind;
    return right ? to_text(buffer->text.reveal_text()) : to_text({});
}

void cs_buffer_free(cs_buffer* buffer) noexcept { free_handle(buffer); }

cs_code cs_key_parse(cs_text text, cs_text kid, cs_key** out, cs_error* error) noexcept {
    return guarded_make(out, error, [&] { return parse(text, kid); });
}

cs_code cs_key_generate(const cs_generate_ask* ask, cs_key** out, cs_error* error) noexcept {
    return guarded_make(out, error, [&] { return generate(ask); });
}

void cs_key_free(cs_key* key) noexcept { free_handle(key); }

cs_code cs_key_read(const cs_key* key, cs_key_facts* out) noexcept {
    return guarded(nullptr, [&]() -> Result<void> {
        CS_TRY(const std::size_t size, begin_sized(out));
        CS_TRY(const cs_key* checked, handle_of(key));
        const jose::Jwk& jwk = checked->jwk;
        cs_key_facts facts{};
        facts.is_private = std::holds_alternative<crypto::PublicKey>(jwk.material) ? 0 : 1;
        facts.bits = static_cast<int32_t>(bits_of(jwk));
        facts.type = to_text(type_names[static_cast<std::size_t>(jwk.kty())]);
        facts.curve = to_text(crypto::row_of(jwk.curve()).name);
        facts.algorithm = to_text(jwk.alg);
        facts.kid = to_text(jwk.kid);
        write_sized(out, size, facts);
        return {};
    });
}

cs_code cs_key_thumbprint(const cs_key* key, cs_buffer** out, cs_error* error) noexcept {
    return guarded_make(out, error, [&]() -> Result<std::unique_ptr<cs_buffer>> {
        CS_TRY(const cs_key* checked, handle_of(key));
        if (checked->jwk.kty() == jose::Kty::oct)    // RFC 7638 §7
            return fail(Code::key_unsupported, "a key with a public half");
        return buffer_of(Secret::from_text(checked->jwk.thumbprint()));
    });
}

cs_code cs_key_write(const cs_key* key, int32_t form, cs_buffer** out, cs_error* error) noexcept {
    return guarded_make(out, error, [&]() -> Result<std::unique_ptr<cs_buffer>> {
        CS_TRY(const cs_key* checked, handle_of(key));
        const auto row = std::ranges::find(forms, form, &FormRow::number);
        if (row == forms.end()) return fail(Code::call_wrong, "a form of keys", form);
        CS_TRY(Secret text, row->write(checked->jwk));
        return buffer_of(std::move(text));
    });
}
