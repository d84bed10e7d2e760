// JSON Web Signatures in their JSON forms (RFC 7515 §7.2), for a specification that asks for one by name. No token is
// ever read from here: Verifier takes the compact form alone.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jose/jws.hpp"

namespace countersign::jose {

inline constexpr std::size_t max_json_jws_size = 65'536;
inline constexpr std::size_t max_signatures = 16;

/// How many signatures of a document have to be right: each of them, or one by any key of the set while those of
/// strangers do not count for or against it.
enum class SignatureRule : std::uint8_t { all, at_least_one };

/// A payload whose signatures were right. Only the functions below make one.
class SignedDocument {
  public:
    std::span<const std::byte> bytes() const { return bytes_; }
    std::string_view text() const { return text_of(bytes_); }
    /// Of the set that verified it: a key for each signature that was right, at least one.
    std::span<const Key* const> keys() const { return keys_; }

  private:
    friend class DocumentReader;
    SignedDocument(Bytes bytes, std::vector<const Key*> keys) : bytes_{std::move(bytes)}, keys_{std::move(keys)} {}
    Bytes bytes_;
    std::vector<const Key*> keys_;
};

/// `alg` counts only where it is signed, in the protected header. Of the other header `kid` is taken and nothing else:
/// it chooses among keys that are trusted anyway, everything else in it would be the word of whoever carried it here.
/// Errors: token.too_large, token.malformed, and those of verify_compact.
Result<SignedDocument> verify_flattened(const KeySet& keys, std::string_view text,
                                        std::size_t max_size = max_json_jws_size);
Result<SignedDocument> verify_general(const KeySet& keys, std::string_view text, SignatureRule rule,
                                      std::size_t max_size = max_json_jws_size);

/// All header members are protected.
Result<std::string> sign_flattened(const SigningKey& key, std::span<const std::byte> payload, HeaderFields fields = {});
/// One signature a key, 1 to max_signatures of them. Errors: token.malformed for another number.
Result<std::string> sign_general(std::span<const SigningKey* const> keys, std::span<const std::byte> payload,
                                 HeaderFields fields = {});

}    // namespace countersign::jose
