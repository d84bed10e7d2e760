// Makes a key and a token, verifies it, and refuses another one. For keys at an address hand cs_system_fetch over.
#include <countersign/countersign-fetch.h>
#include <countersign/jose.hpp>
#include <ctime>
#include <iostream>

int main() {
    using namespace countersign;
    const auto key = Key::generate("ES256");
    if (!key.ok()) return 1;
    const auto signer = Signer::make(*key);
    const auto jwks = key->write(CS_PUBLIC_SET);
    if (!signer.ok() || !jwks.ok()) return 1;
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    const auto token = signer->sign(R"({"iss":"https://id.example","aud":"https://api.example","sub":"ada","iat":)" +
                                        std::to_string(now) + R"(,"exp":)" + std::to_string(now + 300) + "}",
                                    "at+jwt");
    if (!token.ok()) return 1;

    // What a service does: one verifier for all threads.
    cs_fetch fetch{};
    fetch.size = sizeof fetch;
    if (cs_system_fetch(&fetch) != CS_OK) return 1;
    const auto verifier = Verifier::make(R"(
issuer = "https://id.example"
audience = "https://api.example"
typ = "at+jwt"
algorithms = ["ES256"]
)",
                                         jwks->view(), &fetch);
    if (!verifier.ok()) {
        std::cerr << verifier.error().detail() << '\n';
        return 1;
    }
    const auto verified = verifier->verify(token->view());
    if (!verified.ok()) return 1;
    std::cout << "accepted: " << verified->subject() << '\n';

    const auto other = verifier->verify("eyJhbGciOiJub25lIn0.e30.");
    if (other.ok()) return 1;
    std::cout << "refused: " << other.error().public_message() << "\nfor the log: " << other.error().cause() << '\n';
}
