// Tokens that were signed a moment ago, so that a client that asks often is answered with the one it has (DESIGN §8).
#pragma once

#include <mutex>

#include "base/id.hpp"
#include "base/time.hpp"

namespace countersign::token {

/// A place for each hash of (session, audience), so that it is bounded: who comes later takes the place.
class TokenReuse {
  public:
    static constexpr std::size_t places = 4096;

    /// All that decides what stands in a token, but for the time.
    struct For {
        SessionId session;
        std::string audience;
        KeyId key;
        std::string subject;    // user fields, as they would be written now
        friend bool operator==(const For&, const For&) = default;
    };

    explicit TokenReuse(Seconds life) : life_{life}, kept_(places) {}

    /// The token for exactly this, in the first half of its life.
    std::optional<std::string> find(const For& wanted, Instant now) const;
    void keep(For made_for, Instant issued, std::string token);

  private:
    struct Kept {
        For made_for;
        Instant issued;
        std::string token;
    };
    static std::size_t place_of(const For& wanted);

    Seconds life_;
    mutable std::mutex lock_;
    std::vector<Kept> kept_;
};

}    // namespace countersign::token
