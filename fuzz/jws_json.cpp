// verify_flattened and verify_general: no input aborts, and nothing is accepted whose payload the key did not sign.
#include "jose/jws_json.hpp"
#include "fuzz.hpp"

using namespace countersign;
using namespace countersign::jose;

namespace {
constexpr std::string_view secret =
    R"({"kty":"oct","kid":"a","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0i"})";

/// The input with each word `S` in quotes replaced by a right signature over the word behind `payload`.
std::string signed_text(const SigningKey& key, std::string_view input) {
    constexpr std::string_view mark = "\"S\"", header = "eyJhbGciOiJIUzI1NiJ9", payload = "\"payload\":\"";
    const std::size_t at = input.find(payload);
    std::string_view said = at == std::string_view::npos ? std::string_view{} : input.substr(at + payload.size());
    said = said.substr(0, said.find('"'));
    const std::string right = base64url(*key.sign(bytes_of(std::string{header} + "." + std::string{said})));
    std::string out{input};
    for (std::size_t i = out.find(mark); i != std::string::npos; i = out.find(mark, i)) out.replace(i + 1, 1, right);
    return out;
}
}    // namespace

CS_FUZZ(input) {
    static const KeySet keys = *KeySet::parse(secret, Algorithms{Alg::hs256});
    static const SigningKey key = *SigningKey::bind(*Jwk::parse(secret), Alg::hs256);
    fuzz::equal("flattened, not ours", verify_flattened(keys, input).ok(), false);
    fuzz::equal("general, not ours", verify_general(keys, input, SignatureRule::at_least_one).ok(), false);
    const std::string text = signed_text(key, input);
    const auto flat = verify_flattened(keys, text);
    const auto any = verify_general(keys, text, SignatureRule::at_least_one);
    const auto all = verify_general(keys, text, SignatureRule::all);
    fuzz::equal("one form alone", flat.ok() && any.ok(), false);
    if (all.ok()) fuzz::equal("all means at least one", any.ok() && any->text() == all->text(), true);
    if (flat.ok()) fuzz::equal("with a key", flat->keys().size(), 1U);
    // What we write ourselves is read again.
    const auto written = sign_flattened(key, bytes_of(input));
    fuzz::equal("written and read", verify_flattened(keys, *written, 1U << 20U)->text(), input);
}
