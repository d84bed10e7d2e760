#include "jose/revocations.hpp"

#include <limits>
#include <mutex>

#include "crypto/digest.hpp"
#include "jose/policy.hpp"

namespace countersign::jose {
namespace {

constexpr Instant never = Instant::from_unix_ms(std::numeric_limits<std::int64_t>::max());

std::string payload_hash(const VerifiedToken& token) { return hex(crypto::sha256(bytes_of(token.claims_json()))); }

bool was_issued_by(const VerifiedToken& token, Instant moment) {
    return !token.issued_at() || token.issued_at()->unix_seconds() <= moment.unix_seconds();
}

}    // namespace

std::size_t Revocations::Hash::operator()(const NameView& name) const {
    const std::hash<std::string_view> hash;
    return hash(name.value) ^ (hash(name.issuer) << 1U) ^ static_cast<std::size_t>(name.kind);
}

Result<void> Revocations::revoke_token(const VerifiedToken& token, Instant now) {
    // An issuer's clock may be ahead.
    const Mark mark{.until = token.expires().value_or(never),
                    .issued_until = std::max(now, token.issued_at().value_or(now))};
    std::string issuer{token.issuer()};
    if (!token.id().empty()) return add({Kind::token, std::move(issuer), std::string{token.id()}}, mark, now);
    return add({Kind::payload, std::move(issuer), payload_hash(token)}, mark, now);
}

Result<void> Revocations::revoke_token(std::string_view issuer, std::string_view jti, Instant until, Instant now) {
    if (jti.empty()) return fail(Code::token_claim_missing, "jti");
    return add({Kind::token, std::string{issuer}, std::string{jti}}, {until, now}, now);
}

Result<void> Revocations::revoke_session(std::string_view issuer, std::string_view sid, Instant until, Instant now) {
    if (sid.empty()) return fail(Code::token_claim_missing, "sid");
    return add({Kind::session, std::string{issuer}, std::string{sid}}, {until, now}, now);
}

Result<void> Revocations::revoke_subject(std::string_view issuer, std::string_view subject, Instant until,
                                         Instant now) {
    return add({Kind::subject, std::string{issuer}, std::string{subject}}, {until, now}, now);
}

Result<void> Revocations::add(Name name, Mark mark, Instant now) {
    const std::unique_lock held{lock_};
    const auto known = marks_.find(name);
    std::size_t payloads = payloads_.load(std::memory_order_relaxed);
    if (known == marks_.end() && marks_.size() >= most_) {
        // A policy may take a token for its leeway longer than it says (TOK-17).
        std::erase_if(marks_, [&](const auto& entry) { return entry.second.until <= now - max_leeway; });
        payloads = static_cast<std::size_t>(
            std::ranges::count_if(marks_, [](const auto& entry) { return entry.first.kind == Kind::payload; }));
    }
    const bool full = known == marks_.end() && marks_.size() >= most_;
    if (full) {
        all_until_ = std::max(all_until_.value_or(mark.issued_until), mark.issued_until);
    } else {
        if (known == marks_.end() && name.kind == Kind::payload) ++payloads;
        Mark& kept = marks_.try_emplace(std::move(name), mark).first->second;
        kept.until = std::max(kept.until, mark.until);
        kept.issued_until = std::max(kept.issued_until, mark.issued_until);
    }
    payloads_.store(payloads, std::memory_order_relaxed);
    count_.store(marks_.size() + (all_until_ ? 1 : 0), std::memory_order_release);
    epoch_.fetch_add(1, std::memory_order_acq_rel);
    if (full) return fail(Code::token_revocations_full, most_, marks_.size());
    return {};
}

const Revocations::Mark* Revocations::find(const NameView& name) const {
    const auto found = marks_.find(name);
    return found == marks_.end() ? nullptr : &found->second;
}

Result<void> Revocations::check(const VerifiedToken& token) const {
    if (count_.load(std::memory_order_acquire) == 0) return {};
    const std::string payload =
        token.id().empty() && payloads_.load(std::memory_order_relaxed) > 0 ? payload_hash(token) : "";
    const std::shared_lock held{lock_};
    if (all_until_ && was_issued_by(token, *all_until_)) return fail(Code::token_revoked, "issued later");
    const std::string_view issuer = token.issuer();
    if (!token.id().empty() && find({Kind::token, issuer, token.id()}) != nullptr)
        return fail(Code::token_revoked, "another jti");
    if (!payload.empty() && find({Kind::payload, issuer, payload}) != nullptr)
        return fail(Code::token_revoked, "other claims");
    if (!token.session().empty() && find({Kind::session, issuer, token.session()}) != nullptr)
        return fail(Code::token_revoked, "another sid");
    const Mark* subject = find({Kind::subject, issuer, token.subject()});
    if (subject != nullptr && was_issued_by(token, subject->issued_until))
        return fail(Code::token_revoked, "issued later");
    return {};
}

}    // namespace countersign::jose
