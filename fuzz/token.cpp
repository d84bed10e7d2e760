// parse_compact, parse_header, TokenText::read, Claims::read, and the whole verifier: no input aborts, nothing
// without our signature is accepted, and what the strict reader takes the other reader takes too.
#include "base/json.hpp"
#include "fuzz.hpp"
#include "jose/inspect.hpp"
#include "jose/jws.hpp"
#include "jose/verifier.hpp"

using namespace countersign;
using namespace countersign::jose;

namespace {

constexpr std::string_view secret =
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0i"})";
constexpr std::int64_t now = 1'800'000'000;

Verifier make_verifier() {
    std::vector<TrustedIssuer> issuers;
    issuers.push_back({VerifyPolicy{.issuer = Expect::ignored("fuzzing"),
                                    .audience = Expect::ignored("fuzzing"),
                                    .type = Expect::ignored("fuzzing"),
                                    .algorithms = Algorithms{Alg::hs256}},
                       *KeySet::parse(secret, Algorithms{Alg::hs256})});
    return *Verifier::make(std::move(issuers));
}

/// How many members were read, and how it ended.
std::pair<std::size_t, std::string> counted(std::string_view text, std::span<UsualMember> room) {
    ObjectReader reader{text, max_json_depth};
    MemberView member;
    std::size_t members = 0;
    auto step = ObjectReader::Step::member;
    for (; step == ObjectReader::Step::member; step = reader.next(member), ++members)
        members += reader.usual_members(room).size();
    return {members, step == ObjectReader::Step::end ? "" : reader.fault()};
}

void fuzz_claims(std::string_view text) {
    std::array<UsualMember, 3> room;
    fuzz::equal("usual members first or not", counted(text, room), counted(text, std::span{room}.first(0)));

    Claims claims;
    const auto read = claims.read(base64url(bytes_of(text)), max_json_depth);
    fuzz::equal("text", claims.json(), text);
    // The other reader has numbers to give, so it refuses those that no double holds; this one only reads past them.
    const auto other = json::parse(text, max_json_depth);
    if (!other.ok() || other->as_object() == nullptr) return;
    fuzz::equal("both readers agree on objects", read.ok(), true);
    fuzz::equal("one line", json::write(*json::parse(one_line(text), max_json_depth)), json::write(*other));
}

}    // namespace

CS_FUZZ(input) {
    static const Verifier verifier = make_verifier();
    static const SigningKey key = *SigningKey::bind(*Jwk::parse(secret), Alg::hs256);
    const Instant at = Instant::from_unix(Seconds{now});
    fuzz::equal("not ours", verifier.verify(input, at).ok(), false);
    static_cast<void>(inspect(input, at));
    if (const auto parts = parse_compact(input, max_token_size); parts.ok()) {
        fuzz::equal("parts", std::string{parts->signed_part} + "." + std::string{parts->signature}, std::string{input});
    }
    static_cast<void>(parse_header(input, max_json_depth, CritRule::b64_understood));
    // Past the signature: the same text as claims, and its first line as a header, rightly signed.
    fuzz_claims(input);
    const auto [header, claims] = fuzz::halves(input);
    std::string token = base64url(bytes_of(header)) + "." + base64url(bytes_of(claims));
    token += "." + base64url(*key.sign(bytes_of(token)));
    if (const auto verified = verifier.verify(token, at); verified.ok())
        fuzz::equal("claims", verified->claims_json(), claims);
    static_cast<void>(inspect(token, at));
}
