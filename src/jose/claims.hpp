// The claims of a token: one strict pass over its text that remembers where the registered ones stand (RFC 7519 §4).
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "jose/token_text.hpp"

namespace countersign::jose {

/// The claims that are looked for; the others stay in the text.
enum class Claim : std::uint8_t { iss, sub, aud, exp, nbf, iat, jti, sid, client_id, cnf, count_ };
inline constexpr std::array<std::string_view, static_cast<std::size_t>(Claim::count_)> claim_names{
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "client_id", "cnf"};

inline constexpr std::size_t max_identity_length = 1024;    // TOK-13
inline constexpr std::size_t max_audiences = 64;

class Claims {
  public:
    Claims() = default;
    /// In place, because they are long: what was here before is void. Errors: token.malformed if the text is no
    /// canonical base64url, token.claims_malformed with the rule that was broken.
    Result<void> read(std::string_view base64url_text, std::size_t max_depth);

    std::string_view json() const { return text_.json(); }
    std::string_view at(TextPlace place) const { return text_.at(place); }
    bool has(Claim claim) const { return place(claim).present; }
    JsonKind kind(Claim claim) const { return place(claim).kind; }
    /// Of a claim that is there and a string.
    JsonStringView string(Claim claim) const { return {text_.at(place(claim).raw), place(claim).escapes}; }
    std::optional<MemberView> find(Claim claim) const;
    /// Any member of the outermost object, by reading the text again.
    std::optional<MemberView> find(std::string_view name) const;
    /// A member of a member: `/user/id`, through objects only (RFC 6901 §4).
    std::optional<MemberView> find_pointer(std::string_view pointer) const;
    /// A string of 1 to 1024 bytes without NUL (TOK-13); the claim is there. Errors: token.claim_type.
    Result<TextPlace> identity(Claim claim);
    Result<TextPlace> identity(const MemberView& member, std::string_view name);
    /// As numeric_date; the claim is there.
    Result<std::int64_t> date(Claim claim) const;

  private:
    struct Place {
        TextPlace raw;
        JsonKind kind = JsonKind::null;
        Escapes escapes = Escapes::none;
        bool present = false;
    };
    void note(Claim claim, std::string_view raw, JsonKind kind, Escapes escapes);
    const Place& place(Claim claim) const { return places_[static_cast<std::size_t>(claim)]; }
    Result<TextPlace> checked_identity(TextPlace place, Escapes escapes, std::string_view name) const;
    TokenText text_;
    std::array<Place, static_cast<std::size_t>(Claim::count_)> places_{};
};

/// Seconds since 1970: digits, and a fraction that is cut off (RFC 7519 §2). Errors: token.claim_type,
/// token.exp_in_milliseconds, token.iat_in_milliseconds.
Result<std::int64_t> numeric_date(JsonKind kind, std::string_view raw, Claim claim);

/// The next element of an array that has been validated already. `rest` is what stands between its brackets.
enum class Element : std::uint8_t { string, other, end };
Element next_element(std::string_view& rest, JsonStringView& out);

}    // namespace countersign::jose
