#include "crypto/key_checks.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>

#include "base/assert.hpp"
#include "crypto/openssl.hpp"

namespace countersign::crypto {
namespace {

constexpr std::uint64_t least_exponent = 65537;    // REQUIREMENTS TOK-05
constexpr std::size_t max_exponent_size = 8;

std::uint32_t remainder(std::span<const std::byte> number, std::uint32_t by) {
    std::uint32_t rest = 0;
    for (const std::byte byte : number) rest = ((rest << 8U) | std::to_integer<std::uint32_t>(byte)) % by;
    return rest;
}

/// Whether `value` is a power of 65537 modulo `prime`.
bool is_power(std::uint32_t value, std::uint32_t prime) {
    std::uint32_t power = 1;
    do {
        if (power == value) return true;
        power = static_cast<std::uint32_t>(power * (least_exponent % prime) % prime);
    } while (power != 1);
    return false;
}

/// Moduli of one chip maker's library (CVE-2017-15361) are powers of 65537 modulo every small prime; of honest ones,
/// fewer than one in a hundred million is.
bool has_roca_fingerprint(std::span<const std::byte> modulus) {
    constexpr std::array<std::uint32_t, 38> primes{3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                                   47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                                   107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
    return std::ranges::all_of(primes, [&](std::uint32_t prime) { return is_power(remainder(modulus, prime), prime); });
}

Result<void> check_rsa(const PublicParts& parts) {
    if (parts.n.empty() || parts.e.empty() || parts.n.front() == std::byte{0} || parts.e.front() == std::byte{0}) {
        return fail(Code::key_malformed, "n and e without leading zeros");    // RFC 7518 §2, Base64urlUInt
    }
    const std::size_t bits = bit_length(parts.n);
    if (bits < min_rsa_bits || bits > max_rsa_bits) return fail(Code::key_weak, "RSA of 2048 to 8192 bits", bits);
    if (parts.e.size() > max_exponent_size) return fail(Code::key_weak, "an exponent of at most 64 bits");
    std::uint64_t exponent = 0;
    for (const std::byte byte : parts.e) exponent = (exponent << 8U) | std::to_integer<std::uint64_t>(byte);
    if (exponent < least_exponent || exponent % 2 == 0) return fail(Code::key_weak, "an odd exponent from 65537");
    if ((parts.n.back() & std::byte{1}) == std::byte{0}) return fail(Code::key_weak, "an odd modulus");
    if (has_roca_fingerprint(parts.n)) return fail(Code::key_weak, "RSA", "ROCA fingerprint");
    return {};
}

/// x^2 = (y^2 - 1) / (d y^2 - 1) has a solution modulo p (RFC 8032 §5.2.3), and y is none of the four points whose
/// order divides the cofactor.
Result<void> check_ed448(std::span<const std::byte> encoded) {
    constexpr unsigned long edwards_d = 39081;    // d = -39081
    constexpr int field_bits = 448, middle_bit = 224;
    if ((encoded.back() & std::byte{0x7F}) != std::byte{0}) return fail(Code::key_malformed, "a canonical point");
    const BnCtxPtr context{BN_CTX_new()};
    const BnPtr p{BN_new()}, y{BN_new()}, square{BN_new()}, top{BN_new()}, bottom{BN_new()}, one{BN_new()};
    CS_ASSERT(context && p && y && square && top && bottom && one);
    BnPtr middle{BN_new()};
    CS_ASSERT(middle && BN_set_bit(p.get(), field_bits) == 1 && BN_set_bit(middle.get(), middle_bit) == 1 &&
              BN_sub(p.get(), p.get(), middle.get()) == 1 && BN_sub_word(p.get(), 1) == 1 && BN_one(one.get()) == 1);
    CS_ASSERT(BN_lebin2bn(reinterpret_cast<const unsigned char*>(encoded.data()), 56, y.get()) != nullptr);
    if (BN_cmp(y.get(), p.get()) >= 0) return fail(Code::key_malformed, "a canonical point");
    CS_ASSERT(BN_mod_sqr(square.get(), y.get(), p.get(), context.get()) == 1);
    if (BN_is_zero(y.get()) || BN_is_one(square.get())) return fail(Code::key_weak, "a point of large order");
    CS_ASSERT(BN_mod_sub(top.get(), square.get(), one.get(), p.get(), context.get()) == 1);
    CS_ASSERT(BN_copy(bottom.get(), square.get()) != nullptr && BN_mul_word(bottom.get(), edwards_d) == 1 &&
              BN_add_word(bottom.get(), 1) == 1);
    BN_set_negative(bottom.get(), 1);    // d y^2 - 1
    CS_ASSERT(BN_nnmod(bottom.get(), bottom.get(), p.get(), context.get()) == 1 &&
              BN_mod_mul(top.get(), top.get(), bottom.get(), p.get(), context.get()) == 1);
    if (BN_kronecker(top.get(), p.get(), context.get()) != 1) return fail(Code::key_malformed, "a point of the curve");
    return {};
}

Result<void> check_okp(const PublicParts& parts) {
    if (parts.x.size() != row_of(parts.curve).size)
        return fail(Code::key_malformed, row_of(parts.curve).name, "length");
    // Every string of this length is a point of X25519 or X448 (RFC 7748 §5); check_order looks at its order.
    if (!is_for_signatures(parts.curve)) return {};
    if (parts.curve == Curve::ed448) return check_ed448(parts.x);
    // Canonical, on the curve, in the main subgroup.
    if (crypto_core_ed25519_is_valid_point(reinterpret_cast<const unsigned char*>(parts.x.data())) != 1) {
        return fail(Code::key_weak, "a point of Ed25519's main subgroup");
    }
    return {};
}

}    // namespace

std::size_t bit_length(std::span<const std::byte> number) {
    while (!number.empty() && number.front() == std::byte{0}) number = number.subspan(1);
    if (number.empty()) return 0;
    return 8 * (number.size() - 1) +
           static_cast<std::size_t>(std::bit_width(std::to_integer<unsigned>(number.front())));
}

Result<void> check_public(const PublicParts& parts) {
    if (row_of(parts.curve).kind != parts.kind) return fail(Code::key_unsupported, "a curve of this kind of key");
    switch (parts.kind) {
        case KeyKind::rsa:
            return check_rsa(parts);
        case KeyKind::ec: {
            const std::size_t size = row_of(parts.curve).size;
            if (parts.x.size() != size || parts.y.size() != size) {
                return fail(Code::key_malformed, row_of(parts.curve).name, "length");
            }
            return {};
        }
        case KeyKind::okp:
            return check_okp(parts);
    }
    return fail(Code::key_unsupported);
}

}    // namespace countersign::crypto
