// JSON Web Signatures in compact form (RFC 7515) for whoever signs something that is no JWT. Tokens go through
// jose/verifier.hpp.
#pragma once

#include "base/encoding.hpp"
#include "jose/compact.hpp"
#include "jose/header.hpp"
#include "jose/key.hpp"

namespace countersign::jose {

/// A payload whose signature was right. Only the functions below make one.
class SignedPayload {
  public:
    std::span<const std::byte> bytes() const { return bytes_; }
    std::string_view text() const { return text_of(bytes_); }
    const Key& key() const { return *key_; }    // of the set that verified it

  private:
    friend Result<SignedPayload> verify_compact(const KeySet& keys, std::string_view token, std::size_t max_size);
    SignedPayload(Bytes bytes, const Key& key) : bytes_{std::move(bytes)}, key_{&key} {}
    Bytes bytes_;
    const Key* key_;
};

/// Errors: those of parse_compact, parse_header and KeySet::select, token.signature_malformed, token.secret_mismatch.
Result<SignedPayload> verify_compact(const KeySet& keys, std::string_view token, std::size_t max_size = max_token_size);

/// The payload is not in the token (RFC 7515 Appendix F) and may be unencoded (RFC 7797). Errors: as above.
Result<void> verify_detached(const KeySet& keys, std::string_view token, std::span<const std::byte> payload,
                             std::size_t max_size = max_token_size);

/// What stands in the header beside `alg` and the key's `kid`.
struct HeaderFields {
    std::string_view typ;
};
Result<std::string> sign_compact(const SigningKey& key, std::span<const std::byte> payload, HeaderFields fields = {});
/// header..signature
Result<std::string> sign_detached(const SigningKey& key, std::span<const std::byte> payload, PayloadForm form);

/// Errors: token.signature_malformed, token.secret_mismatch. Allocates nothing of its own.
Result<void> check_signature(const Key& key, std::string_view signed_part, std::string_view signature);

}    // namespace countersign::jose
