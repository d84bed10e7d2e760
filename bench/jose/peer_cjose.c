/* peer_cjose ALG JWK TOKEN ISS AUD: verifies for half a second, prints nanoseconds of CPU each. The key is parsed once.
 */
#include <cjose/cjose.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}
static char* file(const char* name, size_t* size) {
    FILE* in = fopen(name, "rb");
    char* out = calloc(1, 65536);
    if (in == NULL || out == NULL) exit(2);
    *size = fread(out, 1, 65535, in);
    fclose(in);
    return out;
}
static int says(json_t* claims, const char* name, const char* text) {
    const char* found = json_string_value(json_object_get(claims, name));
    return found != NULL && strcmp(found, text) == 0;
}
static int good(const cjose_jwk_t* key, const char* token, size_t size, char** words) {
    cjose_err error;
    int fine = 0;
    cjose_jws_t* jws = cjose_jws_import(token, size, &error);
    if (jws == NULL) return 0;
    const char* alg = cjose_header_get(cjose_jws_get_protected(jws), CJOSE_HDR_ALG, &error);
    uint8_t* text = NULL;
    size_t length = 0;
    if (alg != NULL && strcmp(alg, words[1]) == 0 && cjose_jws_verify(jws, key, &error) &&
        cjose_jws_get_plaintext(jws, &text, &length, &error)) {
        json_t* claims = json_loadb((const char*)text, length, JSON_REJECT_DUPLICATES, NULL);
        const json_int_t now = (json_int_t)time(NULL);
        fine = says(claims, "iss", words[4]) && says(claims, "aud", words[5]) &&
               json_integer_value(json_object_get(claims, "exp")) > now &&
               json_integer_value(json_object_get(claims, "nbf")) <= now;
        json_decref(claims);
    }
    cjose_jws_release(jws);
    return fine;
}
int main(int count, char** words) {
    if (count != 6) return 2;
    size_t key_size = 0, token_size = 0;
    char* text = file(words[2], &key_size);
    char* token = file(words[3], &token_size);
    cjose_err error;
    cjose_jwk_t* key = cjose_jwk_import(text, key_size, &error);
    if (key == NULL || !good(key, token, token_size, words)) return 1;
    char* bad = strdup(token);
    bad[token_size - 10] = bad[token_size - 10] == 'A' ? 'B' : 'A';
    if (good(key, bad, token_size, words)) return 1;
    const double began = cpu_ns();
    unsigned long done = 0;
    while (cpu_ns() - began < 5e8) {
        for (int i = 0; i < 16; ++i, ++done) {
            if (!good(key, token, token_size, words)) return 1;
        }
    }
    printf("%.1f\n", (cpu_ns() - began) / (double)done);
    return 0;
}
