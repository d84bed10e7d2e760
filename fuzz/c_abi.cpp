// The entry points of countersign.h with whatever a caller may pass. The first byte says which: no input but the one
// good token is ever accepted, and what is refused leaves a refused result (TOK-32).
#include <countersign/countersign.h>

#include <memory>

#include "fuzz.hpp"

using namespace countersign;

namespace {

cs_text c_text(std::string_view from) { return {.data = from.data(), .size = from.size()}; }
std::string_view view(cs_text from) { return {from.data, from.size}; }

constexpr std::int64_t now = 1'800'000'000;
constexpr std::string_view policy =
    R"({"issuer":"https://id.example","audience":"a","typ":"at+jwt","algorithms":["EdDSA"]})";
constexpr std::string_view claims =
    R"({"iss":"https://id.example","aud":"a","sub":"u","iat":1800000000,"exp":1800000300})";

struct World {
    cs_key* key = nullptr;
    cs_signer* signer = nullptr;
    cs_buffer *jwks = nullptr, *token = nullptr;
    cs_verifier* verifier = nullptr;
    cs_result* result = nullptr;
    cs_dpop* dpop = nullptr;

    World() {
        cs_generate_ask generate{};
        generate.size = sizeof generate;
        generate.algorithm = c_text("EdDSA");
        fuzz::equal("a key", cs_key_generate(&generate, &key, nullptr), CS_OK);
        fuzz::equal("a signer", cs_signer_make(key, c_text(""), &signer, nullptr), CS_OK);
        fuzz::equal("a set", cs_key_write(key, CS_PUBLIC_SET, &jwks, nullptr), CS_OK);
        cs_sign_ask sign{};
        sign.size = sizeof sign;
        sign.claims = c_text(claims);
        sign.typ = c_text("at+jwt");
        sign.now = now;
        fuzz::equal("a token", cs_sign(signer, &sign, &token, nullptr), CS_OK);
        cs_verifier_ask ask{};
        ask.size = sizeof ask;
        ask.policy = c_text(policy);
        ask.jwks = cs_buffer_text(jwks);
        fuzz::equal("a verifier", cs_verifier_make(&ask, &verifier, nullptr), CS_OK);
        fuzz::equal("a result", cs_result_make(&result), CS_OK);
        const cs_text name = c_text("ES256");
        cs_dpop_ask proofs{};
        proofs.size = sizeof proofs;
        proofs.algorithms = &name;
        proofs.algorithm_count = 1;
        proofs.room = 64;
        fuzz::equal("a store", cs_dpop_make(&proofs, &dpop, nullptr), CS_OK);
    }
};

void verify(const World& world, std::string_view token, const cs_proof* proof) {
    cs_verify_ask ask{};
    ask.size = sizeof ask;
    ask.token = c_text(token);
    ask.now = now;
    ask.dpop = proof == nullptr ? nullptr : world.dpop;
    ask.proof = proof;
    const bool good = token == view(cs_buffer_text(world.token)) && proof == nullptr;
    fuzz::equal("the answer", cs_verify(world.verifier, &ask, world.result) == CS_OK, good);
    cs_verdict verdict{};
    verdict.size = sizeof verdict;
    fuzz::equal("a verdict", cs_result_read(world.result, &verdict), CS_OK);
    fuzz::equal("accepted", verdict.accepted == 1, good);
    fuzz::equal("a cause if refused", verdict.cause.size > 0, !good);
    fuzz::equal("a subject if accepted", view(verdict.subject) == "u", good);
    cs_claim claim{};
    claim.size = sizeof claim;
    fuzz::equal("claims if accepted", cs_result_claim(world.result, c_text("sub"), &claim) == CS_OK, good);
}

/// Pairs of bytes: where the good token is changed, and to what.
void verify_changed(const World& world, std::string_view edits) {
    std::string token{view(cs_buffer_text(world.token))};
    for (std::size_t i = 0; i + 1 < edits.size(); i += 2)
        token[static_cast<unsigned char>(edits[i]) * token.size() / 256] = edits[i + 1];
    verify(world, token, nullptr);
}

void use_key(std::string_view text) {
    cs_error error{};
    error.size = sizeof error;
    cs_key* key = nullptr;
    const cs_code code = cs_key_parse(c_text(text), c_text(""), &key, &error);
    fuzz::equal("a handle if it is a key", key != nullptr, code == CS_OK);
    fuzz::equal("a cause if it is none", error.cause[0] != '\0', code != CS_OK);
    for (std::int32_t form = 0; key != nullptr && form <= CS_PRIVATE_SEC1 + 1; ++form) {
        cs_buffer* written = nullptr;
        cs_key* again = nullptr;
        if (cs_key_write(key, form, &written, nullptr) == CS_OK && form != CS_PUBLIC_SET)
            fuzz::equal("what is written can be read",
                        cs_key_parse(cs_buffer_text(written), c_text(""), &again, nullptr), CS_OK);
        cs_key_free(again);
        cs_buffer_free(written);
    }
    cs_key_free(key);
}

void use_policy(const World& world, std::string_view text) {
    const auto [jwks, document] = fuzz::halves(text);
    cs_verifier_ask ask{};
    ask.size = sizeof ask;
    ask.policy = c_text(document);
    ask.jwks = jwks.empty() ? cs_buffer_text(world.jwks) : c_text(jwks);
    cs_verifier* made = nullptr;
    const cs_code code = cs_verifier_make(&ask, &made, nullptr);
    fuzz::equal("a handle if it is a policy", made != nullptr, code == CS_OK);
    cs_verify_ask empty{};
    empty.size = sizeof empty;
    fuzz::equal("nothing is no token", cs_verify(made, &empty, world.result) == CS_OK, false);
    cs_verifier_free(made);
}

void sign(const World& world, std::string_view text) {
    cs_sign_ask ask{};
    ask.size = sizeof ask;
    ask.claims = c_text(text);
    ask.typ = c_text("at+jwt");
    ask.now = now;
    cs_buffer* token = nullptr;
    const cs_code code = cs_sign(world.signer, &ask, &token, nullptr);
    fuzz::equal("a token if signed", token != nullptr, code == CS_OK);
    cs_buffer_free(token);
}

/// A structure whose bytes are the input's.
template <class T>
T raw(std::string_view bytes) {
    T out{};
    std::memcpy(&out.size, bytes.data(), std::min(bytes.size(), sizeof out.size));
    return out;
}

void use_sizes(const World& world, std::string_view bytes) {
    cs_verify_ask ask = raw<cs_verify_ask>(bytes);
    std::array<cs_verdict, 32> room{};
    room[0] = raw<cs_verdict>(bytes);
    if (ask.size > sizeof room) ask.size = ask.size < 4097 ? sizeof ask : ask.size;    // more than there is
    if (ask.size > sizeof ask && ask.size <= 4096) ask.size = sizeof ask;
    if (room[0].size > sizeof room && room[0].size <= 4096) room[0].size = sizeof room;
    fuzz::equal("nothing is no token", cs_verify(world.verifier, &ask, world.result) == CS_OK, false);
    const bool read = cs_result_read(world.result, room.data()) == CS_OK;
    fuzz::equal("refused", read && room[0].accepted != 0, false);
}

}    // namespace

CS_FUZZ(input) {
    static const World world;
    if (input.empty()) return;
    const std::string_view rest = input.substr(1);
    switch (input.front()) {
        case 'e':
            return verify_changed(world, rest);
        case 'k':
            return use_key(rest);
        case 'p':
            return use_policy(world, rest);
        case 's':
            return sign(world, rest);
        case 'z':
            return use_sizes(world, rest);
        case 'd': {
            cs_proof proof{};
            proof.size = sizeof proof;
            proof.proof = c_text(rest);
            proof.method = c_text("GET");
            proof.url = c_text("https://a.test/x");
            return verify(world, view(cs_buffer_text(world.token)), &proof);
        }
        case 'i': {
            cs_buffer* seen = nullptr;
            fuzz::equal("a token can be looked at", cs_inspect(c_text(rest), now, &seen, nullptr), CS_OK);
            return cs_buffer_free(seen);
        }
        default:
            return verify(world, rest, nullptr);
    }
}
