#include "jose/dpop.hpp"

#include <algorithm>

#include "base/url.hpp"
#include "jose/claims.hpp"
#include "jose/compact.hpp"
#include "jose/header.hpp"
#include "jose/jws.hpp"

namespace countersign::jose {
namespace {

constexpr std::string_view proof_type = "dpop+jwt";
constexpr std::size_t longest_text = 4'096;    // of an address, a nonce, a method

std::unexpected<AuthError> refused(Code code, const AuthError& why) { return fail(code, why.expected(), why.found()); }

std::optional<MemberView> member_of(std::string_view object, std::string_view name) {
    ObjectReader reader{object, max_json_depth};
    MemberView member;
    while (reader.next(member) == ObjectReader::Step::member) {
        if (member.name.equals(name)) return member;
    }
    return std::nullopt;
}

/// The public key in the header, checked as any key (RFC 9449 §4.3, 7).
Result<Jwk> embedded_key(std::string_view header) {
    constexpr std::array<std::string_view, 8> private_members{"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    const auto found = member_of(header, "jwk");
    if (!found || found->kind != JsonKind::object) return fail(Code::dpop_key_refused, "jwk in the header");
    for (const std::string_view name : private_members) {
        if (member_of(found->raw, name)) return fail(Code::dpop_key_refused, "no private members", name);
    }
    Result<Jwk> key = Jwk::parse(found->raw);
    if (!key.ok()) return refused(Code::dpop_key_refused, key.error());
    return key;
}

struct Signer {
    Key key;
    std::string thumbprint;
};

Result<Signer> signer_of(std::string_view header, std::string_view alg, Algorithms permitted) {
    const auto is_permitted = [&](const Algorithm& row) { return permitted.has(row.id) && row.name == alg; };
    if (std::ranges::none_of(algorithms, is_permitted))
        return fail(Code::dpop_alg_refused, "an algorithm of the policy", alg);
    CS_TRY(const Jwk jwk, embedded_key(header));
    for (const Algorithm& row : algorithms) {
        if (!is_permitted(row) || row.kty != jwk.kty() || row.curve != jwk.curve()) continue;
        Result<Key> key = Key::bind(jwk, row.id);
        if (!key.ok()) return refused(Code::dpop_key_refused, key.error());
        return Signer{.key = *std::move(key), .thumbprint = jwk.thumbprint()};
    }
    return fail(Code::dpop_key_refused, "a key of the algorithm", alg);
}

Result<Signer> check_header(const CompactView& parts, Algorithms permitted) {
    const auto text = TokenText::parse(parts.header);
    if (!text) return fail(Code::dpop_malformed, "canonical base64url", "header");
    const auto header = parse_header(text->json(), max_json_depth, CritRule::nothing_understood);
    if (!header.ok()) return refused(Code::dpop_malformed, header.error());
    if (!header->typ || header->typ->text() != proof_type)
        return fail(Code::dpop_typ_mismatch, proof_type, header->typ ? header->typ->text() : "absent");
    return signer_of(text->json(), header->alg.text(), permitted);
}

struct ProofClaims {
    std::optional<std::string> jti, htm, htu, ath, nonce;
    std::optional<std::int64_t> iat, exp, nbf;
};

Result<void> take_claim(const MemberView& member, ProofClaims& out) {
    const std::pair<std::string_view, std::optional<std::string>*> texts[]{
        {"jti", &out.jti}, {"htm", &out.htm}, {"htu", &out.htu}, {"ath", &out.ath}, {"nonce", &out.nonce}};
    for (const auto& [name, into] : texts) {
        if (!member.name.equals(name)) continue;
        if (member.kind != JsonKind::string) return fail(Code::dpop_claim_type, "a text", name);
        if (member.raw.size() > longest_text) return fail(Code::dpop_claim_type, longest_text, name);
        *into = member.string().text();
    }
    const std::tuple<std::string_view, Claim, std::optional<std::int64_t>*> dates[]{
        {"iat", Claim::iat, &out.iat}, {"exp", Claim::exp, &out.exp}, {"nbf", Claim::nbf, &out.nbf}};
    for (const auto& [name, claim, into] : dates) {
        if (!member.name.equals(name)) continue;
        const auto date = numeric_date(member.kind, member.raw, claim);
        if (!date.ok()) return refused(Code::dpop_claim_type, date.error());
        *into = *date;
    }
    return {};
}

Result<ProofClaims> read_claims(std::string_view payload) {
    const auto text = TokenText::parse(payload);
    if (!text) return fail(Code::dpop_malformed, "canonical base64url", "payload");
    ObjectReader reader{text->json(), max_json_depth};
    MemberView member;
    ProofClaims out;
    auto step = reader.next(member);
    for (; step == ObjectReader::Step::member; step = reader.next(member)) CS_CHECK(take_claim(member, out));
    if (step == ObjectReader::Step::malformed) return fail(Code::dpop_malformed, reader.fault());
    if (!out.jti) return fail(Code::dpop_claim_missing, "jti");
    if (!out.htm) return fail(Code::dpop_claim_missing, "htm");
    if (!out.htu) return fail(Code::dpop_claim_missing, "htu");
    if (!out.iat) return fail(Code::dpop_claim_missing, "iat");
    if (out.jti->empty() || out.jti->size() > max_proof_id || out.jti->contains('\0'))
        return fail(Code::dpop_claim_type, "1 to 256 bytes without NUL", "jti");
    return out;
}

/// The address that request and proof agree on.
Result<std::string> check_address(const ProofClaims& claims, const DpopRequest& request) {
    if (*claims.htm != *request.method) return fail(Code::dpop_htm_mismatch, *request.method, *claims.htm);
    std::optional<std::string> wanted = comparable_url(request.url);
    if (!wanted) return fail(Code::dpop_htu_mismatch, "an absolute http or https URL of the request");
    // Paths may carry secrets: only scheme and authority go on record.
    if (comparable_url(*claims.htu) != wanted)
        return fail(Code::dpop_htu_mismatch, recordable(*wanted), recordable(*claims.htu));
    return *std::move(wanted);
}

Result<void> check_times(const ProofClaims& claims, const DpopPolicy& policy, std::int64_t now) {
    const std::int64_t ahead = policy.max_ahead.count();
    const auto at = [](std::int64_t seconds) { return Instant::from_unix(Seconds{seconds}); };
    if (*claims.iat > now + ahead) return fail(Code::dpop_clock_skew, at(now), at(*claims.iat));
    if (now >= *claims.iat + policy.max_age.count()) return fail(Code::dpop_expired, at(now), at(*claims.iat));
    if (claims.nbf && *claims.nbf > now + ahead) return fail(Code::dpop_clock_skew, at(now), at(*claims.nbf));
    if (claims.exp && now >= *claims.exp) return fail(Code::dpop_expired, at(now), at(*claims.exp));
    return {};
}

Result<void> check_nonce(const ProofClaims& claims, ProofNonce rule, std::span<const std::string> nonces) {
    if (rule == ProofNonce::not_asked) return {};
    if (!claims.nonce) return fail(Code::dpop_use_nonce, "nonce", "absent");
    if (std::ranges::find(nonces, *claims.nonce) == nonces.end()) return fail(Code::dpop_use_nonce, "a present nonce");
    return {};
}

}    // namespace

Result<void> DpopPolicy::check() const {
    if (algorithms->empty()) return fail(Code::policy_invalid, "at least one", "algorithms");
    if (algorithms->is_symmetric() || algorithms->mixes_secret_and_public())
        return fail(Code::policy_invalid, "no HS*: proofs are made with public keys", "algorithms");
    if (max_age <= Seconds{0} || max_age > max_proof_age)
        return fail(Code::policy_invalid, "1 to 300 seconds", "max_age");
    if (max_ahead < Seconds{0} || max_ahead > max_proof_ahead)
        return fail(Code::policy_invalid, "0 to 60 seconds", "max_ahead");
    return {};
}

Result<SpentProof> DpopProof::spend(Instant now) && {
    switch (store_->spend({.owner = thumbprint_, .what = use_, .until = until_}, now)) {
        case ReplayStore::Outcome::first:
            return SpentProof{std::move(thumbprint_)};
        case ReplayStore::Outcome::seen:
            return fail(Code::dpop_replayed);
        case ReplayStore::Outcome::full:
            return fail(Code::dpop_store_full);
        case ReplayStore::Outcome::too_late:
            break;
    }
    return fail(Code::dpop_expired, now, until_);
}

Result<DpopVerifier> DpopVerifier::make(DpopPolicy policy, ReplayStore& store) {
    CS_CHECK(policy.check());
    return DpopVerifier{std::move(policy), store};
}

Result<DpopProof> DpopVerifier::verify(std::string_view text, const DpopRequest& request, Instant now) const {
    if (text.empty()) return fail(Code::dpop_missing);
    const auto parts = parse_compact(text, max_proof_size);
    if (!parts.ok()) return refused(Code::dpop_malformed, parts.error());
    CS_TRY(Signer signer, check_header(*parts, policy_.algorithms));
    if (const auto right = check_signature(signer.key, parts->signed_part, parts->signature); !right.ok())
        return refused(Code::dpop_signature_mismatch, right.error());
    CS_TRY(const ProofClaims claims, read_claims(parts->payload));
    CS_TRY(const std::string address, check_address(claims, request));
    CS_CHECK(check_times(claims, policy_, now.unix_seconds()));
    DpopProof proof;
    if (const auto& token = *request.access_token) {
        proof.token_hash_ = crypto::sha256(bytes_of(*token));
        if (!claims.ath) return fail(Code::dpop_ath_mismatch, "ath", "absent");
        if (*claims.ath != base64url(*proof.token_hash_)) return fail(Code::dpop_ath_mismatch, "that of the token");
    }
    CS_CHECK(check_nonce(claims, policy_.nonce, request.nonces));
    proof.thumbprint_ = std::move(signer.thumbprint);
    proof.use_ = address + '\0' + *claims.jti;
    proof.until_ = Instant::from_unix(Seconds{*claims.iat} + policy_.max_age);
    proof.store_ = store_;
    return proof;
}

}    // namespace countersign::jose
