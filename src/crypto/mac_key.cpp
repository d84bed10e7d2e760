#include "crypto/mac_key.hpp"

#include "base/encoding.hpp"
#include "crypto/sha2.hpp"

namespace countersign::crypto {
namespace {

constexpr std::size_t max_block_size = 128;
constexpr std::byte inner_pad{0x36}, outer_pad{0x5C};

std::size_t block_size(Hash hash) { return hash == Hash::sha256 ? 64 : 128; }

void absorb_padded(Sha2& state, std::span<const std::byte> key, std::byte pad, std::size_t block) {
    std::array<std::byte, max_block_size> padded;
    padded.fill(pad);
    for (std::size_t i = 0; i < key.size(); ++i) padded[i] ^= key[i];
    state.update(std::span{padded}.first(block));
    wipe(padded);
}

}    // namespace

/// The two states after the padded key: all that is left of it.
struct MacKey::State {
    Hash hash;
    Sha2 inner, outer;
    explicit State(Hash with) : hash{with}, inner{with}, outer{with} {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        wipe(std::as_writable_bytes(std::span{&inner, 1}));
        wipe(std::as_writable_bytes(std::span{&outer, 1}));
    }
};

MacKey::MacKey(Hash hash, std::span<const std::byte> key) : state_{std::make_unique<State>(hash)} {
    const std::size_t block = block_size(hash);
    Digest shortened{};
    if (key.size() > block) {
        shortened = digest_of(hash, key);
        key = shortened.span();
    }
    absorb_padded(state_->inner, key, inner_pad, block);
    absorb_padded(state_->outer, key, outer_pad, block);
    wipe(shortened.bytes);
}
MacKey::MacKey(MacKey&&) noexcept = default;
MacKey& MacKey::operator=(MacKey&&) noexcept = default;
MacKey::~MacKey() = default;

Hash MacKey::hash() const { return state_->hash; }

MacKey::Mac MacKey::mac(std::span<const std::byte> data) const {
    Mac out{.bytes = {}, .size = digest_size(state_->hash)};
    Sha2 inner = state_->inner, outer = state_->outer;
    inner.update(data);
    inner.finish(out.bytes.data());
    outer.update(out.span());
    outer.finish(out.bytes.data());
    return out;
}

SignatureCheck MacKey::verify(std::span<const std::byte> data, std::span<const std::byte> given) const {
    const Mac expected = mac(data);
    return equal_constant_time(text_of(expected.span()), text_of(given)) ? SignatureCheck::match
                                                                         : SignatureCheck::mismatch;
}

}    // namespace countersign::crypto
