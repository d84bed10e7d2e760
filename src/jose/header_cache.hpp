// What is known about headers that stood on tokens with a right signature, found by the exact encoded text. Entries are
// added and never changed or removed, so readers take no lock; a bound keeps strangers' spellings from filling memory.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::jose {

class Key;

/// A key that a header may mean, and the issuer whose key it is.
struct Candidate {
    std::size_t issuer;
    const Key* key;
};

class HeaderCache {
  public:
    HeaderCache() = default;
    HeaderCache(const HeaderCache&) = delete;
    HeaderCache& operator=(const HeaderCache&) = delete;
    ~HeaderCache();

    /// Null if this spelling has not been seen on a good token.
    const std::vector<Candidate>* find(std::string_view header) const;
    void remember(std::string_view header, const std::vector<Candidate>& candidates);
    std::size_t size() const { return count_.load(std::memory_order_relaxed); }

    static constexpr std::size_t most = 256;

  private:
    struct Entry {
        std::string header;
        std::vector<Candidate> candidates;
    };
    static constexpr std::size_t slots = 2 * most;    // always half empty, so that every probe ends
    std::array<std::atomic<const Entry*>, slots> entries_{};
    std::atomic<const Entry*> newest_{nullptr};    // most tokens have it: looked at first, written when one is added
    std::atomic<std::size_t> count_{0};
};

}    // namespace countersign::jose
