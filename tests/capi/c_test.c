/* The C boundary as a C program sees it: its own keys and tokens, every function, hostile arguments, threads. */
#include <countersign/countersign.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;
static int checks = 0;

static void check(int right, const char *what, int line) {
    ++checks;
    if (right) return;
    ++failures;
    fprintf(stderr, "c_test.c:%d: %s\n", line, what);
}
#define CHECK(condition) check((condition) ? 1 : 0, #condition, __LINE__)

static cs_text text(const char *terminated) {
    const cs_text out = {terminated, strlen(terminated)};
    return out;
}
static int equals(cs_text given, const char *wanted) {
    return given.size == strlen(wanted) && memcmp(given.data, wanted, given.size) == 0;
}

enum { at_test = 1800000000 };
static const char *const policy =
    "issuer = \"https://id.example\"\n"
    "audience = \"https://api.example\"\n"
    "typ = \"at+jwt\"\n"
    "algorithms = [\"ES256\"]\n";
static const char *const claims =
    "{\"iss\":\"https://id.example\",\"aud\":\"https://api.example\",\"sub\":\"user-\\u00e9\",\"iat\":1799999990,"
    "\"exp\":1800000300,\"jti\":\"t-1\",\"level\":7,\"staff\":true,\"rate\":0.5,\"roles\":[\"a\",\"b\"],\"none\":null}";

struct world {
    cs_key *key;
    cs_signer *signer;
    cs_buffer *jwks;
    cs_buffer *token;
    cs_verifier *verifier;
};

static cs_code make_verifier(const char *policy_text, cs_text jwks, cs_verifier **out, cs_error *error) {
    const cs_verifier_ask ask = {.size = sizeof ask, .policy = text(policy_text), .jwks = jwks};
    return cs_verifier_make(&ask, out, error);
}

static struct world make_world(void) {
    struct world out = {0};
    const cs_generate_ask generate = {.size = sizeof generate, .algorithm = text("ES256")};
    CHECK(cs_key_generate(&generate, &out.key, NULL) == CS_OK);
    CHECK(cs_signer_make(out.key, text(""), &out.signer, NULL) == CS_OK);
    CHECK(cs_key_write(out.key, CS_PUBLIC_SET, &out.jwks, NULL) == CS_OK);
    const cs_sign_ask sign = {.size = sizeof sign, .claims = text(claims), .typ = text("at+jwt"), .now = at_test};
    CHECK(cs_sign(out.signer, &sign, &out.token, NULL) == CS_OK);
    CHECK(make_verifier(policy, cs_buffer_text(out.jwks), &out.verifier, NULL) == CS_OK);
    return out;
}
static void free_world(struct world *out) {
    cs_verifier_free(out->verifier);
    cs_buffer_free(out->token);
    cs_buffer_free(out->jwks);
    cs_signer_free(out->signer);
    cs_key_free(out->key);
}

static cs_code verify_at(const cs_verifier *verifier, cs_text token, int64_t now, cs_result *result) {
    const cs_verify_ask ask = {.size = sizeof ask, .token = token, .now = now};
    return cs_verify(verifier, &ask, result);
}

static cs_verdict read_verdict(cs_result *result) {
    cs_verdict out;
    memset(&out, 0xA5, sizeof out);
    out.size = sizeof out;
    CHECK(cs_result_read(result, &out) == CS_OK);
    return out;
}

static void test_accepts(const struct world *w) {
    cs_result *result = NULL;
    CHECK(cs_result_make(&result) == CS_OK);
    CHECK(read_verdict(result).accepted == 0);
    CHECK(verify_at(w->verifier, cs_buffer_text(w->token), at_test, result) == CS_OK);
    const cs_verdict verdict = read_verdict(result);
    cs_key_facts facts = {.size = sizeof facts};
    CHECK(cs_key_read(w->key, &facts) == CS_OK);
    CHECK(verdict.accepted == 1 && verdict.http_status == 0 && verdict.cause.size == 0);
    CHECK(equals(verdict.subject, "user-\xc3\xa9"));
    CHECK(equals(verdict.issuer, "https://id.example"));
    CHECK(equals(verdict.token_id, "t-1"));
    CHECK(equals(verdict.algorithm, "ES256"));
    CHECK(verdict.bound_to.size == 0);
    CHECK(equals(verdict.claims, claims));
    CHECK(verdict.expires == 1800000300 && verdict.issued_at == 1799999990);
    CHECK(facts.kid.size == 43 && verdict.key_id.size == 43 && memcmp(facts.kid.data, verdict.key_id.data, 43) == 0);
    cs_result_free(result);
}

static void test_claims(const struct world *w) {
    cs_result *result = NULL;
    cs_claim claim = {.size = sizeof claim};
    CHECK(cs_result_make(&result) == CS_OK);
    CHECK(cs_result_claim(result, text("level"), &claim) == CS_INTERNAL); /* nothing was verified yet */
    CHECK(verify_at(w->verifier, cs_buffer_text(w->token), at_test, result) == CS_OK);
    CHECK(cs_result_claim(result, text("level"), &claim) == CS_OK);
    CHECK(claim.kind == CS_NUMBER && claim.is_integer == 1 && claim.integer == 7 && equals(claim.json, "7"));
    CHECK(cs_result_claim(result, text("rate"), &claim) == CS_OK);
    CHECK(claim.kind == CS_NUMBER && claim.is_integer == 0 && claim.integer == 0 && equals(claim.json, "0.5"));
    CHECK(cs_result_claim(result, text("staff"), &claim) == CS_OK);
    CHECK(claim.kind == CS_BOOLEAN && claim.integer == 1);
    CHECK(cs_result_claim(result, text("roles"), &claim) == CS_OK);
    CHECK(claim.kind == CS_ARRAY && equals(claim.json, "[\"a\",\"b\"]"));
    CHECK(cs_result_claim(result, text("none"), &claim) == CS_OK && claim.kind == CS_NULL);
    CHECK(cs_result_claim(result, text("sub"), &claim) == CS_OK);
    CHECK(claim.kind == CS_STRING && equals(claim.text, "user-\xc3\xa9") && equals(claim.json, "\"user-\\u00e9\""));
    CHECK(cs_result_claim(result, text("email"), &claim) == CS_ABSENT && claim.kind == 0 && claim.json.size == 0);
    CHECK(verify_at(w->verifier, text("a.b.c"), at_test, result) == CS_REFUSED);
    CHECK(cs_result_claim(result, text("level"), &claim) == CS_REFUSED && claim.kind == 0);
    cs_result_free(result);
}

/* One answer to the client whatever the cause, and the cause for the log. */
static void test_refuses(const struct world *w) {
    const cs_text token = cs_buffer_text(w->token);
    char *changed = malloc(token.size);
    memcpy(changed, token.data, token.size);
    changed[token.size - 10] = changed[token.size - 10] == 'A' ? 'B' : 'A';
    const struct {
        cs_text token;
        int64_t now;
        const char *cause;
    } cases[] = {
        {token, at_test + 300, "token.expired"},
        {token, at_test - 300, "token.clock_skew"},
        {{changed, token.size}, at_test, "token.secret_mismatch"},
        {text(""), at_test, "token.missing"},
        {text("eyJhbGciOiJub25lIn0.e30."), at_test, "token.alg_none"},
        {{token.data, token.size - 1}, at_test, "token.signature_malformed"},
        {{"x", (size_t)1 << 40}, at_test, "token.too_large"}, /* not read: there is one byte */
    };
    cs_result *result = NULL;
    CHECK(cs_result_make(&result) == CS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        CHECK(verify_at(w->verifier, token, at_test, result) == CS_OK); /* the twin that is right */
        CHECK(verify_at(w->verifier, cases[i].token, cases[i].now, result) == CS_REFUSED);
        const cs_verdict verdict = read_verdict(result);
        if (!equals(verdict.cause, cases[i].cause))
            fprintf(stderr, "case %zu: %.*s\n", i, (int)verdict.cause.size, verdict.cause.data);
        CHECK(equals(verdict.cause, cases[i].cause));
        CHECK(verdict.accepted == 0 && verdict.http_status == 401);
        CHECK(equals(verdict.public_code, "UNAUTHORIZED") && equals(verdict.public_message, "Unauthorized"));
        CHECK(equals(verdict.oauth_error, "invalid_token"));
        CHECK(verdict.subject.size == 0 && verdict.claims.size == 0 && verdict.expires == CS_NO_TIME);
        CHECK(verdict.fingerprint.size == 8 || cases[i].token.size > 1000000);
    }
    cs_result_free(result);
    free(changed);
}

/* Whatever is wrong with a call: a code, a result that is refused, and nothing that crashes. */
static void test_bad_verify_calls(const struct world *w) {
    const cs_text token = cs_buffer_text(w->token);
    const cs_verify_ask good = {.size = sizeof good, .token = token, .now = at_test};
    cs_verify_ask larger[2] = {good, {0}};
    cs_proof proof = {.size = sizeof proof};
    const struct {
        const char *what;
        size_t size;
        cs_text token;
        int64_t now;
        const cs_proof *proof;
    } cases[] = {
        {"size 0", 0, token, at_test, NULL},
        {"size of half", sizeof good / 2, token, at_test, NULL},
        {"huge size", SIZE_MAX, token, at_test, NULL},
        {"a token that is NULL", sizeof good, {NULL, 10}, at_test, NULL},
        {"a time after the year 9999", sizeof good, token, INT64_MAX, NULL},
        {"a time before the year 1", sizeof good, token, INT64_MIN, NULL},
        {"a proof and nobody to check it", sizeof good, token, at_test, &proof},
    };
    cs_result *result = NULL;
    CHECK(cs_result_make(&result) == CS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const cs_verify_ask ask = {
            .size = cases[i].size, .token = cases[i].token, .now = cases[i].now, .proof = cases[i].proof};
        CHECK(cs_verify(w->verifier, &good, result) == CS_OK);
        CHECK(cs_verify(w->verifier, &ask, result) == CS_BAD_CALL);
        const cs_verdict verdict = read_verdict(result);
        CHECK(verdict.accepted == 0 && equals(verdict.cause, "call.wrong") && verdict.subject.size == 0);
    }
    CHECK(cs_verify(NULL, &good, result) == CS_BAD_CALL && read_verdict(result).accepted == 0);
    CHECK(cs_verify(w->verifier, NULL, result) == CS_BAD_CALL && read_verdict(result).accepted == 0);
    CHECK(cs_verify(w->verifier, &good, NULL) == CS_BAD_CALL);
    CHECK(cs_verify((const cs_verifier *)(const void *)w->key, &good, result) == CS_BAD_CALL);
    larger[0].size = sizeof larger; /* of a later version, whose further members are not used */
    CHECK(cs_verify(w->verifier, larger, result) == CS_OK);
    larger[1].now = 1; /* and now they are */
    CHECK(cs_verify(w->verifier, larger, result) == CS_BAD_CALL && read_verdict(result).accepted == 0);
    cs_result_free(result);
}

static void test_bad_reads(const struct world *w) {
    cs_result *result = NULL;
    cs_verdict verdict[2];
    CHECK(cs_result_make(&result) == CS_OK && cs_result_make(NULL) == CS_BAD_CALL);
    CHECK(verify_at(w->verifier, cs_buffer_text(w->token), at_test, result) == CS_OK);
    CHECK(cs_result_read(result, NULL) == CS_BAD_CALL);
    memset(verdict, 0xFF, sizeof verdict);
    CHECK(cs_result_read(result, verdict) == CS_BAD_CALL); /* a huge size: nothing is touched */
    CHECK(verdict->accepted == -1);
    verdict->size = sizeof *verdict;
    CHECK(cs_result_read(NULL, verdict) == CS_BAD_CALL && verdict->accepted == 0);
    memset(verdict, 0xFF, sizeof verdict);
    verdict->size = 24; /* too small: what there is of it is refused */
    CHECK(cs_result_read(result, verdict) == CS_BAD_CALL && verdict->accepted == 0);
    CHECK(verdict->public_code.size == SIZE_MAX);
    memset(verdict, 0xFF, sizeof verdict);
    verdict->size = sizeof verdict; /* of a later version: the rest is zero */
    CHECK(cs_result_read(result, verdict) == CS_OK && verdict->accepted == 1 && verdict->size == sizeof verdict);
    CHECK(verdict[1].accepted == 0 && verdict[1].size == 0);
    cs_claim claim = {.size = 1};
    CHECK(cs_result_claim(result, text("sub"), &claim) == CS_BAD_CALL);
    claim.size = sizeof claim;
    const cs_text wrong = {NULL, 3}, huge = {"sub", (size_t)1 << 50};
    CHECK(cs_result_claim(result, wrong, &claim) == CS_BAD_CALL);
    CHECK(cs_result_claim(result, huge, &claim) == CS_BAD_CALL);
    CHECK(cs_result_claim(result, text(""), &claim) == CS_ABSENT);
    CHECK(cs_result_claim(NULL, text("sub"), &claim) == CS_BAD_CALL);
    cs_result_free(result);
}

static void test_bad_makers(const struct world *w) {
    cs_error error = {.size = sizeof error};
    cs_verifier *verifier = (cs_verifier *)(void *)&error;
    const cs_text jwks = cs_buffer_text(w->jwks), huge = {"x", (size_t)1 << 50}, null = {NULL, 1};
    const struct {
        cs_text policy, jwks;
        cs_code code;
        const char *cause;
    } cases[] = {
        {text(""), jwks, CS_INVALID, "policy.invalid"},
        {text("issuer = "), jwks, CS_INVALID, "config.invalid"},
        {text(policy), text(""), CS_INVALID, "policy.invalid"},
        {text(policy), text("{\"keys\":[]}"), CS_INVALID, "key.set_unusable"},
        {text(policy), text("nonsense"), CS_INVALID, "key.malformed"},
        {huge, jwks, CS_BAD_CALL, "call.wrong"},
        {text(policy), huge, CS_BAD_CALL, "call.wrong"},
        {null, jwks, CS_BAD_CALL, "call.wrong"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const cs_verifier_ask ask = {.size = sizeof ask, .policy = cases[i].policy, .jwks = cases[i].jwks};
        verifier = (cs_verifier *)(void *)&error;
        CHECK(cs_verifier_make(&ask, &verifier, &error) == cases[i].code);
        CHECK(verifier == NULL && error.code == cases[i].code);
        if (strcmp(error.cause, cases[i].cause) != 0) fprintf(stderr, "case %zu: %s\n", i, error.cause);
        CHECK(strcmp(error.cause, cases[i].cause) == 0 && error.detail[0] != '\0');
    }
    const cs_verifier_ask ask = {.size = sizeof ask, .policy = text(policy), .jwks = jwks};
    CHECK(cs_verifier_make(&ask, NULL, &error) == CS_BAD_CALL);
    CHECK(cs_verifier_make(NULL, &verifier, &error) == CS_BAD_CALL && verifier == NULL);
    error.size = 8;
    CHECK(cs_verifier_make(&ask, &verifier, &error) == CS_BAD_CALL && verifier == NULL);
    error.size = sizeof error;
    CHECK(cs_verifier_make(&ask, &verifier, &error) == CS_OK && error.code == CS_OK && error.cause[0] == '\0');
    CHECK(cs_verifier_prepare(verifier, at_test, &error) == CS_OK);
    CHECK(cs_verifier_prepare(NULL, at_test, &error) == CS_BAD_CALL);
    cs_verifier_free(verifier);
}

static void test_frees_take_null(void) {
    cs_verifier_free(NULL);
    cs_result_free(NULL);
    cs_dpop_free(NULL);
    cs_key_free(NULL);
    cs_signer_free(NULL);
    cs_buffer_free(NULL);
    CHECK(cs_buffer_text(NULL).size == 0);
}

static void test_policy_says_all_problems(const struct world *w) {
    cs_error error = {.size = sizeof error};
    cs_verifier *verifier = NULL;
    CHECK(make_verifier("isuer = \"x\"\nalgorithms = [\"none\"]\n", cs_buffer_text(w->jwks), &verifier, &error) ==
          CS_INVALID);
    CHECK(strstr(error.detail, "isuer") != NULL && strstr(error.detail, "audience") != NULL);
    CHECK(strstr(error.detail, "none") != NULL);
    char many[20000] = "";
    for (int i = 0; i < 400; ++i) snprintf(many + strlen(many), sizeof many - strlen(many), "member_%d = 1\n", i);
    CHECK(make_verifier(many, cs_buffer_text(w->jwks), &verifier, &error) == CS_INVALID);
    CHECK(strlen(error.detail) == sizeof error.detail - 1);
    CHECK(strcmp(error.detail + strlen(error.detail) - 3, "...") == 0);
}

static void test_keys(void) {
    static const char *const names[] = {"EdDSA", "ES256", "ES384", "ES512", "ES256K", "HS256", "RS256", "PS256"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        const cs_generate_ask ask = {.size = sizeof ask, .algorithm = text(names[i])};
        cs_key *key = NULL, *again = NULL;
        cs_buffer *private_text = NULL, *public_text = NULL, *print = NULL, *print_again = NULL;
        const int is_secret = names[i][0] == 'H';
        CHECK(cs_key_generate(&ask, &key, NULL) == CS_OK);
        CHECK(cs_key_write(key, CS_PRIVATE_JWK, &private_text, NULL) == CS_OK);
        CHECK(cs_key_parse(cs_buffer_text(private_text), text("other"), &again, NULL) == CS_OK);
        cs_key_facts facts = {.size = sizeof facts};
        CHECK(cs_key_read(again, &facts) == CS_OK && facts.is_private == 1 && equals(facts.kid, "other"));
        CHECK(equals(facts.algorithm, names[i]) && facts.bits >= 255);
        CHECK((cs_key_write(key, CS_PUBLIC_PEM, &public_text, NULL) == CS_OK) == !is_secret);
        CHECK((cs_key_thumbprint(key, &print, NULL) == CS_OK) == !is_secret);
        if (!is_secret) {
            cs_key *half = NULL;
            CHECK(cs_key_parse(cs_buffer_text(public_text), text(""), &half, NULL) == CS_OK);
            CHECK(cs_key_thumbprint(half, &print_again, NULL) == CS_OK);
            CHECK(memcmp(cs_buffer_text(print).data, cs_buffer_text(print_again).data, 43) == 0);
            CHECK(cs_key_read(half, &facts) == CS_OK && facts.is_private == 0 && facts.kid.size == 0);
            cs_signer *signer = NULL;
            CHECK(cs_signer_make(half, text(names[i]), &signer, NULL) == CS_INVALID && signer == NULL);
            cs_key_free(half);
        }
        cs_buffer_free(print_again);
        cs_buffer_free(print);
        cs_buffer_free(public_text);
        cs_buffer_free(private_text);
        cs_key_free(again);
        cs_key_free(key);
    }
}

static void test_bad_keys(const struct world *w) {
    cs_error error = {.size = sizeof error};
    cs_key *key = NULL;
    cs_buffer *out = NULL;
    static const char secret_text[] = "{\"kty\":\"oct\",\"k\":\"c2VjcmV0c2VjcmV0=\",\"alg\":\"HS256\"}";
    CHECK(cs_key_parse(text("-----BEGIN RUBBISH-----"), text(""), &key, &error) == CS_INVALID && key == NULL);
    CHECK(cs_key_parse(text(secret_text), text(""), &key, &error) == CS_INVALID);
    CHECK(strstr(error.detail, "c2Vjc") == NULL && strstr(error.detail, "secretsecret") == NULL);
    const cs_text huge = {"x", SIZE_MAX};
    CHECK(cs_key_parse(huge, text(""), &key, &error) == CS_BAD_CALL);
    CHECK(cs_key_parse(text("{}"), text(""), NULL, &error) == CS_BAD_CALL);
    const struct {
        const char *alg, *curve;
        uint32_t bits;
        cs_code code;
    } cases[] = {{"none", "", 0, CS_INVALID},        {"", "", 0, CS_INVALID},      {"ES256", "Ed25519", 0, CS_INVALID},
                 {"RS256", "", 1024, CS_INVALID},    {"RS256", "", 2049, CS_INVALID}, {"RS256", "", 1u << 31, CS_INVALID},
                 {"ES256", "", 2048, CS_BAD_CALL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const cs_generate_ask ask = {.size = sizeof ask,
                                     .algorithm = text(cases[i].alg),
                                     .curve = text(cases[i].curve),
                                     .rsa_bits = cases[i].bits};
        CHECK(cs_key_generate(&ask, &key, &error) == cases[i].code && key == NULL);
    }
    CHECK(cs_key_write(w->key, 0, &out, &error) == CS_BAD_CALL && out == NULL);
    CHECK(cs_key_write(w->key, CS_PRIVATE_PKCS1, &out, &error) == CS_INVALID && out == NULL);
    CHECK(cs_key_write(NULL, CS_PUBLIC_JWK, &out, &error) == CS_BAD_CALL && out == NULL);
    CHECK(cs_key_thumbprint(NULL, &out, &error) == CS_BAD_CALL && out == NULL);
}

static void test_signing(const struct world *w) {
    cs_error error = {.size = sizeof error};
    cs_buffer *token = NULL;
    const struct {
        const char *claims, *typ;
        int32_t how;
        cs_code code;
    } cases[] = {
        {claims, "at+jwt", CS_SIGN_CAREFULLY, CS_OK},
        {"{\"sub\":\"a\"}", "at+jwt", CS_SIGN_CAREFULLY, CS_REFUSED},
        {"{\"sub\":\"a\"}", "absent", CS_SIGN_ANYWAY, CS_OK},
        {"{\"sub\":\"a\",\"sub\":\"b\"}", "at+jwt", CS_SIGN_ANYWAY, CS_REFUSED},
        {"[]", "at+jwt", CS_SIGN_ANYWAY, CS_REFUSED},
        {claims, "", CS_SIGN_CAREFULLY, CS_BAD_CALL},
        {claims, "at+jwt", 2, CS_BAD_CALL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const cs_sign_ask ask = {.size = sizeof ask,
                                 .claims = text(cases[i].claims),
                                 .typ = text(cases[i].typ),
                                 .now = at_test,
                                 .how = cases[i].how};
        CHECK(cs_sign(w->signer, &ask, &token, &error) == cases[i].code);
        CHECK((token != NULL) == (cases[i].code == CS_OK));
        cs_buffer_free(token);
    }
    cs_buffer *seen = NULL;
    CHECK(cs_inspect(cs_buffer_text(w->token), at_test, &seen, &error) == CS_OK);
    CHECK(cs_buffer_text(seen).data[0] == '{');
    cs_buffer_free(seen);
}

enum { thread_count = 8, rounds = 400 };
struct share {
    const struct world *world;
    int wrong;
};
static void *verify_often(void *given) {
    struct share *share = given;
    cs_result *result = NULL;
    if (cs_result_make(&result) != CS_OK) ++share->wrong;
    const cs_text token = cs_buffer_text(share->world->token);
    for (int i = 0; i < rounds; ++i) {
        const int late = i % 4 == 3;
        const cs_code wanted = late ? CS_REFUSED : CS_OK;
        if (verify_at(share->world->verifier, token, at_test + (late ? 1000 : 0), result) != wanted) ++share->wrong;
        const cs_verdict verdict = read_verdict(result);
        if (verdict.accepted != !late || equals(verdict.issuer, "https://id.example") != !late) ++share->wrong;
    }
    cs_result_free(result);
    return NULL;
}
static void test_threads(const struct world *w) {
    pthread_t threads[thread_count];
    struct share shares[thread_count];
    for (int i = 0; i < thread_count; ++i) {
        shares[i] = (struct share){w, 0};
        CHECK(pthread_create(&threads[i], NULL, verify_often, &shares[i]) == 0);
    }
    for (int i = 0; i < thread_count; ++i) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(shares[i].wrong == 0);
    }
}

int main(void) {
    struct world w = make_world();
    CHECK(cs_library_abi() == CS_ABI && cs_library_version().size >= 5);
    test_accepts(&w);
    test_claims(&w);
    test_refuses(&w);
    test_bad_verify_calls(&w);
    test_bad_reads(&w);
    test_bad_makers(&w);
    test_frees_take_null();
    test_policy_says_all_problems(&w);
    test_keys();
    test_bad_keys(&w);
    test_signing(&w);
    test_threads(&w);
    free_world(&w);
    printf("%d checks, %d failed\n", checks, failures);
    return failures == 0 ? 0 : 1;
}
