// Every way to encrypt a token, one row each (RFC 7518 §4.1, §5.1). There is no row for RSA1_5 (TOK-28).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/content_cipher.hpp"

namespace countersign::jose {

enum class KeyAlg : std::uint8_t {
    dir,
    a128kw,
    a192kw,
    a256kw,
    a128gcmkw,
    a192gcmkw,
    a256gcmkw,
    rsa_oaep,
    rsa_oaep_256,
    ecdh_es,
    ecdh_es_a128kw,
    ecdh_es_a192kw,
    ecdh_es_a256kw,
    pbes2_hs256_a128kw,
    pbes2_hs384_a192kw,
    pbes2_hs512_a256kw,
    count_
};

/// How the key of the content comes to its recipient.
enum class KeyWay : std::uint8_t { direct, wrapped, gcm_wrapped, oaep, agreed, agreed_and_wrapped, password };

struct KeyAlgorithm {
    KeyAlg id;
    std::string_view name;
    KeyWay way;
    crypto::Hash hash;        // of OAEP (none: SHA-1) or of the password's key
    std::size_t wrap_size;    // bytes of the key that wraps
};

using crypto::Hash;

inline constexpr std::array key_algorithms{
    KeyAlgorithm{KeyAlg::dir, "dir", KeyWay::direct, Hash::none, 0},
    KeyAlgorithm{KeyAlg::a128kw, "A128KW", KeyWay::wrapped, Hash::none, 16},
    KeyAlgorithm{KeyAlg::a192kw, "A192KW", KeyWay::wrapped, Hash::none, 24},
    KeyAlgorithm{KeyAlg::a256kw, "A256KW", KeyWay::wrapped, Hash::none, 32},
    KeyAlgorithm{KeyAlg::a128gcmkw, "A128GCMKW", KeyWay::gcm_wrapped, Hash::none, 16},
    KeyAlgorithm{KeyAlg::a192gcmkw, "A192GCMKW", KeyWay::gcm_wrapped, Hash::none, 24},
    KeyAlgorithm{KeyAlg::a256gcmkw, "A256GCMKW", KeyWay::gcm_wrapped, Hash::none, 32},
    KeyAlgorithm{KeyAlg::rsa_oaep, "RSA-OAEP", KeyWay::oaep, Hash::none, 0},
    KeyAlgorithm{KeyAlg::rsa_oaep_256, "RSA-OAEP-256", KeyWay::oaep, Hash::sha256, 0},
    KeyAlgorithm{KeyAlg::ecdh_es, "ECDH-ES", KeyWay::agreed, Hash::none, 0},
    KeyAlgorithm{KeyAlg::ecdh_es_a128kw, "ECDH-ES+A128KW", KeyWay::agreed_and_wrapped, Hash::none, 16},
    KeyAlgorithm{KeyAlg::ecdh_es_a192kw, "ECDH-ES+A192KW", KeyWay::agreed_and_wrapped, Hash::none, 24},
    KeyAlgorithm{KeyAlg::ecdh_es_a256kw, "ECDH-ES+A256KW", KeyWay::agreed_and_wrapped, Hash::none, 32},
    KeyAlgorithm{KeyAlg::pbes2_hs256_a128kw, "PBES2-HS256+A128KW", KeyWay::password, Hash::sha256, 16},
    KeyAlgorithm{KeyAlg::pbes2_hs384_a192kw, "PBES2-HS384+A192KW", KeyWay::password, Hash::sha384, 24},
    KeyAlgorithm{KeyAlg::pbes2_hs512_a256kw, "PBES2-HS512+A256KW", KeyWay::password, Hash::sha512, 32},
};
static_assert(
    [] {
        for (std::size_t i = 0; i < key_algorithms.size(); ++i) {
            if (key_algorithms[i].id != static_cast<KeyAlg>(i)) return false;
        }
        return key_algorithms.size() == static_cast<std::size_t>(KeyAlg::count_);
    }(),
    "rows stand in the order of their enum");
constexpr const KeyAlgorithm& row_of(KeyAlg id) { return key_algorithms[static_cast<std::size_t>(id)]; }

using Enc = crypto::ContentCipher;

struct EncName {
    Enc id;
    std::string_view name;
};
inline constexpr std::array encryptions{
    EncName{Enc::a128gcm, "A128GCM"},
    EncName{Enc::a192gcm, "A192GCM"},
    EncName{Enc::a256gcm, "A256GCM"},
    EncName{Enc::a128cbc_hs256, "A128CBC-HS256"},
    EncName{Enc::a192cbc_hs384, "A192CBC-HS384"},
    EncName{Enc::a256cbc_hs512, "A256CBC-HS512"},
};
static_assert(encryptions.size() == crypto::content_ciphers.size());
constexpr std::string_view name_of(Enc id) { return encryptions[static_cast<std::size_t>(id)].name; }

}    // namespace countersign::jose
