// SHA-2 states that are plain values: copying one is how a keyed HMAC is kept. Internal to crypto.
#pragma once

#include <openssl/sha.h>

#include <span>

#include "crypto/signature_types.hpp"

namespace countersign::crypto {

class Sha2 {
  public:
    explicit Sha2(Hash hash);
    Sha2(const Sha2& other) : hash_{other.hash_} {    // what is in use, and no more
        if (hash_ == Hash::sha256) {
            small_ = other.small_;
        } else {
            large_ = other.large_;
        }
    }
    Sha2& operator=(const Sha2&) = delete;
    ~Sha2() = default;
    void update(std::span<const std::byte> data);
    /// Writes digest_size(hash) bytes; the state is used up.
    void finish(std::byte* out);

  private:
    Hash hash_;
    union {
        SHA256_CTX small_;
        SHA512_CTX large_;
    };
};

struct Digest {
    std::array<std::byte, max_digest_size> bytes;
    std::size_t size;
    std::span<const std::byte> span() const { return std::span{bytes}.first(size); }
};
Digest digest_of(Hash hash, std::span<const std::byte> data);

}    // namespace countersign::crypto
