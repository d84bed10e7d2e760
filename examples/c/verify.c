/* Makes a key and a token, verifies it, and refuses it when it was changed:
 *   cc -o verify verify.c $(pkg-config --cflags --libs countersign) && ./verify */
#include <countersign/countersign.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static cs_text text(const char *from) {
    const cs_text out = {from, strlen(from)};
    return out;
}
static int print(const char *what, cs_text value) { return printf("%s %.*s\n", what, (int)value.size, value.data); }

int main(void) {
    const char *const policy = "issuer = \"https://id.example\"\n"
                               "audience = \"https://api.example\"\n"
                               "typ = \"at+jwt\"\n"
                               "algorithms = [\"ES256\"]\n";
    cs_error error = {.size = sizeof error};
    cs_key *key = NULL;
    cs_signer *signer = NULL;
    cs_buffer *jwks = NULL, *token = NULL;
    cs_verifier *verifier = NULL;
    cs_result *result = NULL;
    char claims[256];
    int status = 1;

    const cs_generate_ask generate = {.size = sizeof generate, .algorithm = text("ES256")};
    if (cs_key_generate(&generate, &key, &error) != CS_OK) goto out;
    if (cs_key_write(key, CS_PUBLIC_SET, &jwks, &error) != CS_OK) goto out;
    if (cs_signer_make(key, text(""), &signer, &error) != CS_OK) goto out;
    const long long now = (long long)time(NULL);
    snprintf(claims, sizeof claims,
             "{\"iss\":\"https://id.example\",\"aud\":\"https://api.example\",\"sub\":\"ada\",\"iat\":%lld,\"exp\":%lld}", now,
             now + 300);
    const cs_sign_ask sign = {.size = sizeof sign, .claims = text(claims), .typ = text("at+jwt")};
    if (cs_sign(signer, &sign, &token, &error) != CS_OK) goto out;

    /* What a service does: one verifier for all threads, one result a thread. */
    const cs_verifier_ask ask = {.size = sizeof ask, .policy = text(policy), .jwks = cs_buffer_text(jwks)};
    if (cs_verifier_make(&ask, &verifier, &error) != CS_OK) goto out;
    if (cs_result_make(&result) != CS_OK) goto out;
    cs_verify_ask verify = {.size = sizeof verify, .token = cs_buffer_text(token)};
    cs_verdict verdict = {.size = sizeof verdict};
    if (cs_verify(verifier, &verify, result) != CS_OK) goto out;
    if (cs_result_read(result, &verdict) != CS_OK) goto out;
    print("accepted:", verdict.subject);

    verify.token.size -= 1; /* a byte is missing */
    if (cs_verify(verifier, &verify, result) == CS_OK) goto out;
    if (cs_result_read(result, &verdict) != CS_OK) goto out;
    print("refused:", verdict.public_message);
    print("for the log:", verdict.cause);
    status = 0;
out:
    if (status != 0) fprintf(stderr, "%s: %s\n", error.cause, error.detail);
    cs_result_free(result);
    cs_verifier_free(verifier);
    cs_buffer_free(token);
    cs_buffer_free(jwks);
    cs_signer_free(signer);
    cs_key_free(key);
    return status;
}
