// What was revoked before its tokens end: single tokens, sessions, and everything that a subject had up to a moment
// (DESIGN §8). Entries are forgotten once no token that they hit can be alive. Safe from several threads: while nothing
// is revoked a check is one atomic read.
#pragma once

#include <atomic>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "jose/verified_token.hpp"

namespace countersign::jose {

class Revocations {
  public:
    static constexpr std::size_t default_most = 65'536;
    explicit Revocations(std::size_t most = default_most) : most_{most} {}

    /// By `jti`, else by the hash of the claims: never by the token's text, of which there can be a second spelling
    /// (TOK-26). For all: where there is no room left, every token that was issued up to `now` is refused, so that
    /// nothing revoked is accepted; new tokens are good. Errors: token.revocations_full says that this has happened.
    Result<void> revoke_token(const VerifiedToken& token, Instant now);
    /// `until`: the `exp` of the last token of it; leeway is added here. Tokens of other issuers are other tokens.
    /// Errors: token.claim_missing for an empty name, which no token has.
    Result<void> revoke_token(std::string_view issuer, std::string_view jti, Instant until, Instant now);
    Result<void> revoke_session(std::string_view issuer, std::string_view sid, Instant until, Instant now);
    /// All tokens with this subject that were issued up to `now`, its whole second included, or do not say when.
    Result<void> revoke_subject(std::string_view issuer, std::string_view subject, Instant until, Instant now);

    /// Errors: token.revoked.
    Result<void> check(const VerifiedToken& token) const;
    /// Another number after every change: what was good under one may be asked again under the next.
    std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
    std::size_t size() const { return count_.load(std::memory_order_relaxed); }

  private:
    enum class Kind : std::uint8_t { token, payload, session, subject };
    struct Name {
        Kind kind;
        std::string issuer, value;
    };
    struct NameView {
        Kind kind;
        std::string_view issuer, value;
        NameView(Kind k, std::string_view i, std::string_view v) : kind{k}, issuer{i}, value{v} {}
        NameView(const Name& name) : kind{name.kind}, issuer{name.issuer}, value{name.value} {}
        bool operator==(const NameView&) const = default;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const NameView& name) const;
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const NameView& a, const NameView& b) const { return a == b; }
    };
    struct Mark {
        Instant until;
        Instant issued_until;
    };
    Result<void> add(Name name, Mark mark, Instant now);
    const Mark* find(const NameView& name) const;

    std::size_t most_;
    mutable std::shared_mutex lock_;
    std::unordered_map<Name, Mark, Hash, Equal> marks_;
    std::optional<Instant> all_until_;    // nothing issued up to here is accepted
    std::atomic<std::size_t> count_{0};
    std::atomic<std::size_t> payloads_{0};    // so that nobody hashes claims for nothing
    std::atomic<std::uint64_t> epoch_{1};
};

}    // namespace countersign::jose
