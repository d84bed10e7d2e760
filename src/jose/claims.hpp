// The claims of a token: one strict pass over its text that remembers where the registered ones stand (RFC 7519 §4).
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "jose/token_text.hpp"

namespace countersign::jose {

/// The claims that are looked for; the others stay in the text.
enum class Claim : std::uint8_t { iss, sub, aud, exp, nbf, iat, jti, client_id, cnf, count_ };
inline constexpr std::array<std::string_view, static_cast<std::size_t>(Claim::count_)> claim_names{
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "cnf"};

inline constexpr std::size_t max_identity_length = 1024;    // TOK-13
inline constexpr std::size_t max_audiences = 64;

class Claims {
  public:
    /// Errors: token.claims_malformed with the rule that was broken; token.claim_type for jti and client_id.
    static Result<Claims> parse(TokenText text, std::size_t max_depth);

    std::string_view json() const { return text_.json(); }
    std::string_view at(TextPlace place) const { return text_.at(place); }
    std::optional<MemberView> find(Claim claim) const;
    /// Any member of the outermost object, by reading the text again.
    std::optional<MemberView> find(std::string_view name) const;
    /// A member of a member: `/user/id`, through objects only (RFC 6901 §4).
    std::optional<MemberView> find_pointer(std::string_view pointer) const;
    /// A string of 1 to 1024 bytes without NUL (TOK-13). Errors: token.claim_type.
    Result<TextPlace> identity(const MemberView& member, std::string_view name);

  private:
    struct Place {
        JsonKind kind = JsonKind::null;
        bool present = false;
        TextPlace raw;
    };
    explicit Claims(TokenText text) : text_{std::move(text)} {}
    TokenText text_;
    std::array<Place, static_cast<std::size_t>(Claim::count_)> places_{};
};

/// Seconds since 1970: digits, and a fraction that is cut off (RFC 7519 §2). Errors: token.claim_type,
/// token.exp_in_milliseconds, token.iat_in_milliseconds.
Result<std::int64_t> numeric_date(const MemberView& member, Claim claim);

/// The next element of an array that has been validated already. `rest` is what stands between its brackets.
enum class Element : std::uint8_t { string, other, end };
Element next_element(std::string_view& rest, JsonStringView& out);

}    // namespace countersign::jose
