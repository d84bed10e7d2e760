#include "jose/verifier.hpp"

#include <algorithm>
#include <atomic>

#include "crypto/digest.hpp"
#include "jose/generation_number.hpp"
#include "jose/header.hpp"
#include "jose/header_cache.hpp"
#include "jose/judgement.hpp"
#include "jose/jws.hpp"

namespace countersign::jose {

struct Verifier::State {
    std::vector<TrustedIssuer> issuers;
    std::size_t max_size = 0, max_depth = 0;    // of the issuer that takes most
    std::uint64_t number = next_generation_number();
    mutable HeaderCache headers;

    Result<void> verify(std::string_view token, Confirming confirming, Instant now, VerifiedToken& out) const;
    Result<std::vector<Candidate>> resolve(std::string_view header) const;
    /// Its views are of the text.
    struct ReadHeader {
        HeaderView view;
        std::string alg;
        std::optional<std::string> kid;
    };
    Result<ReadHeader> read_header(std::string_view encoded, TokenText& text) const;
    bool lacks_kid_of(std::string_view token) const;
    Result<void> judge(const CompactView& parts, std::span<const Candidate> candidates, Confirming confirming,
                       Instant now, VerifiedToken& out) const;
};

namespace {

/// A wrong signature over a part that is no base64url says more about the token than about the key.
AuthError diagnosed(AuthError error, const CompactView& parts) {
    if (error.code() != Code::token_secret_mismatch || is_base64url(parts.payload)) return error;
    return AuthError{Code::token_malformed, "base64url", "payload"};
}

Result<void> check_issuer(const TrustedIssuer& trusted) {
    CS_CHECK(trusted.policy.check());
    if (trusted.keys.keys().empty())
        return fail(Code::policy_invalid, "at least one key", trusted.policy.issuer->first());
    for (const Key& key : trusted.keys.keys()) {
        if (!trusted.policy.algorithms->has(key.algorithm().id)) {
            return fail(Code::policy_invalid, "keys of permitted algorithms", key.algorithm().name);
        }
    }
    return {};
}

}    // namespace

Verifier::Verifier(std::unique_ptr<State> state) : state_{std::move(state)} {}
Verifier::Verifier(Verifier&&) noexcept = default;
Verifier& Verifier::operator=(Verifier&&) noexcept = default;
Verifier::~Verifier() = default;

Result<Verifier> Verifier::make(std::vector<TrustedIssuer> issuers) {
    if (issuers.empty()) return fail(Code::policy_invalid, "at least one issuer");
    auto state = std::make_unique<State>();
    std::vector<std::string_view> names;
    for (const TrustedIssuer& trusted : issuers) {
        CS_CHECK(check_issuer(trusted));
        const Expect& issuer = *trusted.policy.issuer;
        if (issuer.is_ignored() && issuers.size() > 1)
            return fail(Code::policy_invalid, "named issuers, as there are several");
        if (issuer.is_ignored()) continue;
        for (const std::string& name : issuer.texts()) {
            if (std::ranges::find(names, name) != names.end())
                return fail(Code::policy_invalid, "one policy an issuer", name);
            names.push_back(name);
        }
    }
    for (const TrustedIssuer& trusted : issuers) {
        state->max_size = std::max(state->max_size, trusted.policy.max_token_size);
        state->max_depth = std::max(state->max_depth, trusted.policy.max_depth);
    }
    state->issuers = std::move(issuers);
    return Verifier{std::move(state)};
}

Result<VerifiedToken> Verifier::verify(std::string_view token, Instant now) const {
    Result<VerifiedToken> out{std::in_place, VerifiedToken::Maker{}};
    const auto verified = state_->verify(token, Confirming::nothing(), now, *out);
    if (!verified.ok()) out = fail(verified.error().shown_as(Public::unauthorized));
    return out;
}

Result<VerifiedToken> Verifier::verify_with_proof(std::string_view token, DpopProof&& proof, Instant now) const {
    Result<VerifiedToken> out{std::in_place, VerifiedToken::Maker{}};
    const auto verified = state_->verify(token, Confirming::proof(proof, token), now, *out);
    if (!verified.ok()) {
        out = fail(verified.error().shown_as(Public::unauthorized));
    } else if (auto spent = std::move(proof).spend(now); !spent.ok()) {
        out = fail(std::move(spent).error());
    }
    return out;
}

bool Verifier::lacks_kid_of(std::string_view token) const { return state_->lacks_kid_of(token); }
std::uint64_t Verifier::generation() const { return state_->number; }
std::size_t Verifier::known_headers() const { return state_->headers.size(); }

Result<void> Verifier::State::verify(std::string_view token, Confirming confirming, Instant now,
                                     VerifiedToken& out) const {
    CS_TRY(const CompactView parts, parse_compact(token, max_size));
    if (const std::vector<Candidate>* known = headers.find(parts.header))
        return judge(parts, *known, confirming, now, out);
    CS_TRY(const std::vector<Candidate> candidates, resolve(parts.header));
    CS_CHECK(judge(parts, candidates, confirming, now, out));
    headers.remember(parts.header, candidates);
    return {};
}

/// The keys that this header may mean, one an issuer at most. If there is none, what the first issuer has against it.
Result<std::vector<Candidate>> Verifier::State::resolve(std::string_view encoded) const {
    TokenText text;
    CS_TRY(const ReadHeader header, read_header(encoded, text));
    std::vector<Candidate> out;
    std::optional<AuthError> refused;
    for (std::size_t i = 0; i < issuers.size(); ++i) {
        const auto resolved = [&]() -> Result<const Key*> {
            CS_TRY(const Key* key, issuers[i].keys.select(header.alg, header.kid));
            CS_CHECK(check_type(*issuers[i].policy.type, header.view.typ, header.view.cty));
            return key;
        }();
        if (resolved.ok()) {
            out.push_back({.issuer = i, .key = *resolved});
        } else if (!refused || refused->code() == Code::token_kid_unknown) {
            refused = resolved.error();
        }
    }
    if (out.empty()) return fail(*refused);
    return out;
}

Result<Verifier::State::ReadHeader> Verifier::State::read_header(std::string_view encoded, TokenText& text) const {
    if (text.read(encoded) == TokenText::Form::malformed)
        return fail(Code::token_malformed, "canonical base64url", "header");
    ReadHeader out;
    CS_TRY(out.view, parse_header(text.json(), max_depth, CritRule::nothing_understood));
    out.alg = out.view.alg.text();
    if (out.view.kid) out.kid = out.view.kid->text();
    return out;
}

bool Verifier::State::lacks_kid_of(std::string_view token) const {
    const auto parts = parse_compact(token, max_size);
    if (!parts.ok()) return false;
    TokenText text;
    const auto header = read_header(parts->header, text);
    return header.ok() && std::ranges::any_of(issuers, [&](const TrustedIssuer& trusted) {
               const auto key = trusted.keys.select(header->alg, header->kid);
               return !key.ok() && key.error().code() == Code::token_kid_unknown;
           });
}

/// Several issuers may use one kid, and even one key: the first whose signature and name both fit is the issuer. A key
/// of one never speaks for another (TOK-08).
Result<void> Verifier::State::judge(const CompactView& parts, std::span<const Candidate> candidates,
                                    Confirming confirming, Instant now, VerifiedToken& out) const {
    std::optional<AuthError> refused;
    for (const Candidate& candidate : candidates) {
        const TrustedIssuer& trusted = issuers[candidate.issuer];
        const Judgement judgement{trusted.policy, confirming, now};
        const auto signature = check_signature(*candidate.key, parts.signed_part, parts.signature);
        if (!signature.ok()) {
            if (!refused) refused = diagnosed(signature.error(), parts);
            continue;
        }
        CS_CHECK(judgement.read(parts.payload, out));
        if (const auto named = judgement.check_issuer(out); !named.ok()) {
            refused = named.error();
            continue;
        }
        if (parts.size > trusted.policy.max_token_size)
            return fail(Code::token_too_large, trusted.policy.max_token_size, parts.size);
        return judgement.pass(out, candidate.key->algorithm());
    }
    return fail(*refused);
}

std::uint64_t next_generation_number() {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::string offline_fingerprint(std::string_view token) { return hex(crypto::sha256(bytes_of(token))).substr(0, 8); }

}    // namespace countersign::jose
