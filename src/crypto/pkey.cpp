#include "crypto/pkey.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>

#include "base/assert.hpp"

namespace countersign::crypto {
namespace {

const unsigned char* raw(std::span<const std::byte> bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

BnPtr number(std::span<const std::byte> bytes) {
    return BnPtr{BN_bin2bn(raw(bytes), static_cast<int>(bytes.size()), nullptr)};
}

Bytes bytes_of_number(const BIGNUM* value, std::size_t size) {
    Bytes out(size);
    if (BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size)) < 0) out.clear();
    return out;
}

/// The numbers of a key under construction: they must outlive the builder.
class Builder {
  public:
    Builder() : builder_{OSSL_PARAM_BLD_new()} { CS_ASSERT(builder_ != nullptr); }
    void number(const char* name, std::span<const std::byte> bytes) {
        numbers_.push_back(crypto::number(bytes));
        CS_ASSERT(OSSL_PARAM_BLD_push_BN(builder_.get(), name, numbers_.back().get()) == 1);
    }
    void text(const char* name, std::string_view value) {
        CS_ASSERT(OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, value.data(), value.size()) == 1);
    }
    void octets(const char* name, std::span<const std::byte> bytes) {
        CS_ASSERT(OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, bytes.data(), bytes.size()) == 1);
    }
    PkeyPtr make(const char* type, int selection) {
        const ParamsPtr params{OSSL_PARAM_BLD_to_param(builder_.get())};
        const PkeyCtxPtr context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
        CS_ASSERT(params != nullptr && context != nullptr);
        EVP_PKEY* made = nullptr;
        const bool done = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                          EVP_PKEY_fromdata(context.get(), &made, selection, params.get()) == 1;
        ERR_clear_error();
        return PkeyPtr{done ? made : nullptr};
    }

  private:
    std::vector<BnPtr> numbers_;
    ParamsBuilderPtr builder_;
};

PkeyPtr build_rsa(const PublicParts& parts, const PrivateParts* secrets) {
    Builder builder;
    builder.number(OSSL_PKEY_PARAM_RSA_N, parts.n);
    builder.number(OSSL_PKEY_PARAM_RSA_E, parts.e);
    if (secrets != nullptr) {
        builder.number(OSSL_PKEY_PARAM_RSA_D, secrets->d.reveal());
        builder.number(OSSL_PKEY_PARAM_RSA_FACTOR1, secrets->p.reveal());
        builder.number(OSSL_PKEY_PARAM_RSA_FACTOR2, secrets->q.reveal());
        builder.number(OSSL_PKEY_PARAM_RSA_EXPONENT1, secrets->dp.reveal());
        builder.number(OSSL_PKEY_PARAM_RSA_EXPONENT2, secrets->dq.reveal());
        builder.number(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, secrets->qi.reveal());
    }
    return builder.make("RSA", secrets == nullptr ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR);
}

PkeyPtr build_ec(const PublicParts& parts, const PrivateParts* secrets) {
    constexpr std::byte uncompressed{4};
    Builder builder;
    Bytes point{uncompressed};
    point.insert(point.end(), parts.x.begin(), parts.x.end());
    point.insert(point.end(), parts.y.begin(), parts.y.end());
    builder.text(OSSL_PKEY_PARAM_GROUP_NAME, row_of(parts.curve).group);
    builder.octets(OSSL_PKEY_PARAM_PUB_KEY, point);
    if (secrets != nullptr) builder.number(OSSL_PKEY_PARAM_PRIV_KEY, secrets->d.reveal());
    PkeyPtr made = builder.make("EC", secrets == nullptr ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR);
    if (made == nullptr) return nullptr;
    const PkeyCtxPtr check{EVP_PKEY_CTX_new_from_pkey(nullptr, made.get(), nullptr)};
    const bool sound = check != nullptr && EVP_PKEY_public_check(check.get()) == 1;
    ERR_clear_error();
    return sound ? std::move(made) : nullptr;
}

PkeyPtr build_okp(const PublicParts& parts, const PrivateParts* secrets) {
    const char* name = row_of(parts.curve).group.data();
    EVP_PKEY* made =
        secrets == nullptr
            ? EVP_PKEY_new_raw_public_key_ex(nullptr, name, nullptr, raw(parts.x), parts.x.size())
            : EVP_PKEY_new_raw_private_key_ex(nullptr, name, nullptr, raw(secrets->d.reveal()), secrets->d.size());
    ERR_clear_error();
    return PkeyPtr{made};
}

int no_password(char*, std::size_t, std::size_t*, const OSSL_PARAM*, void*) { return 0; }

bool is_pem(std::span<const std::byte> text) { return text_of(text).starts_with("-----BEGIN "); }

Result<Bytes> number_of(const EVP_PKEY* key, const char* name, std::size_t size) {
    BIGNUM* value = nullptr;
    const bool found = EVP_PKEY_get_bn_param(key, name, &value) == 1;
    const BnPtr owned{value};
    ERR_clear_error();
    if (!found) return fail(Code::key_malformed, name, "absent");
    Bytes out = bytes_of_number(value, size == 0 ? static_cast<std::size_t>(BN_num_bytes(value)) : size);
    if (out.empty()) return fail(Code::key_malformed, name, "too long");
    return out;
}

Result<Secret> secret_number_of(const EVP_PKEY* key, const char* name, std::size_t size) {
    CS_TRY(Bytes bytes, number_of(key, name, size));
    Secret out{bytes};
    wipe(bytes);
    return out;
}

Result<PublicParts> ec_parts(const EVP_PKEY* key) {
    std::array<char, 64> group{};
    std::size_t size = 0;
    // Curves given by explicit parameters have no name, and are refused (RFC 5480 §2.1.1).
    const bool named =
        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), &size) == 1;
    ERR_clear_error();
    const auto row = std::ranges::find(curves, std::string_view{group.data(), named ? size : 0}, &CurveRow::group);
    if (!named || row == curves.end() || row->kind != KeyKind::ec)
        return fail(Code::key_unsupported, "a named curve that has a row");
    PublicParts out{.kind = KeyKind::ec, .curve = row->id, .n = {}, .e = {}, .x = {}, .y = {}};
    CS_TRY(out.x, number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, row->size));
    CS_TRY(out.y, number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, row->size));
    return out;
}

Result<PublicParts> okp_parts(const EVP_PKEY* key, Curve curve) {
    PublicParts out{.kind = KeyKind::okp, .curve = curve, .n = {}, .e = {}, .x = Bytes(row_of(curve).size), .y = {}};
    std::size_t size = out.x.size();
    if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(out.x.data()), &size) != 1 ||
        size != out.x.size()) {
        return fail(Code::key_malformed, row_of(curve).name);
    }
    return out;
}

}    // namespace

PkeyPtr build_pkey(const PublicParts& parts, const PrivateParts* secrets) {
    switch (parts.kind) {
        case KeyKind::rsa:
            return build_rsa(parts, secrets);
        case KeyKind::ec:
            return build_ec(parts, secrets);
        case KeyKind::okp:
            return build_okp(parts, secrets);
    }
    return nullptr;
}

PkeyPtr decode_pkey(std::span<const std::byte> text, Half half) {
    EVP_PKEY* made = nullptr;
    const int selection = half == Half::public_ ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    const DecoderPtr decoder{OSSL_DECODER_CTX_new_for_pkey(&made, is_pem(text) ? "PEM" : "DER", nullptr, nullptr,
                                                           selection, nullptr, nullptr)};
    CS_ASSERT(decoder != nullptr);
    // Without this an encrypted key would ask at the terminal.
    CS_ASSERT(OSSL_DECODER_CTX_set_passphrase_cb(decoder.get(), no_password, nullptr) == 1);
    const unsigned char* at = raw(text);
    std::size_t left = text.size();
    const bool done = OSSL_DECODER_from_data(decoder.get(), &at, &left) == 1;
    ERR_clear_error();
    PkeyPtr out{made};
    const std::string_view rest = done ? text_of(text.last(left)) : std::string_view{};
    if (!done || rest.find_first_not_of(is_pem(text) ? " \t\r\n" : "") != std::string_view::npos) return nullptr;
    return out;
}

PkeyPtr decode_certificate_key(std::span<const std::byte> text) {
    X509Ptr certificate;
    if (is_pem(text)) {
        const BioPtr in{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
        certificate.reset(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    } else {
        const unsigned char* at = raw(text);
        certificate.reset(d2i_X509(nullptr, &at, static_cast<long>(text.size())));
        if (certificate != nullptr && at != raw(text) + text.size()) certificate.reset();
    }
    EVP_PKEY* key = certificate == nullptr ? nullptr : X509_get_pubkey(certificate.get());
    ERR_clear_error();
    return PkeyPtr{key};
}

Result<PublicParts> public_parts(const EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        PublicParts out;
        CS_TRY(out.n, number_of(key, OSSL_PKEY_PARAM_RSA_N, 0));
        CS_TRY(out.e, number_of(key, OSSL_PKEY_PARAM_RSA_E, 0));
        return out;
    }
    if (EVP_PKEY_is_a(key, "EC") == 1) return ec_parts(key);
    for (const CurveRow& row : curves) {
        if (row.kind == KeyKind::okp && EVP_PKEY_is_a(key, row.group.data()) == 1) return okp_parts(key, row.id);
    }
    return fail(Code::key_unsupported, "RSA, EC or Ed25519, Ed448, X25519, X448");
}

Result<PrivateParts> private_parts(const EVP_PKEY* key, const PublicParts& parts) {
    PrivateParts out;
    const std::size_t size = row_of(parts.curve).size;
    if (parts.kind == KeyKind::okp) {
        out.d = Secret::sized(size);
        std::size_t found = size;
        const bool done =
            EVP_PKEY_get_raw_private_key(key, reinterpret_cast<unsigned char*>(out.d.writable().data()), &found) == 1;
        ERR_clear_error();
        if (!done || found != size) return fail(Code::key_malformed, row_of(parts.curve).name);
        return out;
    }
    if (parts.kind == KeyKind::ec) {
        CS_TRY(out.d, secret_number_of(key, OSSL_PKEY_PARAM_PRIV_KEY, size));
        return out;
    }
    CS_TRY(out.d, secret_number_of(key, OSSL_PKEY_PARAM_RSA_D, 0));
    CS_TRY(out.p, secret_number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR1, 0));
    CS_TRY(out.q, secret_number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR2, 0));
    CS_TRY(out.dp, secret_number_of(key, OSSL_PKEY_PARAM_RSA_EXPONENT1, 0));
    CS_TRY(out.dq, secret_number_of(key, OSSL_PKEY_PARAM_RSA_EXPONENT2, 0));
    CS_TRY(out.qi, secret_number_of(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 0));
    return out;
}

Secret encode_pkey(const EVP_PKEY* key, Half half, Encoding encoding, const char* structure) {
    const int selection = half == Half::public_ ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    const EncoderPtr encoder{
        OSSL_ENCODER_CTX_new_for_pkey(key, selection, encoding == Encoding::pem ? "PEM" : "DER", structure, nullptr)};
    unsigned char* data = nullptr;
    std::size_t size = 0;
    const bool done = encoder != nullptr && OSSL_ENCODER_to_data(encoder.get(), &data, &size) == 1;
    ERR_clear_error();
    if (!done) return {};
    Secret out{std::as_bytes(std::span{data, size})};
    OPENSSL_clear_free(data, size);
    return out;
}

}    // namespace countersign::crypto
