// What a token must be to be believed. Members without a default must be given; every check that is left out carries
// its reason (RFC 8725 §3).
#pragma once

#include <string>
#include <vector>

#include "base/given.hpp"
#include "base/time.hpp"
#include "jose/compact.hpp"
#include "jose/key.hpp"
#include "jose/object_reader.hpp"
#include "jose/verified_token.hpp"

namespace countersign::jose {

/// What one claim or header member must say.
class Expect {
  public:
    static Expect exactly(std::string value) { return Expect{Rule::values, {std::move(value)}}; }
    static Expect one_of(std::vector<std::string> values) { return Expect{Rule::values, std::move(values)}; }
    /// Not looked at, and why.
    static Expect ignored(std::string reason) { return Expect{Rule::ignored, {std::move(reason)}}; }
    /// The token must not have it: `typ` of tokens that have none.
    static Expect absent() { return Expect{Rule::absent, {}}; }

    bool is_ignored() const { return rule_ == Rule::ignored; }
    bool is_absent() const { return rule_ == Rule::absent; }
    /// Byte for byte; nothing is folded, trimmed or normalised.
    bool accepts(const JsonStringView& text) const {
        return rule_ == Rule::values ? is_one_of(text) : rule_ == Rule::ignored;
    }
    /// The accepted values; of `ignored` the reason.
    const std::vector<std::string>& texts() const { return texts_; }
    /// Of the first accepted value, for messages.
    std::string_view first() const { return texts_.empty() ? std::string_view{} : texts_.front(); }

  private:
    enum class Rule : std::uint8_t { values, ignored, absent };
    Expect(Rule rule, std::vector<std::string> texts) : rule_{rule}, texts_{std::move(texts)} {}
    bool is_one_of(const JsonStringView& text) const;
    Rule rule_;
    std::vector<std::string> texts_;
};

/// A claim that tokens need not have although they should, and why.
struct NotRequired {
    Given<std::string> claim;    // "sub", "iat" or "exp"
    Given<std::string> reason;
};

/// What happens to a token that is bound to a key of its bearer (RFC 7800). There is no way to overlook `cnf` (TOK-27):
/// it is refused, or with `dpop` demanded, together with a proof for the same request (Verifier::verify_with_proof).
enum class Confirmation : std::uint8_t { refuse, dpop };

inline constexpr Seconds default_max_lifetime{86'400};
inline constexpr Seconds max_leeway{60};    // TOK-17

struct VerifyPolicy {
    Given<Expect> issuer;
    Given<Expect> audience;
    Given<Expect> type;    // of the header; `application/` may be left out, case does not count (RFC 7515 §4.1.9)
    Given<Algorithms> algorithms;
    Seconds max_lifetime = default_max_lifetime;
    Seconds leeway{0};
    std::vector<NotRequired> not_required;     // sub, iat and exp are required unless they stand here
    std::vector<std::string> also_required;    // further claims that must be there
    std::string subject = "sub";               // or a JSON pointer (RFC 6901) through objects to a string
    Confirmation cnf = Confirmation::refuse;
    Uses uses = Uses::many;    // once: no cache keeps them; that none comes twice is for a ReplayStore
    std::size_t max_token_size = jose::max_token_size;
    std::size_t max_depth = max_json_depth;

    /// Errors: policy.invalid with the member that is open or contradictory.
    Result<void> check() const;
    bool requires_claim(std::string_view name) const;
};

}    // namespace countersign::jose
