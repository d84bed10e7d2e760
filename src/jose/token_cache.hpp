// Tokens that were verified a moment ago, so that a client's next request costs a comparison. Opt in, one for each
// thread: it has no lock. What is kept never outlives its token, a key or policy that changed, or a revocation, and is
// found by the whole token alone. For one-time tokens there is VerifyPolicy::uses, and tokens bound to a key are never
// kept.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "base/random.hpp"
#include "base/secret_pages.hpp"
#include "jose/remote_verifier.hpp"
#include "jose/revocations.hpp"

namespace countersign::jose {

class TokenCache {
  public:
    /// What stands in memory: the token, or its SHA-256, which no core dump turns into a login and costs 0.4 us a hit.
    enum class Keeps : std::uint8_t { token, digest };
    static constexpr Seconds longest_age{60};
    struct Options {
        std::size_t entries = 8192;       // rounded up to a power of two
        Seconds max_age = longest_age;    // more is cut down to it
        Keeps keeps = Keeps::token;
    };
    /// `revocations` must outlive it.
    TokenCache(const Revocations& revocations, Random& random, Options options);
    TokenCache(TokenCache&&) noexcept;
    TokenCache& operator=(TokenCache&&) = delete;
    ~TokenCache();

    /// As Verifier::verify, and what is revoked is refused. The answer stands until the next call. Errors: as there;
    /// token.revoked.
    Result<const VerifiedToken*> verify(const Verifier& verifier, std::string_view token, Instant now);
    Result<const VerifiedToken*> verify(RemoteVerifier& verifier, std::string_view token, Instant now);

    /// How many tokens are kept.
    std::size_t size() const { return size_; }
    /// Longer ones are verified each time.
    static constexpr std::size_t longest_token = 2048;

  private:
    /// What a hit looks at, together; the token itself stands elsewhere and is not touched.
    struct Entry {
        std::uint64_t generation = 0;
        std::uint64_t epoch = 0;    // of the revocations that it was last asked under
        Instant from, until;
        std::size_t size = 0;    // of the token's text
        std::unique_ptr<const VerifiedToken> token;
    };
    struct Place {
        std::uint64_t tag;
        std::size_t set;
    };
    static constexpr std::size_t ways = 4;
    struct alignas(32) Set {
        std::array<std::uint64_t, ways> tags{};    // 0: empty
    };

    std::optional<Place> place_of(std::string_view token) const;
    const VerifiedToken* find(std::uint64_t generation, std::string_view token, Place place, Instant now);
    template <class AnyVerifier>
    Result<const VerifiedToken*> verify_as(std::uint64_t generation, AnyVerifier& verifier, std::string_view token,
                                           Instant now);
    const VerifiedToken* keep(std::uint64_t generation, std::string_view token, std::optional<Place> place,
                              VerifiedToken verified, Instant now, std::uint64_t epoch);
    std::span<std::byte> room_of(std::size_t index);
    void fetch_ahead(std::size_t index, std::size_t size) const;
    bool holds(std::size_t index, std::size_t size, std::string_view token);
    void write(std::size_t index, std::string_view token);
    void drop(std::size_t index);
    bool was_seen(std::uint64_t tag);
    std::size_t victim(std::size_t set) const;

    const Revocations* revocations_;
    Options options_;
    std::array<std::uint64_t, 2> seed_;
    std::vector<Set> sets_;
    std::vector<Entry> entries_;
    std::vector<std::array<std::uint64_t, 2>> seen_;    // tags of tokens that were good once, the later one first
    SecretPages pages_;
    std::size_t room_;
    std::size_t size_ = 0;
    std::optional<VerifiedToken> last_;    // the answer that is not kept
};

}    // namespace countersign::jose
