#include "jose/jwk.hpp"

#include <algorithm>

#include "base/guessable.hpp"
#include "crypto/digest.hpp"

namespace countersign::jose {
namespace {

using crypto::KeyKind;
using crypto::PrivateParts;
using crypto::PublicParts;

Result<std::string> text_member(const json::Value& jwk, std::string_view name) {
    const json::Value* found = jwk.find(name);
    if (found == nullptr) return std::string{};
    const std::string* text = found->as_string();
    if (text == nullptr) return fail(Code::key_malformed, "a text", name);
    return *text;
}

Result<Bytes> bytes_member(const json::Value& jwk, std::string_view name) {
    CS_TRY(const std::string text, text_member(jwk, name));
    std::optional<Bytes> bytes = parse_base64url(text);
    if (!bytes || bytes->empty()) return fail(Code::key_malformed, "canonical base64url", name);
    return *std::move(bytes);
}

Result<Secret> secret_member(const json::Value& jwk, std::string_view name) {
    CS_TRY(Bytes bytes, bytes_member(jwk, name));
    Secret out{bytes};
    wipe(bytes);
    return out;
}

Result<PublicParts> public_members(const json::Value& jwk, const std::string& kty) {
    PublicParts parts;
    if (kty == "RSA") {
        CS_TRY(parts.n, bytes_member(jwk, "n"));
        CS_TRY(parts.e, bytes_member(jwk, "e"));
        return parts;
    }
    parts.kind = kty == "EC" ? KeyKind::ec : KeyKind::okp;
    CS_TRY(const std::string name, text_member(jwk, "crv"));
    const auto row = std::ranges::find(crypto::curves, name, &crypto::CurveRow::name);
    if (name.empty() || row == crypto::curves.end() || row->kind != parts.kind) {
        return fail(Code::key_unsupported, "a curve for signatures of this kty", name);
    }
    parts.curve = row->id;
    CS_TRY(parts.x, bytes_member(jwk, "x"));
    if (parts.kind == KeyKind::ec) {
        CS_TRY(parts.y, bytes_member(jwk, "y"));
    }
    return parts;
}

Result<PrivateParts> private_members(const json::Value& jwk, KeyKind kind) {
    PrivateParts parts;
    CS_TRY(parts.d, secret_member(jwk, "d"));
    if (kind != KeyKind::rsa) return parts;
    if (jwk.find("oth") != nullptr) return fail(Code::key_unsupported, "RSA with two primes");
    CS_TRY(parts.p, secret_member(jwk, "p"));
    CS_TRY(parts.q, secret_member(jwk, "q"));
    CS_TRY(parts.dp, secret_member(jwk, "dp"));
    CS_TRY(parts.dq, secret_member(jwk, "dq"));
    CS_TRY(parts.qi, secret_member(jwk, "qi"));
    return parts;
}

/// Text that somebody took for a secret although everyone may know it: PEM, JWK, SSH, a certificate, a DER key.
bool looks_public(const Secret& secret) {
    constexpr std::array<std::string_view, 4> starts{"-----BEGIN", "---- BEGIN", "ssh-", "ecdsa-sha2-"};
    constexpr std::byte sequence{0x30};
    std::string_view text = secret.reveal_text();
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n\xEF\xBB\xBF"), text.size()));
    if (std::ranges::any_of(starts, [&](std::string_view start) { return text.starts_with(start); })) return true;
    // The whole of it is JSON: one in 256 random secrets begins with a brace.
    if (text.starts_with('{') && json::parse(text).ok()) return true;
    const std::span<const std::byte> bytes = secret.reveal();
    if (bytes.empty() || bytes.front() != sequence) return false;
    return crypto::PublicKey::parse(bytes).ok() || crypto::PublicKey::parse_certificate(bytes).ok();
}

constexpr std::size_t least_secret_size = 32;

Result<MacSecret> mac_secret(const json::Value& jwk) {
    CS_TRY(Secret bytes, secret_member(jwk, "k"));
    if (looks_public(bytes)) return fail(Code::key_secret_looks_public, "random bytes");
    // Too short is said when it is bound to an algorithm, which knows what is enough.
    if (bytes.size() >= least_secret_size && is_guessable(bytes.reveal_text()))
        return fail(Code::secret_default_value, "random bytes");
    return MacSecret{std::move(bytes)};
}

Result<std::vector<std::string>> operations_of(const json::Value& jwk) {
    std::vector<std::string> out;
    const json::Value* found = jwk.find("key_ops");
    if (found == nullptr) return out;
    const json::Array* list = found->as_array();
    if (list == nullptr) return fail(Code::key_malformed, "a list", "key_ops");
    for (const json::Value& element : *list) {
        const std::string* name = element.as_string();
        if (name == nullptr || std::ranges::find(out, *name) != out.end()) {
            return fail(Code::key_malformed, "distinct texts", "key_ops");    // RFC 7517 §4.3
        }
        out.push_back(*name);
    }
    return out;
}

const PublicParts* parts_of(const Jwk& jwk) {
    if (const auto* key = std::get_if<crypto::PublicKey>(&jwk.material)) return &key->parts();
    if (const auto* key = std::get_if<crypto::PrivateKey>(&jwk.material)) return &key->parts();
    return nullptr;
}

std::string_view kty_name(Kty kty) {
    constexpr std::array<std::string_view, 4> names{"oct", "RSA", "EC", "OKP"};
    return names[static_cast<std::size_t>(kty)];
}

/// The members that make the key, in the order that RFC 7638 §3.2 wants.
void write_required(json::Writer& out, const Jwk& jwk) {
    const PublicParts* parts = parts_of(jwk);
    if (parts == nullptr) {
        std::string k = base64url(std::get<MacSecret>(jwk.material).bytes.reveal());
        out.key("k").value(k).key("kty").value("oct");
        wipe(std::as_writable_bytes(std::span{k}));
        return;
    }
    if (parts->kind == KeyKind::rsa) {
        out.key("e").value(base64url(parts->e)).key("kty").value("RSA").key("n").value(base64url(parts->n));
        return;
    }
    out.key("crv").value(crypto::row_of(parts->curve).name).key("kty").value(kty_name(jwk.kty()));
    out.key("x").value(base64url(parts->x));
    if (parts->kind == KeyKind::ec) out.key("y").value(base64url(parts->y));
}

void write_labels(json::Writer& out, const Jwk& jwk) {
    if (!jwk.kid.empty()) out.key("kid").value(jwk.kid);
    if (!jwk.alg.empty()) out.key("alg").value(jwk.alg);
    if (!jwk.use.empty()) out.key("use").value(jwk.use);
}

void write_secret_member(json::Writer& out, std::string_view name, const Secret& number) {
    std::string text = base64url(number.reveal());
    out.key(name).value(text);
    wipe(std::as_writable_bytes(std::span{text}));
}

}    // namespace

Result<Jwk> Jwk::parse(std::string_view text) {
    const Result<json::Value> value = json::parse(text);
    if (!value.ok()) return fail(Code::key_malformed, "a JSON object");
    return read(*value);
}

Result<Jwk> Jwk::read(const json::Value& value) {
    if (value.as_object() == nullptr) return fail(Code::key_malformed, "a JSON object");
    Jwk out;
    CS_TRY(out.kid, text_member(value, "kid"));
    CS_TRY(out.alg, text_member(value, "alg"));
    CS_TRY(out.use, text_member(value, "use"));
    CS_TRY(out.operations, operations_of(value));
    const auto printable = [](char c) { return c >= 0x20 && c < 0x7F; };
    if (out.kid.size() > max_kid_length || !std::ranges::all_of(out.kid, printable)) {
        return fail(Code::key_malformed, "a kid of printable ASCII, at most 256 bytes", out.kid);
    }
    CS_TRY(const std::string kty, text_member(value, "kty"));
    if (kty == "oct") {
        CS_TRY(out.material, mac_secret(value));
        return out;
    }
    if (kty != "RSA" && kty != "EC" && kty != "OKP") return fail(Code::key_unsupported, "kty oct, RSA, EC or OKP", kty);
    CS_TRY(PublicParts parts, public_members(value, kty));
    if (value.find("d") == nullptr) {
        CS_TRY(out.material, crypto::PublicKey::make(std::move(parts)));
        return out;
    }
    CS_TRY(PrivateParts secrets, private_members(value, parts.kind));
    CS_TRY(out.material, crypto::PrivateKey::make(std::move(parts), std::move(secrets)));
    return out;
}

Result<Jwk> Jwk::parse_encoded(std::span<const std::byte> text) {
    Jwk out;
    if (auto pair = crypto::PrivateKey::parse(text); pair.ok()) {
        out.material = *std::move(pair);
        return out;
    }
    if (auto certified = crypto::PublicKey::parse_certificate(text); certified.ok()) {
        out.material = *std::move(certified);
        return out;
    }
    CS_TRY(out.material, crypto::PublicKey::parse(text));
    return out;
}

Result<Jwk> Jwk::generate(Alg alg, Random& random, std::size_t rsa_bits) {
    const Algorithm& row = row_of(alg);
    Jwk out;
    out.alg = row.name;
    out.use = "sig";
    switch (row.kty) {
        case Kty::oct: {
            MacSecret made{Secret::sized(row.min_bits / 8)};
            random.fill(made.bytes.writable());
            out.material = std::move(made);
            break;
        }
        case Kty::rsa: {
            CS_TRY(out.material, crypto::PrivateKey::generate(KeyKind::rsa, row.curve, rsa_bits));
            break;
        }
        case Kty::ec: {
            CS_TRY(out.material, crypto::PrivateKey::generate(KeyKind::ec, row.curve));
            break;
        }
        case Kty::okp: {
            CS_TRY(out.material, crypto::PrivateKey::generate(KeyKind::okp, row.curve));
            break;
        }
    }
    // A thumbprint of a secret is a hash of it, and a kid is public: nothing of an `oct` key may stand there.
    out.kid = row.kty == Kty::oct ? random_text(random, id_length) : out.thumbprint();
    return out;
}

Kty Jwk::kty() const {
    const PublicParts* parts = parts_of(*this);
    if (parts == nullptr) return Kty::oct;
    return parts->kind == KeyKind::rsa ? Kty::rsa : parts->kind == KeyKind::ec ? Kty::ec : Kty::okp;
}

crypto::Curve Jwk::curve() const {
    const PublicParts* parts = parts_of(*this);
    return parts == nullptr ? crypto::Curve::none : parts->curve;
}

std::string Jwk::thumbprint() const {
    std::string text;
    json::Writer out{text};
    out.begin_object();
    write_required(out, *this);
    out.end_object();
    std::string print = base64url(crypto::sha256(bytes_of(text)));
    wipe(std::as_writable_bytes(std::span{text}));
    return print;
}

Result<std::string> Jwk::write_public() const {
    if (kty() == Kty::oct) return fail(Code::key_unsupported, "a key with a public half", "oct");
    std::string text;
    json::Writer out{text};
    out.begin_object();
    write_required(out, *this);
    write_labels(out, *this);
    out.end_object();
    return text;
}

Result<Secret> Jwk::write_private() const {
    if (std::holds_alternative<crypto::PublicKey>(material)) return fail(Code::key_unsupported, "a private key");
    constexpr std::size_t room = 16'384;    // reserved at once: a string that grows leaves copies behind
    std::string text;
    text.reserve(room);
    json::Writer out{text};
    out.begin_object();
    write_required(out, *this);
    if (const auto* pair = std::get_if<crypto::PrivateKey>(&material)) {
        const PrivateParts& secrets = pair->secrets();
        write_secret_member(out, "d", secrets.d);
        if (pair->parts().kind == KeyKind::rsa) {
            write_secret_member(out, "p", secrets.p);
            write_secret_member(out, "q", secrets.q);
            write_secret_member(out, "dp", secrets.dp);
            write_secret_member(out, "dq", secrets.dq);
            write_secret_member(out, "qi", secrets.qi);
        }
    }
    write_labels(out, *this);
    out.end_object();
    Secret written = Secret::from_text(text);
    wipe(std::as_writable_bytes(std::span{text}));
    return written;
}

}    // namespace countersign::jose
