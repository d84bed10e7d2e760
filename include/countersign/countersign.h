/* Countersign's verifier for every language: tokens, keys, signatures and DPoP proofs behind a C boundary.
 *
 * Rules that hold for every function:
 *  - It returns CS_OK (0) or a reason. No exception and no signal of ours crosses this border, in either direction.
 *  - Texts are pointer and length, need no terminator, and are read during the call only. {NULL, 0} is the empty text.
 *  - A structure (but cs_text and cs_fetch_header) begins with its own size: set it to sizeof. Further members may be appended in later versions; what
 *    you leave zero has the default. A size that is too small, or unknown members that are not zero: CS_BAD_CALL.
 *  - A handle that is given out is set to NULL first and stays NULL unless CS_OK is returned. Every handle has one free
 *    function, which takes NULL too.
 *  - cs_verifier, cs_dpop, cs_key, cs_signer and cs_buffer may be used by several threads at once, and freed when no
 *    call uses them any more. A cs_result belongs to one thread at a time.
 *  - Times are whole seconds since 1970-01-01T00:00:00Z. Where one says what time it is, 0 asks the system's clock.
 *  - What errors say is for logs. It holds no token, no key and no file name. A client is shown `public_*` alone.
 *
 * Guide and examples: docs/guide/c-library.md. Rules of the ABI: docs/adr/0017-c-boundary.md. */
#ifndef COUNTERSIGN_COUNTERSIGN_H
#define COUNTERSIGN_COUNTERSIGN_H

#include <stddef.h>
#include <stdint.h>

#define CS_ABI 1 /* the number in the SONAME; changes when something that exists changes */

#if defined(__GNUC__)
#define CS_API __attribute__((visibility("default")))
#define CS_MUST __attribute__((warn_unused_result))
#else
#define CS_API
#define CS_MUST
#endif
#ifdef __cplusplus
#define CS_NOEXCEPT noexcept
extern "C" {
#else
#define CS_NOEXCEPT
#endif

/* What a function answers. New reasons may be added: treat whatever is not CS_OK as a refusal. */
typedef int32_t cs_code;
enum {
    CS_OK = 0,
    CS_REFUSED = 1,     /* the token or proof is not believed, or claims are not signed */
    CS_BAD_CALL = 2,    /* NULL, a wrong size, a handle of another kind, a text that is too long */
    CS_INVALID = 3,     /* a policy, key or key set that cannot be used */
    CS_UNAVAILABLE = 4, /* keys cannot be fetched, or the store of used proofs is full */
    CS_ABSENT = 5,      /* there is no such claim */
    CS_NO_MEMORY = 6,
    CS_INTERNAL = 7
};

typedef struct cs_text {
    const char *data;
    size_t size;
} cs_text;

typedef struct cs_verifier cs_verifier;
typedef struct cs_result cs_result;
typedef struct cs_dpop cs_dpop;
typedef struct cs_key cs_key;
typedef struct cs_signer cs_signer;
typedef struct cs_buffer cs_buffer;
typedef struct cs_fetch_answer cs_fetch_answer;

/* Why a function did not do what it was asked for. Every `cs_error *` may be NULL. */
typedef struct cs_error {
    size_t size;
    cs_code code;
    int32_t reserved;
    char cause[64];    /* exact label, "policy.invalid"; terminated */
    char detail[1024]; /* for people, several lines if several things are wrong; terminated, cut if longer */
} cs_error;

/* The version of the library, "0.1.0", and its ABI. */
CS_API cs_text cs_library_version(void) CS_NOEXCEPT;
CS_API int32_t cs_library_abi(void) CS_NOEXCEPT;

/* A text that the library made. cs_buffer_free overwrites it first. */
CS_API cs_text cs_buffer_text(const cs_buffer *buffer) CS_NOEXCEPT;
CS_API void cs_buffer_free(cs_buffer *buffer) CS_NOEXCEPT;

/* ---- Fetching keys: the library opens no connection itself ---- */

typedef struct cs_fetch_header {
    cs_text name;
    cs_text value;
} cs_fetch_header;

enum { CS_URL_OF_OPERATOR = 1, CS_URL_OF_DATA = 2 };

typedef struct cs_fetch_request {
    size_t size;
    cs_text url;        /* https; http only on loopback or with a reason */
    cs_text plain_http; /* why http is allowed elsewhere; empty: it is not */
    const cs_fetch_header *headers;
    size_t header_count;
    size_t max_bytes;   /* of the body */
    int64_t timeout_ms; /* of the whole exchange */
    int32_t source;     /* CS_URL_OF_DATA must not reach private addresses */
    int32_t reserved;
} cs_fetch_request;

enum {
    CS_FETCH_FAILED = 1,
    CS_FETCH_TIMEOUT = 2,
    CS_FETCH_TOO_LARGE = 3,
    CS_FETCH_REDIRECT = 4,
    CS_FETCH_URL_REFUSED = 5,
    CS_FETCH_ADDRESS_REFUSED = 6,
    CS_FETCH_TLS_UNTRUSTED = 7
};

/* Answers a GET through `answer`, which is valid during the call only: 0, or one of CS_FETCH_*. Redirects are not to be
 * followed, certificates are to be checked, and the time limit is to be kept: other threads may wait for it. Called
 * from the thread that verifies, by several at once if issuers differ. */
typedef int32_t (*cs_fetch_function)(void *context, const cs_fetch_request *request, cs_fetch_answer *answer);

typedef struct cs_fetch {
    size_t size;
    cs_fetch_function fetch;
    void *context; /* must stay valid as long as the verifier */
} cs_fetch;

CS_API cs_code cs_fetch_answer_status(cs_fetch_answer *answer, int32_t http_status) CS_NOEXCEPT;
CS_API cs_code cs_fetch_answer_header(cs_fetch_answer *answer, cs_text name, cs_text value) CS_NOEXCEPT;
/* Appends. CS_REFUSED when the body becomes longer than the request allows: stop reading. */
CS_API CS_MUST cs_code cs_fetch_answer_body(cs_fetch_answer *answer, cs_text part) CS_NOEXCEPT;

/* ---- Verifying ---- */

enum { CS_LOG_INFO = 1, CS_LOG_WARN = 2, CS_LOG_ERROR = 3 };

/* What happens to key sets: `name` as "jwks.alarm", `fields` a JSON object. Must not call back into the verifier. */
typedef void (*cs_log_function)(void *context, int32_t level, cs_text name, cs_text fields);

typedef struct cs_verifier_ask {
    size_t size;
    cs_text policy;           /* TOML or JSON, as docs/guide/tokens.md says; at most 1 MiB */
    cs_text jwks;             /* JWK set or JWK, for issuers of the policy that have none of their own; at most 1 MiB */
    const cs_fetch *fetch;    /* for issuers whose jwks is an address or "discovery"; NULL: there are none */
    cs_log_function log;      /* may be NULL */
    void *log_context;        /* must stay valid as long as the verifier */
} cs_verifier_ask;

/* Nothing is fetched yet. CS_INVALID: policy.invalid with all that is wrong with it, config.invalid, key.*, secret.*. */
CS_API CS_MUST cs_code cs_verifier_make(const cs_verifier_ask *ask, cs_verifier **out, cs_error *error) CS_NOEXCEPT;
CS_API void cs_verifier_free(cs_verifier *verifier) CS_NOEXCEPT;
/* Fetches the keys of issuers that are due, for who wants them before the first token. CS_UNAVAILABLE, CS_INVALID: the
 * first issuer without keys, and why (jwks.*, fetch.*, key.*). */
CS_API CS_MUST cs_code cs_verifier_prepare(const cs_verifier *verifier, int64_t now, cs_error *error) CS_NOEXCEPT;

/* A request that came with a DPoP proof (RFC 9449), as this server sees it. */
typedef struct cs_proof {
    size_t size;
    cs_text proof;         /* value of the one DPoP field */
    cs_text method;        /* "GET" */
    cs_text url;           /* absolute; query and fragment do not count */
    const cs_text *nonces; /* all that this server still takes */
    size_t nonce_count;    /* at most 64 */
} cs_proof;

typedef struct cs_verify_ask {
    size_t size;
    cs_text token;        /* compact form, without "Bearer " */
    int64_t now;          /* 0: the policy's `now` if it has one, else the system's clock */
    const cs_dpop *dpop;  /* with `proof`, or both NULL: then tokens that are bound to a key are refused */
    const cs_proof *proof;
} cs_verify_ask;

/* Room for one answer, to be used again and again: then verifying takes no memory of its own. */
CS_API CS_MUST cs_code cs_result_make(cs_result **out) CS_NOEXCEPT;
CS_API void cs_result_free(cs_result *result) CS_NOEXCEPT;

/* CS_OK: the token is believed. CS_REFUSED: it is not, and `result` says why. Whatever else: `result` is refused as
 * well. What was in it before is gone, and so are texts that it gave out. */
CS_API CS_MUST cs_code cs_verify(const cs_verifier *verifier, const cs_verify_ask *ask, cs_result *result) CS_NOEXCEPT;

#define CS_NO_TIME INT64_MIN

/* Texts are valid until `result` is used for another token or freed. */
typedef struct cs_verdict {
    size_t size;
    int32_t accepted;       /* 1, or 0: then nothing but the next seven members says anything */
    int32_t http_status;    /* 401, as a rule; 0 if accepted */
    cs_text public_code;    /* "UNAUTHORIZED": the same for every cause, but for those of DPoP proofs */
    cs_text public_message; /* "Unauthorized" */
    cs_text oauth_error;    /* "invalid_token" (RFC 6750 §3.1) */
    cs_text cause;          /* exact label for logs, "token.expired" */
    cs_text detail;         /* for people, for logs */
    cs_text fingerprint;    /* first 8 hex digits of the token's SHA-256, for logs; empty if it was not read */
    cs_text subject;        /* by the policy's choice of claim; empty if it requires none */
    cs_text issuer;
    cs_text token_id;  /* jti; empty if there is none */
    cs_text key_id;    /* kid of the header; empty if there is none */
    cs_text algorithm; /* "ES256" */
    cs_text bound_to;  /* thumbprint of the key that was proved with this token (cnf.jkt); empty if it is not bound */
    cs_text claims;    /* all of them, JSON as the issuer wrote it */
    int64_t expires;   /* CS_NO_TIME if there is none */
    int64_t issued_at;
} cs_verdict;
CS_API CS_MUST cs_code cs_result_read(cs_result *result, cs_verdict *out) CS_NOEXCEPT;

enum { CS_NULL = 1, CS_BOOLEAN = 2, CS_NUMBER = 3, CS_STRING = 4, CS_ARRAY = 5, CS_OBJECT = 6 };

typedef struct cs_claim {
    size_t size;
    int32_t kind;        /* one of the above */
    int32_t is_integer;  /* 1 for a number that `integer` holds exactly */
    cs_text json;        /* the value as it is written; of a string with its quotes */
    cs_text text;        /* of a string what it stands for (UTF-8) */
    int64_t integer;     /* of a boolean 0 or 1 */
} cs_claim;
/* One member of the claims' object by its name, of an accepted token only. CS_ABSENT, CS_REFUSED. */
CS_API CS_MUST cs_code cs_result_claim(cs_result *result, cs_text name, cs_claim *out) CS_NOEXCEPT;

/* What a token says and what a careful verifier would refuse, as JSON, without a key. Nothing of it is believed. */
CS_API CS_MUST cs_code cs_inspect(cs_text token, int64_t now, cs_buffer **json, cs_error *error) CS_NOEXCEPT;

/* ---- DPoP (RFC 9449) ---- */

enum { CS_NONCE_NOT_ASKED = 0, CS_NONCE_REQUIRED = 1 };

typedef struct cs_dpop_ask {
    size_t size;
    const cs_text *algorithms; /* of public keys: "ES256", "EdDSA" */
    size_t algorithm_count;
    size_t room;        /* how many used proofs are remembered at one moment, 16 to 2^26; about 70 bytes each */
    uint32_t max_age;   /* seconds; 0: 60. At most 300 */
    uint32_t max_ahead; /* seconds that a proof may come from the future; 0: 5. At most 60 */
    int32_t nonce;      /* CS_NONCE_* */
    int32_t reserved;
} cs_dpop_ask;
/* Remembers used proofs: one for all threads and verifiers of a service. CS_INVALID: policy.invalid. */
CS_API CS_MUST cs_code cs_dpop_make(const cs_dpop_ask *ask, cs_dpop **out, cs_error *error) CS_NOEXCEPT;
/* No cs_verify may still use it. */
CS_API void cs_dpop_free(cs_dpop *dpop) CS_NOEXCEPT;
/* A proof without an access token, as at a token endpoint: used up, and its key's RFC 7638 thumbprint. CS_REFUSED:
 * dpop.*; CS_UNAVAILABLE: dpop.store_full. */
CS_API CS_MUST cs_code cs_dpop_spend(const cs_dpop *dpop, const cs_proof *proof, int64_t now, cs_buffer **thumbprint,
                                     cs_error *error) CS_NOEXCEPT;

/* ---- Keys and signing ---- */

/* A JWK (not a set), or PEM or DER of a private key, public key or certificate, not encrypted; at most 1 MiB. `kid`
 * replaces the key's own, unless it is empty. CS_INVALID: key.*, secret.*. */
CS_API CS_MUST cs_code cs_key_parse(cs_text text, cs_text kid, cs_key **out, cs_error *error) CS_NOEXCEPT;

typedef struct cs_generate_ask {
    size_t size;
    cs_text algorithm; /* "EdDSA", "ES256", "RS256", "HS256", ... */
    cs_text curve;     /* for EdDSA: "Ed25519", which is meant if it is empty, or "Ed448" */
    uint32_t rsa_bits; /* 2048 to 8192; 0: 2048 */
    uint32_t reserved;
} cs_generate_ask;
/* A new private key, whose kid is its thumbprint, or a secret. */
CS_API CS_MUST cs_code cs_key_generate(const cs_generate_ask *ask, cs_key **out, cs_error *error) CS_NOEXCEPT;
CS_API void cs_key_free(cs_key *key) CS_NOEXCEPT;

/* Texts are valid as long as the key is. */
typedef struct cs_key_facts {
    size_t size;
    int32_t is_private; /* 1 for a private key or a secret */
    int32_t bits;       /* of modulus, field or secret */
    cs_text type;       /* "RSA", "EC", "OKP", "oct" */
    cs_text curve;      /* "P-256"; empty for RSA and oct */
    cs_text algorithm;  /* of the key itself; empty: left open */
    cs_text kid;        /* empty: none */
} cs_key_facts;
CS_API CS_MUST cs_code cs_key_read(const cs_key *key, cs_key_facts *out) CS_NOEXCEPT;

/* SHA-256 over the required members, base64url (RFC 7638). CS_INVALID: key.unsupported for a secret, of which nothing
 * may be told. */
CS_API CS_MUST cs_code cs_key_thumbprint(const cs_key *key, cs_buffer **out, cs_error *error) CS_NOEXCEPT;

enum {
    CS_PUBLIC_JWK = 1,
    CS_PUBLIC_SET = 2, /* {"keys":[...]} to be published; a key without kid gets its thumbprint */
    CS_PUBLIC_PEM = 3, /* SubjectPublicKeyInfo */
    CS_PUBLIC_DER = 4,
    CS_PRIVATE_JWK = 5, /* also of a secret */
    CS_PRIVATE_PEM = 6, /* PKCS#8 */
    CS_PRIVATE_DER = 7,
    CS_PRIVATE_PKCS1 = 8, /* PEM; RSA */
    CS_PRIVATE_SEC1 = 9   /* PEM; EC */
};
/* CS_INVALID: key.unsupported for a form that this key does not have. */
CS_API CS_MUST cs_code cs_key_write(const cs_key *key, int32_t form, cs_buffer **out, cs_error *error) CS_NOEXCEPT;

/* `algorithm` may be empty if the key names its own or fits one only. CS_INVALID: key.*, secret.too_short. */
CS_API CS_MUST cs_code cs_signer_make(const cs_key *key, cs_text algorithm, cs_signer **out,
                                      cs_error *error) CS_NOEXCEPT;
CS_API void cs_signer_free(cs_signer *signer) CS_NOEXCEPT;

enum { CS_SIGN_CAREFULLY = 0, CS_SIGN_ANYWAY = 1 };

typedef struct cs_sign_ask {
    size_t size;
    cs_text claims; /* a JSON object, at most 1 MiB */
    cs_text typ;    /* "at+jwt"; "absent" leaves it out. There is no default */
    int64_t now;    /* what the claims are looked at with; 0: the system's clock */
    int32_t how;    /* CS_SIGN_ANYWAY signs what a careful verifier would refuse */
    int32_t reserved;
} cs_sign_ask;
/* A token in compact form. CS_REFUSED: a careful verifier would refuse these claims, and the first reason (token.*). */
CS_API CS_MUST cs_code cs_sign(const cs_signer *signer, const cs_sign_ask *ask, cs_buffer **token,
                               cs_error *error) CS_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
