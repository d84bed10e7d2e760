#include "jose/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "jose/claims.hpp"
#include "jose/compact.hpp"
#include "jose/header.hpp"
#include "jose/judgement.hpp"
#include "jose/jwe_algorithms.hpp"
#include "jose/jwe_header.hpp"
#include "jose/key.hpp"
#include "jose/policy.hpp"
#include "jose/verifier.hpp"

namespace countersign::jose {
namespace {

void look_at_header(std::string_view text, Inspection& out) {
    constexpr std::array<std::string_view, 4> keys{"jwk", "jku", "x5u", "x5c"};
    const auto header = parse_header(text, max_json_depth, CritRule::nothing_understood);
    if (!header.ok()) out.refusals.push_back(header.error());
    ObjectReader reader{text, max_json_depth};
    MemberView member;
    auto step = reader.next(member);
    for (; step == ObjectReader::Step::member; step = reader.next(member)) {
        for (const std::string_view key : keys) {
            if (member.name.equals(key))
                out.remarks.push_back(fmt::format("{} in the header is never used to find a key", key));
        }
    }
    if (step == ObjectReader::Step::end) out.header = one_line(text);
    if (!header.ok()) return;
    // An empty set has no key for anything; what it says of `none` and of unknown names comes before that.
    const auto key = KeySet::of({}).select(header->alg.text(), std::nullopt);
    if (key.error().code() == Code::token_alg_none || key.error().code() == Code::token_alg_unknown)
        out.refusals.push_back(key.error());
    if (!header->typ)
        out.refusals.emplace_back(Code::token_typ_mismatch, "a typ, unless the policy says absent", "absent");
    if (header->cty && header->cty->text() == "JWT") out.refusals.emplace_back(Code::token_nested, "claims", "cty");
    if (!header->kid) out.remarks.emplace_back("no kid: it passes only where one key could have signed it");
}

std::optional<std::int64_t> date(const Claims& claims, Claim claim, Inspection& out) {
    const auto found = claims.find(claim);
    if (!found) return std::nullopt;
    const auto at = numeric_date(found->kind, found->raw, claim);
    if (at.ok()) return *at;
    out.refusals.push_back(at.error());
    return std::nullopt;
}

void look_at_times(const Claims& claims, std::int64_t now, Inspection& out) {
    const auto issued = date(claims, Claim::iat, out), not_before = date(claims, Claim::nbf, out);
    const auto expires = date(claims, Claim::exp, out);
    const auto instant = [](std::int64_t seconds) { return Instant::from_unix(Seconds{seconds}); };
    if (issued) out.issued = instant(*issued);
    if (not_before) out.not_before = instant(*not_before);
    if (expires) out.expires = instant(*expires);
    if (issued && *issued > now) out.refusals.emplace_back(Code::token_clock_skew, instant(now), instant(*issued));
    if (not_before && *not_before > now)
        out.refusals.emplace_back(Code::token_not_yet_valid, instant(now), instant(*not_before));
    if (!expires) return;
    if (now >= *expires) out.refusals.emplace_back(Code::token_expired, instant(now), instant(*expires));
    const std::int64_t life = *expires - issued.value_or(now);
    if (life > default_max_lifetime.count())
        out.refusals.emplace_back(Code::token_lifetime_too_long, default_max_lifetime.count(), life);
}

void look_at_claims(Claims& claims, std::int64_t now, Inspection& out) {
    out.claims = one_line(claims.json());
    for (const Claim claim : {Claim::iss, Claim::sub, Claim::exp, Claim::iat}) {
        if (!claims.find(claim))
            out.refusals.emplace_back(Code::token_claim_missing, claim_names[static_cast<std::size_t>(claim)]);
    }
    if (!claims.find(Claim::aud)) out.refusals.emplace_back(Code::token_aud_missing);
    for (const Claim claim : {Claim::iss, Claim::sub, Claim::jti, Claim::client_id}) {
        const auto found = claims.find(claim);
        if (!found) continue;
        const auto named = claims.identity(*found, claim_names[static_cast<std::size_t>(claim)]);
        if (named.ok()) continue;
        const bool sub = claim == Claim::sub && found->kind != JsonKind::string;
        out.refusals.push_back(sub ? AuthError{Code::token_sub_not_string} : named.error());
    }
    look_at_times(claims, now, out);
    if (claims.find(Claim::cnf)) out.refusals.emplace_back(Code::token_cnf_unproved, "proof of the key in cnf");
    if (claims.find("nonce") || claims.find("at_hash")) {
        out.remarks.emplace_back("nonce or at_hash: this looks like an ID token, which no API takes");
    }
}

/// Five parts: what stands in the open, and what no key could make good.
void look_at_encrypted(std::string_view encoded_header, Inspection& out) {
    const std::optional<Bytes> bytes = parse_base64url(encoded_header);
    if (!bytes) {
        out.refusals.emplace_back(Code::jwe_malformed, "canonical base64url", "header");
        return;
    }
    const auto header = parse_jwe_header(text_of(*bytes));
    if (!header.ok()) {
        out.refusals.push_back(header.error());
        if (header.error().code() == Code::jwe_header_malformed) return;
    }
    out.header = one_line(text_of(*bytes));
    if (!header.ok()) return;
    if (std::ranges::find(key_algorithms, header->alg, &KeyAlgorithm::name) == key_algorithms.end())
        out.refusals.emplace_back(Code::jwe_alg_refused, "an algorithm that there is", header->alg);
    if (std::ranges::find(encryptions, header->enc, &EncName::name) == encryptions.end())
        out.refusals.emplace_back(Code::jwe_enc_refused, "an encryption that there is", header->enc);
    if (header->alg.starts_with("PBES2"))
        out.remarks.emplace_back("PBES2 is for passwords: it passes only where a key is bound to it");
    out.remarks.emplace_back(is_media_type(header->cty, "JWT")
                                 ? "the token inside has to be signed, and passes a verifier like any other"
                                 : "cty does not say JWT: what is inside is no token");
}

}    // namespace

Inspection inspect(std::string_view token, Instant now) {
    constexpr std::ptrdiff_t dots_of_jwe = 4;
    Inspection out;
    const auto parts = parse_compact(token, max_token_size);
    if (!parts.ok()) {
        out.refusals.push_back(parts.error());
        const bool encrypted = parts.error().code() == Code::token_opaque_access_token;
        if (encrypted && std::ranges::count(token, '.') == dots_of_jwe)
            look_at_encrypted(token.substr(0, token.find('.')), out);
        return out;
    }
    const auto header = TokenText::parse(parts->header);
    if (header) {
        look_at_header(header->json(), out);
    } else {
        out.refusals.emplace_back(Code::token_malformed, "canonical base64url", "header");
    }
    if (parts->signature.empty() || !parse_base64url(parts->signature)) {
        out.refusals.emplace_back(Code::token_signature_malformed, "canonical base64url");
    }
    Claims claims;
    if (const auto read = claims.read(parts->payload, max_json_depth); read.ok()) {
        look_at_claims(claims, now.unix_seconds(), out);
    } else {
        out.refusals.push_back(read.error());
    }
    return out;
}

std::string one_line(std::string_view json) {
    std::string out;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        const auto next = static_cast<unsigned char>(i + 1 < json.size() ? json[i + 1] : '\0');
        if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
        if (c == '\x7F') {
            out += "\\u007f";
            continue;
        }
        if (c == '\xC2' && next >= 0x80 && next < 0xA0) {    // C1 controls
            out += fmt::format("\\u{:04x}", next);
            ++i;
            continue;
        }
        out.push_back(c);
        if (c == '"') in_string = !in_string;
        if (in_string && c == '\\') out.push_back(json[++i]);
    }
    return out;
}

std::string write_json(const Inspection& seen, std::string_view token) {
    std::string text;
    json::Writer writer{text};
    writer.begin_object().key("fingerprint").value(offline_fingerprint(token));
    if (!seen.header.empty()) writer.key("header").raw(seen.header);
    if (!seen.claims.empty()) writer.key("claims").raw(seen.claims);
    if (seen.issued) writer.key("issued").value(*seen.issued);
    if (seen.not_before) writer.key("notBefore").value(*seen.not_before);
    if (seen.expires) writer.key("expires").value(*seen.expires);
    writer.key("refusals").begin_array();
    for (const AuthError& error : seen.refusals) {
        std::string code{error.label()};
        std::ranges::replace(code, '.', '_');
        writer.begin_object().key("code").value(code).key("detail").value(error.detail()).end_object();
    }
    writer.end_array().key("remarks").begin_array();
    for (const std::string& remark : seen.remarks) writer.value(remark);
    writer.end_array().end_object();
    return text;
}

}    // namespace countersign::jose
