// Proof that a token was verified: only Verifier::verify makes one. It owns the text that its views are of.
#pragma once

#include "jose/claims.hpp"
#include "jose/key.hpp"

namespace countersign::jose {

/// How often one token may be shown.
enum class Uses : std::uint8_t { many, once };

class VerifiedToken {
  public:
    /// Only a Verifier has one.
    class Maker {
        friend class Verifier;
        Maker() = default;
    };
    explicit VerifiedToken(Maker) {}

    /// Who the token is about, by the policy's choice of claim; empty if the policy does not require one.
    std::string_view subject() const { return claims_.at(subject_); }
    std::string_view issuer() const { return claims_.at(issuer_); }
    /// `jti`: what revocation and replay are keyed by, never the text of the token (TOK-26). Empty if there is none.
    std::string_view id() const { return claims_.at(id_); }
    /// `sid`, the session that it stands for. Empty if there is none that is a text.
    std::string_view session() const { return claims_.at(session_); }
    std::optional<Instant> expires() const { return expires_; }
    std::optional<Instant> issued_at() const { return issued_at_; }
    const Algorithm& algorithm() const { return *algorithm_; }
    /// The thumbprint of the key whose possession was proved with this token (`cnf.jkt`); empty if it is not bound. A
    /// bound token was right for one request: whoever remembers it must ask for the next proof again.
    std::string_view bound_to() const { return bound_to_; }
    /// By its policy. Whoever remembers tokens leaves one-time ones alone.
    Uses uses() const { return uses_; }
    bool is_bound() const { return !bound_to_.empty(); }

    /// All claims, as JSON and one at a time.
    std::string_view claims_json() const { return claims_.json(); }
    std::optional<MemberView> claim(std::string_view name) const { return claims_.find(name); }

  private:
    friend class Judgement;
    Claims claims_;
    TextPlace subject_, issuer_, id_, session_;
    std::optional<Instant> expires_, issued_at_;
    const Algorithm* algorithm_ = nullptr;
    Uses uses_ = Uses::many;
    std::string bound_to_;
};

}    // namespace countersign::jose
