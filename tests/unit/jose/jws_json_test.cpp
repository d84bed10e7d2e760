#include "jose/jws_json.hpp"

#include "unit/jose/rig.hpp"

namespace countersign::jose {
namespace {

const Rig& a() {
    static const Rig one{Alg::es256, "a"};
    return one;
}
const Rig& b() {
    static const Rig one{Alg::eddsa_ed25519, "b"};
    return one;
}
KeySet set_of(std::initializer_list<const Rig*> rigs) {
    std::vector<Key> keys;
    for (const Rig* rig : rigs) keys.push_back(*Key::bind(rig->jwk(), rig->key().algorithm().id));
    return KeySet::of(std::move(keys));
}

constexpr std::string_view payload = "what was said";

/// `"protected":...,"signature":...` over the payload with this header.
std::string signature(const Rig& rig, std::string_view header, std::string_view said = payload) {
    const std::string token = rig.sign(header, said);
    return R"("protected":")" + token.substr(0, token.find('.')) + R"(","signature":")" +
           token.substr(token.rfind('.') + 1) + "\"";
}
std::string body(std::string_view members) {
    return R"({"payload":")" + base64url(bytes_of(payload)) + "\"," + std::string{members} + "}";
}
std::string general(std::initializer_list<std::string> signatures) {
    std::string list;
    for (const std::string& one : signatures) list += (list.empty() ? "{" : ",{") + one + "}";
    return body(R"("signatures":[)" + list + "]");
}
std::string good_a() { return signature(a(), R"({"alg":"ES256","kid":"a"})"); }
std::string good_b() { return signature(b(), R"({"alg":"EdDSA","kid":"b"})"); }

TEST(JwsJson, flattened_and_what_is_refused_of_it) {
    const std::string alg = R"({"alg":"ES256"})";
    const std::string good = body(good_a());
    const std::string unnamed = signature(a(), alg);
    struct Row {
        std::string_view name;
        std::string text;
        std::optional<Code> refused;
    };
    const Row table[]{
        {"kid protected", good, std::nullopt},
        {"kid unprotected", body(unnamed + R"(,"header":{"kid":"a"})"), std::nullopt},
        {"an empty unprotected header", body(unnamed + R"(,"header":{})"), std::nullopt},
        {"no kid, one key that fits", body(unnamed), std::nullopt},
        {"a member that is not known", body(good_a() + R"(,"note":1)"), std::nullopt},
        {"an unprotected kid of nobody", body(unnamed + R"(,"header":{"kid":"x"})"), Code::token_kid_unknown},
        {"kid in both headers", body(good_a() + R"(,"header":{"kid":"a"})"), Code::token_header_malformed},
        {"alg in both headers", body(unnamed + R"(,"header":{"alg":"ES256"})"), Code::token_header_malformed},
        {"crit unprotected", body(unnamed + R"(,"header":{"crit":["b64"],"b64":false})"), Code::token_header_malformed},
        {"jwk unprotected", body(unnamed + R"(,"header":{"jwk":{}})"), Code::token_header_malformed},
        {"kid unprotected as a number", body(unnamed + R"(,"header":{"kid":1})"), Code::token_header_malformed},
        {"the unprotected header as a text", body(unnamed + R"(,"header":"a")"), Code::token_header_malformed},
        {"alg unprotected alone", body(R"("header":{"alg":"ES256"},"signature":"AA")"), Code::token_malformed},
        {"an empty protected header", body(R"("protected":"","header":{"alg":"ES256"},"signature":"AA")"),
         Code::token_malformed},
        {"protected without alg", body(signature(a(), R"({"kid":"a"})") + R"(,"header":{"alg":"ES256"})"),
         Code::token_header_malformed},
        {"none", body(R"("protected":"eyJhbGciOiJub25lIn0","signature":"")"), Code::token_alg_none},
        {"b64 false", body(signature(a(), R"({"alg":"ES256","b64":false,"crit":["b64"]})")),
         Code::token_payload_unencoded},
        {"another payload", swapped(good, base64url(bytes_of(payload)), base64url(bytes_of("something else"))),
         Code::token_secret_mismatch},
        {"the same payload, not canonical",
         swapped(good, base64url(bytes_of(payload)), base64url(bytes_of(payload)) + "="), Code::token_secret_mismatch},
        {"no payload", swapped(good, "\"payload\"", "\"text\""), Code::token_malformed},
        {"payload as an object", R"({"payload":{},)" + good_a() + "}", Code::token_malformed},
        {"no signature", swapped(good, "\"signature\"", "\"sig\""), Code::token_malformed},
        {"payload twice", body(good_a() + R"(,"payload":"AA")"), Code::token_malformed},
        {"signature twice", body(good_a() + R"(,"signature":"AA")"), Code::token_malformed},
        {"signature twice, one escaped", body(good_a() + R"(,"\u0073ignature":"AA")"), Code::token_malformed},
        {"header twice inside", body(unnamed + R"(,"header":{"kid":"a","kid":"b"})"), Code::token_malformed},
        {"signature and signatures", body(good_a() + R"(,"signatures":[])"), Code::token_malformed},
        {"the general form", general({good_a()}), Code::token_malformed},
        {"the compact form", a().good(), Code::token_malformed},
        {"a list", "[" + good + "]", Code::token_malformed},
        {"something behind it", good + "{}", Code::token_malformed},
        {"nothing", "", Code::token_missing},
        {"over the limit", body(good_a() + R"(,"note":")" + std::string(max_json_jws_size, 'x') + "\""),
         Code::token_too_large},
    };
    const KeySet keys = set_of({&a(), &b()});
    for (const auto& [name, text, refused] : table) {
        const auto read = verify_flattened(keys, text);
        ASSERT_EQ(read.ok(), !refused) << name << ": " << (read.ok() ? "" : read.error().detail());
        if (refused) {
            EXPECT_EQ(read.error().label(), cause_of(*refused).label) << name;
        } else {
            EXPECT_EQ(read->text(), payload) << name;
            EXPECT_EQ(read->keys().front()->kid(), "a") << name;
        }
    }
}

TEST(JwsJson, general_and_which_signatures_must_be_right) {
    const std::string stranger = signature(Rig{}, R"({"alg":"ES256","kid":"k1"})");
    const std::string forged = signature(a(), R"({"alg":"ES256","kid":"a"})", "something else");
    const std::string foreign = R"("protected":"eyJhbGciOiJYMTIzIn0","signature":"AA")";
    const std::string open_alg = R"("header":{"alg":"ES256","kid":"a"},"signature":"AA")";
    struct Row {
        std::string_view name;
        std::string text;
        std::size_t right;    // under at_least_one; 0: refused
        std::optional<Code> refused_of_all;
    };
    std::string many;
    for (int i = 0; i < 1'000; ++i) many += (i == 0 ? "{" : ",{") + good_a() + "}";
    const Row table[]{
        {"one", general({good_a()}), 1, std::nullopt},
        {"two", general({good_a(), good_b()}), 2, std::nullopt},
        {"one of a stranger", general({stranger, good_b()}), 1, Code::token_kid_unknown},
        {"one of an algorithm that does not exist", general({foreign, good_b()}), 1, Code::token_alg_unknown},
        {"one that is forged", general({good_b(), forged}), 1, Code::token_secret_mismatch},
        {"one with alg unprotected", general({open_alg, good_b()}), 1, Code::token_malformed},
        {"one that is no object", body(R"("signatures":[1,{)" + good_b() + "}]"), 1, Code::token_malformed},
        {"strangers alone", general({stranger, foreign}), 0, Code::token_kid_unknown},
        {"forged alone", general({forged}), 0, Code::token_secret_mismatch},
        {"none", general({}), 0, Code::token_malformed},
        {"a thousand", body(R"("signatures":[)" + many + "]"), 0, Code::token_too_large},
        {"signatures as an object", body(R"("signatures":{)" + good_a() + "}"), 0, Code::token_malformed},
        {"signatures twice", body(R"("signatures":[{)" + good_a() + R"(}],"signatures":[])"), 0, Code::token_malformed},
        {"signature beside it", body(R"("signatures":[{)" + good_a() + R"(}],"signature":"AA")"), 0,
         Code::token_malformed},
        {"protected beside it", body(R"("signatures":[{)" + good_a() + R"(}],"protected":"AA")"), 0,
         Code::token_malformed},
        {"header beside it", body(R"("signatures":[{)" + good_a() + R"(}],"header":{})"), 0, Code::token_malformed},
        {"the flattened form", body(good_a()), 0, Code::token_malformed},
        {"a payload for each", body(R"("signatures":[{"payload":"AA",)" + good_a() + "}]"), 1, std::nullopt},
    };
    const KeySet keys = set_of({&a(), &b()});
    for (const auto& [name, text, right, refused] : table) {
        const auto all = verify_general(keys, text, SignatureRule::all);
        ASSERT_EQ(all.ok(), !refused) << name;
        if (refused) EXPECT_EQ(all.error().label(), cause_of(*refused).label) << name;
        const auto any = verify_general(keys, text, SignatureRule::at_least_one);
        ASSERT_EQ(any.ok(), right > 0) << name;
        if (!any.ok()) continue;
        EXPECT_EQ(any->keys().size(), right) << name;
        EXPECT_EQ(any->text(), payload) << name;
    }
    const std::string capped =
        general({good_a(), good_a(), good_a(), good_a(), good_a(), good_a(), good_a(), good_a(), good_a(), good_a(),
                 good_a(), good_a(), good_a(), good_a(), good_a(), good_a()});
    EXPECT_TRUE(verify_general(keys, capped, SignatureRule::all).ok());
    const auto more = verify_general(keys, swapped(capped, "[", "[{" + good_a() + "},"), SignatureRule::at_least_one);
    EXPECT_EQ(more.error().code(), Code::token_malformed);
    EXPECT_EQ(verify_general(keys, body(R"("signatures":[)" + many + "]"), SignatureRule::at_least_one, 1U << 20U)
                  .error()
                  .code(),
              Code::token_malformed);
}

TEST(JwsJson, what_is_signed_is_read_again) {
    const KeySet keys = set_of({&a(), &b()});
    const auto flat = sign_flattened(a().key(), bytes_of(payload), {.typ = "note"});
    ASSERT_TRUE(flat.ok());
    EXPECT_EQ(verify_flattened(keys, *flat)->text(), payload);
    const SigningKey* both[]{&a().key(), &b().key()};
    const auto text = sign_general(both, bytes_of(payload));
    ASSERT_TRUE(text.ok());
    const auto read = verify_general(keys, *text, SignatureRule::all);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->keys()[0]->kid(), "a");
    EXPECT_EQ(read->keys()[1]->kid(), "b");
    EXPECT_FALSE(verify_general(set_of({&a()}), *text, SignatureRule::all).ok());
    EXPECT_TRUE(verify_general(set_of({&a()}), *text, SignatureRule::at_least_one).ok());
    EXPECT_FALSE(sign_general({}, bytes_of(payload)).ok());
    const std::vector<const SigningKey*> seventeen(max_signatures + 1, &a().key());
    EXPECT_FALSE(sign_general(seventeen, bytes_of(payload)).ok());
}

TEST(JwsJson, TOK_10_no_token_is_read_from_a_JSON_form) {
    const std::string claims = Rig::claims();
    const Rig rig;
    const auto flat = sign_flattened(rig.key(), bytes_of(claims), {.typ = "at+jwt"});
    const SigningKey* one[]{&rig.key()};
    const auto list = sign_general(one, bytes_of(claims), {.typ = "at+jwt"});
    EXPECT_TRUE(verify_flattened(rig.keys(), *flat).ok());
    for (const std::string& text : {*flat, *list}) {
        EXPECT_EQ(rig.verifier().verify(text, at(test_now)).error().code(), Code::token_opaque_access_token);
        EXPECT_FALSE(verify_compact(rig.keys(), text).ok());
    }
    EXPECT_TRUE(rig.verifier().verify(rig.good(), at(test_now)).ok());
}

TEST(JwsJson, RFC7515_A_6_and_A_7) {
    constexpr std::string_view said =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const std::string ec =
        R"("protected":"eyJhbGciOiJFUzI1NiJ9","header":{"kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},)"
        R"("signature":"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")";
    const std::string rsa =
        R"("protected":"eyJhbGciOiJSUzI1NiJ9","header":{"kid":"2010-12-29"},"signature":")"
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2Fp5jujGbds9uJdbF9CUAr7t"
        "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
        "xi12j"
        "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_"
        "IoypGlUPQ"
        "Ge77Rw\"";
    const std::string key =
        R"({"kty":"EC","crv":"P-256","kid":"e9bc097a-ce51-4036-9562-d2ade882db0d",)"
        R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
    const std::string rsa_key = R"({"kty":"RSA","e":"AQAB","kid":"2010-12-29","n":")"
                                "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"
                                "4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC"
                                "gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-"
                                "KXBdQOS-UTo7WTBEMa2R2CapHg6"
                                "65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"
                                "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW"
                                "yuXpoQ\"}";
    const auto keys = KeySet::parse(R"({"keys":[)" + key + "," + rsa_key + "]}", Algorithms{Alg::es256, Alg::rs256});
    ASSERT_TRUE(keys.ok());
    const std::string flat = R"({"payload":")" + std::string{said} + "\"," + ec + "}";
    const std::string list = R"({"payload":")" + std::string{said} + R"(","signatures":[{)" + rsa + "},{" + ec + "}]}";
    const auto one = verify_flattened(*keys, flat);
    ASSERT_TRUE(one.ok()) << one.error().detail();
    EXPECT_EQ(base64url(one->bytes()), said);
    const auto two = verify_general(*keys, list, SignatureRule::all);
    ASSERT_TRUE(two.ok()) << two.error().detail();
    EXPECT_EQ(two->keys().size(), 2U);
    const auto only = KeySet::parse(key, Algorithms{Alg::es256});
    EXPECT_FALSE(verify_general(*only, list, SignatureRule::all).ok());
    EXPECT_TRUE(verify_general(*only, list, SignatureRule::at_least_one).ok());
}

}    // namespace
}    // namespace countersign::jose
