// Every signature algorithm there is, one row each (RFC 7518 §3, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9864 §2.2). There is
// no row for `none`. A key carries its row; a header may only agree with it (RFC 8725 §3.1).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/signature_types.hpp"

namespace countersign::jose {

enum class Kty : std::uint8_t { oct, rsa, ec, okp };

/// EdDSA says nothing about the curve, so it has a row for each: a key is bound to one of them.
enum class Alg : std::uint8_t {
    hs256,
    hs384,
    hs512,
    rs256,
    rs384,
    rs512,
    ps256,
    ps384,
    ps512,
    es256,
    es384,
    es512,
    es256k,
    eddsa_ed25519,
    eddsa_ed448,
    ed25519,
    ed448,
    count_
};

struct Algorithm {
    Alg id;
    std::string_view name;
    Kty kty;
    crypto::Curve curve;
    crypto::SignatureMethod method;
    std::size_t min_bits;           // of the secret or modulus
    std::size_t signature_bytes;    // 0: as long as the modulus
};

using crypto::Curve;
using crypto::Hash;
using crypto::Scheme;

inline constexpr std::array algorithms{
    //        id                  name       kty       curve             scheme              digest         bits  bytes
    Algorithm{Alg::hs256, "HS256", Kty::oct, Curve::none, {Scheme::hmac, Hash::sha256}, 256, 32},
    Algorithm{Alg::hs384, "HS384", Kty::oct, Curve::none, {Scheme::hmac, Hash::sha384}, 384, 48},
    Algorithm{Alg::hs512, "HS512", Kty::oct, Curve::none, {Scheme::hmac, Hash::sha512}, 512, 64},
    Algorithm{Alg::rs256, "RS256", Kty::rsa, Curve::none, {Scheme::rsa_pkcs1, Hash::sha256}, 2048, 0},
    Algorithm{Alg::rs384, "RS384", Kty::rsa, Curve::none, {Scheme::rsa_pkcs1, Hash::sha384}, 2048, 0},
    Algorithm{Alg::rs512, "RS512", Kty::rsa, Curve::none, {Scheme::rsa_pkcs1, Hash::sha512}, 2048, 0},
    Algorithm{Alg::ps256, "PS256", Kty::rsa, Curve::none, {Scheme::rsa_pss, Hash::sha256}, 2048, 0},
    Algorithm{Alg::ps384, "PS384", Kty::rsa, Curve::none, {Scheme::rsa_pss, Hash::sha384}, 2048, 0},
    Algorithm{Alg::ps512, "PS512", Kty::rsa, Curve::none, {Scheme::rsa_pss, Hash::sha512}, 2048, 0},
    Algorithm{Alg::es256, "ES256", Kty::ec, Curve::p256, {Scheme::ecdsa, Hash::sha256}, 256, 64},
    Algorithm{Alg::es384, "ES384", Kty::ec, Curve::p384, {Scheme::ecdsa, Hash::sha384}, 384, 96},
    Algorithm{Alg::es512, "ES512", Kty::ec, Curve::p521, {Scheme::ecdsa, Hash::sha512}, 521, 132},
    Algorithm{Alg::es256k, "ES256K", Kty::ec, Curve::secp256k1, {Scheme::ecdsa, Hash::sha256}, 256, 64},
    Algorithm{Alg::eddsa_ed25519, "EdDSA", Kty::okp, Curve::ed25519, {Scheme::eddsa, Hash::none}, 256, 64},
    Algorithm{Alg::eddsa_ed448, "EdDSA", Kty::okp, Curve::ed448, {Scheme::eddsa, Hash::none}, 456, 114},
    Algorithm{Alg::ed25519, "Ed25519", Kty::okp, Curve::ed25519, {Scheme::eddsa, Hash::none}, 256, 64},
    Algorithm{Alg::ed448, "Ed448", Kty::okp, Curve::ed448, {Scheme::eddsa, Hash::none}, 456, 114},
};
static_assert(
    [] {
        for (std::size_t i = 0; i < algorithms.size(); ++i) {
            if (algorithms[i].id != static_cast<Alg>(i)) return false;
        }
        return algorithms.size() == static_cast<std::size_t>(Alg::count_);
    }(),
    "rows stand in the order of their enum");
constexpr const Algorithm& row_of(Alg id) { return algorithms[static_cast<std::size_t>(id)]; }

/// A list of permitted algorithms. Never guessed: whoever verifies names them (TOK-01).
class Algorithms {
  public:
    constexpr Algorithms(std::initializer_list<Alg> ids) {
        for (const Alg id : ids) add(id);
    }
    /// Names as in a policy file; `EdDSA` stands for both of its rows. Errors: policy.invalid.
    static Result<Algorithms> parse(std::span<const std::string> names);

    constexpr bool has(Alg id) const { return (bits_ & bit(id)) != 0; }
    constexpr bool empty() const { return bits_ == 0; }
    /// Secret and public keys in one list invite confusion between them (TOK-01).
    bool mixes_secret_and_public() const;
    bool is_symmetric() const;

  private:
    constexpr Algorithms() = default;
    constexpr void add(Alg id) { bits_ |= bit(id); }
    static constexpr std::uint32_t bit(Alg id) { return 1U << static_cast<unsigned>(id); }
    std::uint32_t bits_ = 0;
};

/// Whether any row has this name, compared byte for byte.
bool is_algorithm_name(std::string_view name);

}    // namespace countersign::jose
