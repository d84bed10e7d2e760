/* peer_libjwt ALG KEY TOKEN ISS AUD: verifies for half a second, prints nanoseconds of CPU each. KEY and TOKEN are
 * files; the key is PEM, or the bytes of a secret. It is parsed with every token: the library has no other way. */
#include <jwt.h>
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
static int says(jwt_t* jwt, const char* name, const char* text) {
    const char* found = jwt_get_grant(jwt, name);
    return found != NULL && strcmp(found, text) == 0;
}
static int good(jwt_alg_t alg, const char* key, size_t size, const char* token, char** words) {
    jwt_t* jwt = NULL;
    int fine = 0;
    if (jwt_decode(&jwt, token, (const unsigned char*)key, (int)size) == 0) {
        const long now = (long)time(NULL);
        fine = jwt_get_alg(jwt) == alg && says(jwt, "iss", words[4]) && says(jwt, "aud", words[5]) &&
               jwt_get_grant_int(jwt, "exp") > now && jwt_get_grant_int(jwt, "nbf") <= now;
    }
    jwt_free(jwt);
    return fine;
}
int main(int count, char** words) {
    if (count != 6) return 2;
    size_t key_size = 0, token_size = 0;
    char* key = file(words[2], &key_size);
    char* token = file(words[3], &token_size);
    const jwt_alg_t alg = jwt_str_alg(words[1]);
    if (!good(alg, key, key_size, token, words)) return 1;
    char* bad = strdup(token);
    bad[token_size - 10] = bad[token_size - 10] == 'A' ? 'B' : 'A';
    if (good(alg, key, key_size, bad, words)) return 1;
    const double began = cpu_ns();
    unsigned long done = 0;
    while (cpu_ns() - began < 5e8) {
        for (int i = 0; i < 16; ++i, ++done) {
            if (!good(alg, key, key_size, token, words)) return 1;
        }
    }
    printf("%.1f\n", (cpu_ns() - began) / (double)done);
    return 0;
}
