// The low-level functions: EVP allocates whenever a state is copied, and these are the same code below it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha2.hpp"

#include "base/assert.hpp"

namespace countersign::crypto {

Sha2::Sha2(Hash hash) : hash_{hash}, large_{} {
    switch (hash) {
        case Hash::none:
            CS_ASSERT(hash != Hash::none);
            break;
        case Hash::sha256:
            small_ = {};
            SHA256_Init(&small_);
            break;
        case Hash::sha384:
            SHA384_Init(&large_);
            break;
        case Hash::sha512:
            SHA512_Init(&large_);
            break;
    }
}

void Sha2::update(std::span<const std::byte> data) {
    if (hash_ == Hash::sha256) {
        SHA256_Update(&small_, data.data(), data.size());
    } else {
        SHA512_Update(&large_, data.data(), data.size());
    }
}

void Sha2::finish(std::byte* out) {
    auto* const raw = reinterpret_cast<unsigned char*>(out);
    if (hash_ == Hash::sha256) {
        SHA256_Final(raw, &small_);
    } else {
        SHA512_Final(raw, &large_);    // knows by its state which length it writes
    }
}

Digest digest_of(Hash hash, std::span<const std::byte> data) {
    Digest out{.bytes = {}, .size = digest_size(hash)};
    Sha2 state{hash};
    state.update(data);
    state.finish(out.bytes.data());
    return out;
}

}    // namespace countersign::crypto
