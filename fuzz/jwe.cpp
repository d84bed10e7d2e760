// parse_jwe_header, Decrypter::decrypt and verify_nested: no input aborts, nothing that we did not encrypt is opened,
// and what we encrypt is.
#include "jose/jwe.hpp"
#include "fuzz.hpp"
#include "jose/jwe_header.hpp"

using namespace countersign;
using namespace countersign::jose;

namespace {

constexpr std::string_view secret = R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umjw"})";
constexpr std::string_view pair =
    R"({"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"})";

Decrypter make_decrypter() {
    std::vector<DecryptionKey> keys;
    for (const KeyAlg alg : {KeyAlg::dir, KeyAlg::a128kw, KeyAlg::a128gcmkw}) {
        for (const Enc enc : {Enc::a128gcm, Enc::a128cbc_hs256}) {
            auto key = DecryptionKey::bind(*Jwk::parse(secret), {alg, enc});
            if (key.ok()) keys.push_back(*std::move(key));
        }
    }
    for (const KeyAlg alg : {KeyAlg::ecdh_es, KeyAlg::ecdh_es_a128kw})
        keys.push_back(*DecryptionKey::bind(*Jwk::parse(pair), {alg, Enc::a128gcm}));
    return *Decrypter::make(std::move(keys));
}

}    // namespace

CS_FUZZ(input) {
    static const Decrypter decrypter = make_decrypter();
    static const EncryptionKey key = *EncryptionKey::bind(*Jwk::parse(secret), {KeyAlg::a128kw, Enc::a128gcm});
    SystemRandom random;
    fuzz::equal("not ours", decrypter.decrypt(input).ok(), false);
    const auto [header, rest] = fuzz::halves(input);
    static_cast<void>(parse_jwe_header(header));
    const std::string text = base64url(bytes_of(header)) + "." + std::string{rest};
    fuzz::equal("not ours with a header", decrypter.decrypt(text).ok(), false);
    const auto token = encrypt_compact(key, bytes_of(input), random);
    if (token->size() > max_token_size) return;
    const auto opened = decrypter.decrypt(*token);
    fuzz::equal("ours", opened.ok() && opened->text.reveal_text() == input, true);
}
