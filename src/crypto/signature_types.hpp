// What a signature or a key agreement can be made of: schemes, hashes, curves. Values only, so that rows elsewhere can
// name them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace countersign::crypto {

enum class Hash : std::uint8_t { none, sha256, sha384, sha512 };
enum class Scheme : std::uint8_t { hmac, rsa_pkcs1, rsa_pss, ecdsa, eddsa };
enum class KeyKind : std::uint8_t { rsa, ec, okp };
enum class Curve : std::uint8_t { none, p256, p384, p521, secp256k1, ed25519, ed448, x25519, x448, count_ };
enum class CurveUse : std::uint8_t { nothing, signature, agreement, both };

struct SignatureMethod {
    Scheme scheme;
    Hash hash;
    friend bool operator==(const SignatureMethod&, const SignatureMethod&) = default;
};

inline constexpr std::size_t max_digest_size = 64;
constexpr std::size_t digest_size(Hash hash) {
    switch (hash) {
        case Hash::none:
            return 0;
        case Hash::sha256:
            return 32;
        case Hash::sha384:
            return 48;
        case Hash::sha512:
            return 64;
    }
    return 0;
}

struct CurveRow {
    Curve id;
    KeyKind kind;
    CurveUse use;
    std::string_view name;     // "crv" of a JWK (RFC 7518 §6.2.1.1, RFC 8037 §2, RFC 8812 §3.1)
    std::string_view group;    // OpenSSL's name
    std::size_t size;          // bytes of a coordinate, scalar, or encoded point
    std::string_view order;    // of the group, in hex; ECDSA only
};

inline constexpr std::array curves{
    CurveRow{Curve::none, KeyKind::rsa, CurveUse::nothing, "", "", 0, ""},
    CurveRow{Curve::p256, KeyKind::ec, CurveUse::both, "P-256", "prime256v1", 32,
             "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
    CurveRow{Curve::p384, KeyKind::ec, CurveUse::both, "P-384", "secp384r1", 48,
             "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"},
    CurveRow{Curve::p521, KeyKind::ec, CurveUse::both, "P-521", "secp521r1", 66,
             "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
             "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"},
    CurveRow{Curve::secp256k1, KeyKind::ec, CurveUse::signature, "secp256k1", "secp256k1", 32,
             "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"},
    CurveRow{Curve::ed25519, KeyKind::okp, CurveUse::signature, "Ed25519", "ED25519", 32, ""},
    CurveRow{Curve::ed448, KeyKind::okp, CurveUse::signature, "Ed448", "ED448", 57, ""},
    CurveRow{Curve::x25519, KeyKind::okp, CurveUse::agreement, "X25519", "X25519", 32, ""},
    CurveRow{Curve::x448, KeyKind::okp, CurveUse::agreement, "X448", "X448", 56, ""},
};
static_assert(
    [] {
        for (std::size_t i = 0; i < curves.size(); ++i) {
            if (curves[i].id != static_cast<Curve>(i)) return false;
            if (!curves[i].order.empty() && curves[i].order.size() != 2 * curves[i].size) return false;
        }
        return curves.size() == static_cast<std::size_t>(Curve::count_);
    }(),
    "rows stand in the order of their enum");
constexpr const CurveRow& row_of(Curve id) { return curves[static_cast<std::size_t>(id)]; }
constexpr CurveUse use_of(Curve id) { return row_of(id).use; }
/// Whether keys of this curve sign; those of X25519 and X448 only agree.
constexpr bool is_for_signatures(Curve id) { return use_of(id) == CurveUse::signature || use_of(id) == CurveUse::both; }
constexpr bool is_for_agreement(Curve id) { return use_of(id) == CurveUse::agreement || use_of(id) == CurveUse::both; }

}    // namespace countersign::crypto
