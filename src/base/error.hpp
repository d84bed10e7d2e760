// One table of causes (exact, internal) and one of faces (what a client may see); an AuthError joins the two and keeps
// them apart. Labels are the vocabulary of `countersign explain` and of `doctor`; a code is its label with `_`.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/time.hpp"

namespace countersign {

/// Every answer that a client can get instead of what it asked for.
enum class Public : std::uint8_t {
    unauthorized,
    forbidden,
    not_found,
    path_disabled,
    bad_request,
    invalid_json,
    validation_error,
    unsupported_media_type,
    bad_credentials,
    invalid_email,
    invalid_password,
    password_too_short,
    password_too_long,
    password_disabled,
    sign_up_disabled,
    user_exists,
    missing_field,
    field_not_allowed,
    no_fields_to_update,
    email_not_updatable,
    email_not_verified,
    invalid_origin,
    missing_or_null_origin,
    cross_site_navigation,
    invalid_callback_url,
    invalid_redirect_url,
    invalid_error_callback_url,
    invalid_new_user_callback_url,
    session_not_fresh,
    credential_account_not_found,
    account_not_found,
    last_account,
    defer_session_required,
    audience_required,
    invalid_dpop_proof,
    use_dpop_nonce,
    rate_limited,
    request_timeout,
    misdirected,
    payload_too_large,
    headers_too_large,
    internal,
    unavailable,
    count_
};

/// How much of a body a face has: Better Auth answers some errors with no body at all.
enum class FaceBody : std::uint8_t { message_and_code, message_only, text, empty_json, empty };

struct Face {
    Public id;
    int http;                    // status code
    std::string_view app;        // JSON "code" of the application endpoints
    std::string_view oauth;      // "error" of the OAuth endpoints (RFC 6749 §5.2)
    std::string_view message;    // generic; says nothing about the cause
    FaceBody body = FaceBody::message_and_code;
};

inline constexpr std::array faces{
    Face{Public::unauthorized, 401, "UNAUTHORIZED", "invalid_token", "Unauthorized"},
    Face{Public::forbidden, 403, "FORBIDDEN", "access_denied", "Forbidden"},
    Face{Public::not_found, 404, "NOT_FOUND", "invalid_request", "", FaceBody::empty},
    Face{Public::path_disabled, 404, "NOT_FOUND", "invalid_request", "Not Found", FaceBody::text},
    Face{Public::bad_request, 400, "BAD_REQUEST", "invalid_request", "Bad Request"},
    Face{Public::invalid_json, 400, "BAD_REQUEST", "invalid_request", "Invalid JSON in request body"},
    Face{Public::validation_error, 400, "VALIDATION_ERROR", "invalid_request", "Validation Error"},
    Face{Public::unsupported_media_type, 415, "UNSUPPORTED_MEDIA_TYPE", "invalid_request", "Unsupported Media Type"},
    Face{Public::bad_credentials, 401, "INVALID_EMAIL_OR_PASSWORD", "invalid_grant", "Invalid email or password"},
    Face{Public::invalid_email, 400, "INVALID_EMAIL", "invalid_request", "Invalid email"},
    Face{Public::invalid_password, 400, "INVALID_PASSWORD", "invalid_request", "Invalid password"},
    Face{Public::password_too_short, 400, "PASSWORD_TOO_SHORT", "invalid_request", "Password too short"},
    Face{Public::password_too_long, 400, "PASSWORD_TOO_LONG", "invalid_request", "Password too long"},
    Face{Public::password_disabled, 400, "EMAIL_PASSWORD_DISABLED", "invalid_request",
         "Email and password is not enabled"},
    Face{Public::sign_up_disabled, 400, "EMAIL_PASSWORD_SIGN_UP_DISABLED", "invalid_request",
         "Email and password sign up is not enabled"},
    Face{Public::user_exists, 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "invalid_request",
         "User already exists. Use another email."},
    Face{Public::missing_field, 400, "MISSING_FIELD", "invalid_request", "Field is required"},
    Face{Public::field_not_allowed, 400, "FIELD_NOT_ALLOWED", "invalid_request", "Field not allowed to be set"},
    Face{Public::no_fields_to_update, 400, "BAD_REQUEST", "invalid_request", "No fields to update",
         FaceBody::message_only},
    Face{Public::email_not_updatable, 400, "EMAIL_CAN_NOT_BE_UPDATED", "invalid_request", "Email can not be updated"},
    Face{Public::email_not_verified, 403, "EMAIL_NOT_VERIFIED", "access_denied", "Email not verified"},
    Face{Public::invalid_origin, 403, "INVALID_ORIGIN", "access_denied", "Invalid origin"},
    Face{Public::missing_or_null_origin, 403, "MISSING_OR_NULL_ORIGIN", "access_denied", "Missing or null Origin"},
    Face{Public::cross_site_navigation, 403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", "access_denied",
         "Cross-site navigation login blocked. This request appears to be a CSRF attack."},
    Face{Public::invalid_callback_url, 403, "INVALID_CALLBACK_URL", "invalid_request", "Invalid callbackURL"},
    Face{Public::invalid_redirect_url, 403, "INVALID_REDIRECT_URL", "invalid_request", "Invalid redirectURL"},
    Face{Public::invalid_error_callback_url, 403, "INVALID_ERROR_CALLBACK_URL", "invalid_request",
         "Invalid errorCallbackURL"},
    Face{Public::invalid_new_user_callback_url, 403, "INVALID_NEW_USER_CALLBACK_URL", "invalid_request",
         "Invalid newUserCallbackURL"},
    Face{Public::session_not_fresh, 403, "SESSION_NOT_FRESH", "access_denied", "Session is not fresh"},
    Face{Public::credential_account_not_found, 400, "CREDENTIAL_ACCOUNT_NOT_FOUND", "invalid_request",
         "Credential account not found"},
    Face{Public::account_not_found, 400, "ACCOUNT_NOT_FOUND", "invalid_request", "Account not found"},
    Face{Public::last_account, 400, "FAILED_TO_UNLINK_LAST_ACCOUNT", "invalid_request",
         "You can't unlink your last account"},
    Face{Public::defer_session_required, 405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED", "invalid_request",
         "POST method requires deferSessionRefresh to be enabled in session config"},
    Face{Public::audience_required, 400, "INVALID_AUDIENCE", "invalid_target", "Unknown audience"},
    Face{Public::invalid_dpop_proof, 401, "INVALID_DPOP_PROOF", "invalid_dpop_proof", "Invalid DPoP proof"},
    Face{Public::use_dpop_nonce, 401, "USE_DPOP_NONCE", "use_dpop_nonce", "The DPoP proof needs a nonce"},
    Face{Public::rate_limited, 429, "TOO_MANY_REQUESTS", "slow_down", "Too many requests. Please try again later.",
         FaceBody::message_only},
    Face{Public::request_timeout, 408, "REQUEST_TIMEOUT", "invalid_request", "Request Timeout"},
    Face{Public::misdirected, 421, "MISDIRECTED_REQUEST", "invalid_request", "Misdirected Request"},
    Face{Public::payload_too_large, 413, "PAYLOAD_TOO_LARGE", "invalid_request", "Payload Too Large"},
    Face{Public::headers_too_large, 431, "REQUEST_HEADER_FIELDS_TOO_LARGE", "invalid_request",
         "Request Header Fields Too Large"},
    Face{Public::internal, 500, "INTERNAL_SERVER_ERROR", "server_error", "", FaceBody::empty},
    Face{Public::unavailable, 503, "SERVICE_UNAVAILABLE", "temporarily_unavailable", "Service Unavailable"},
};

/// Every reason for a refusal. Order is that of `causes`.
enum class Code : std::uint8_t {
    request_malformed,
    request_smuggling,
    request_host,
    request_target,
    request_headers_too_large,
    request_body_too_large,
    request_timeout,
    request_media_type,
    request_json,
    request_json_duplicate,
    request_validation,
    request_not_found,
    request_disabled,
    login_unknown,
    login_password,
    login_no_credential,
    login_unverified,
    login_disabled,
    signup_exists,
    signup_disabled,
    field_missing,
    field_not_allowed,
    field_type,
    field_none,
    field_email,
    password_too_short,
    password_too_long,
    password_hash_unreadable,
    email_malformed,
    session_missing,
    session_unknown,
    session_expired,
    session_signature,
    session_not_fresh,
    session_defer_disabled,
    account_unknown,
    account_last,
    cookie_shadowed_duplicate,
    trusted_origin_missing,
    trusted_origin_null_or_missing_origin,
    csrf_cross_site_navigation,
    cors_origin_not_listed,
    redirect_untrusted,
    token_missing,
    token_malformed,
    token_secret_mismatch,
    token_expired,
    token_aud_mismatch,
    token_too_large,
    token_opaque_access_token,
    token_header_malformed,
    token_alg_unknown,
    token_alg_none,
    token_alg_mismatch,
    token_kid_unknown,
    token_key_ambiguous,
    token_crit_unknown,
    token_payload_unencoded,
    token_typ_mismatch,
    token_nested,
    token_signature_malformed,
    token_claims_malformed,
    token_claim_missing,
    token_claim_type,
    token_exp_in_milliseconds,
    token_iat_in_milliseconds,
    token_lifetime_too_long,
    token_not_yet_valid,
    token_clock_skew,
    token_aud_missing,
    token_iss_mismatch,
    token_iss_trailing_slash,
    token_sub_not_string,
    token_revoked,
    token_revocations_full,
    token_cnf_unproved,
    token_cnf_missing,
    token_cnf_unknown,
    token_cnf_mismatch,
    dpop_missing,
    dpop_malformed,
    dpop_typ_mismatch,
    dpop_alg_refused,
    dpop_key_refused,
    dpop_signature_mismatch,
    dpop_claim_missing,
    dpop_claim_type,
    dpop_htm_mismatch,
    dpop_htu_mismatch,
    dpop_ath_mismatch,
    dpop_expired,
    dpop_clock_skew,
    dpop_use_nonce,
    dpop_replayed,
    dpop_store_full,
    token_unissuable,
    jwe_malformed,
    jwe_header_malformed,
    jwe_alg_refused,
    jwe_enc_refused,
    jwe_zip_refused,
    jwe_password_rounds,
    jwe_key_refused,
    jwe_decrypt_failed,
    key_malformed,
    key_unsupported,
    key_weak,
    key_alg_ambiguous,
    key_kid_duplicate,
    key_private_in_public_set,
    key_secret_looks_public,
    key_set_unusable,
    jwks_key_use_mismatch,
    jwks_unreachable,
    jwks_tls_untrusted,
    jwks_uri_wrong,
    jwks_answer_refused,
    jwks_issuer_mismatch,
    jwks_too_old,
    secret_too_short,
    secret_default_value,
    policy_invalid,
    call_wrong,
    isolation_user_id_mismatch,
    rate_limited,
    overload_lane_full,
    overload_hash_full,
    overload_shutdown,
    overload_connections,
    storage_conflict,
    storage_unavailable,
    storage_corrupt,
    crypto_failed,
    secret_unusable,
    config_invalid,
    config_option_misspelt,
    fetch_failed,
    fetch_timeout,
    fetch_too_large,
    fetch_redirect,
    fetch_url_refused,
    fetch_address_refused,
    fetch_tls_untrusted,
    mail_failed,
    internal_fault,
    count_
};

struct Cause {
    Code code;
    std::string_view label;
    Public face;               // default; an endpoint row may map it to another one
    std::string_view prose;    // what `countersign explain` says about it
};

inline constexpr std::array causes{
    Cause{Code::request_malformed, "request.malformed", Public::bad_request, "the bytes are not a request of HTTP/1.1"},
    Cause{Code::request_smuggling, "request.smuggling", Public::bad_request,
          "the framing of the request can be read in two ways (RFC 9112 §6.3)"},
    Cause{Code::request_host, "request.host", Public::misdirected, "Host does not name this server"},
    Cause{Code::request_target, "request.target", Public::bad_request, "the request target is not plain and absolute"},
    Cause{Code::request_headers_too_large, "request.headers_too_large", Public::headers_too_large,
          "the header block is over its limit"},
    Cause{Code::request_body_too_large, "request.body_too_large", Public::payload_too_large,
          "the body is over its limit"},
    Cause{Code::request_timeout, "request.timeout", Public::request_timeout,
          "the request did not arrive within its time"},
    Cause{Code::request_media_type, "request.media_type", Public::unsupported_media_type,
          "the content type is not one that the endpoint takes"},
    Cause{Code::request_json, "request.json", Public::invalid_json, "the body is not JSON (RFC 8259)"},
    Cause{Code::request_json_duplicate, "request.json_duplicate", Public::invalid_json,
          "an object of the body names one member twice"},
    Cause{Code::request_validation, "request.validation", Public::validation_error,
          "a field of the request is absent or has the wrong form"},
    Cause{Code::request_not_found, "request.not_found", Public::not_found, "no endpoint has this method and path"},
    Cause{Code::request_disabled, "request.disabled", Public::path_disabled, "disabledPaths names this path"},
    Cause{Code::login_unknown, "login.unknown", Public::bad_credentials, "no user has this address"},
    Cause{Code::login_password, "login.password", Public::bad_credentials, "the password is wrong"},
    Cause{Code::login_no_credential, "login.no_credential", Public::bad_credentials,
          "the user exists but has no password"},
    Cause{Code::login_unverified, "login.unverified", Public::email_not_verified,
          "the address of the user is not verified"},
    Cause{Code::login_disabled, "login.disabled", Public::password_disabled, "sign-in by password is switched off"},
    Cause{Code::signup_exists, "signup.exists", Public::user_exists, "the address belongs to a user already"},
    Cause{Code::signup_disabled, "signup.disabled", Public::sign_up_disabled, "sign-up is switched off"},
    Cause{Code::field_missing, "field.missing", Public::missing_field,
          "an additional field that is required was not given"},
    Cause{Code::field_not_allowed, "field.not_allowed", Public::field_not_allowed,
          "clients may not set this additional field (input = false)"},
    Cause{Code::field_type, "field.type", Public::validation_error, "an additional field has a value of another type"},
    Cause{Code::field_none, "field.none", Public::no_fields_to_update,
          "the request names no field that can be changed"},
    Cause{Code::field_email, "field.email", Public::email_not_updatable,
          "the address is changed by /change-email, which proves it"},
    Cause{Code::password_too_short, "password.too_short", Public::password_too_short, "the password is too short"},
    Cause{Code::password_too_long, "password.too_long", Public::password_too_long, "the password is too long"},
    Cause{Code::password_hash_unreadable, "password.hash_unreadable", Public::bad_credentials,
          "the stored password hash has no form that we know"},
    Cause{Code::email_malformed, "email.malformed", Public::invalid_email, "this is not an e-mail address"},
    Cause{Code::session_missing, "session.missing", Public::unauthorized, "the request carries no session"},
    Cause{Code::session_unknown, "session.unknown", Public::unauthorized,
          "the session cookie is ours, but its session is gone (signed out, revoked or never committed)"},
    Cause{Code::session_expired, "session.expired", Public::unauthorized, "the session has expired"},
    Cause{Code::session_signature, "session.signature", Public::unauthorized,
          "the session cookie was not signed with our secret (tampered with, or the secret changed)"},
    Cause{Code::session_not_fresh, "session.not_fresh", Public::session_not_fresh,
          "the session began longer ago than session.freshAge"},
    Cause{Code::session_defer_disabled, "session.defer_disabled", Public::defer_session_required,
          "POST /get-session needs session.deferSessionRefresh"},
    Cause{Code::account_unknown, "account.unknown", Public::account_not_found,
          "the caller has no account with this id"},
    Cause{Code::account_last, "account.last", Public::last_account,
          "without its last account the user could not sign in any more"},
    Cause{Code::cookie_shadowed_duplicate, "cookie.shadowed_duplicate", Public::unauthorized,
          "the session cookie was sent twice, so neither is believed (RFC 6265bis §5.8)"},
    Cause{Code::trusted_origin_missing, "trusted_origin.missing", Public::invalid_origin,
          "the Origin of the request is not among trustedOrigins"},
    Cause{Code::trusted_origin_null_or_missing_origin, "trusted_origin.null_or_missing_origin",
          Public::missing_or_null_origin, "a request with cookies has neither a usable Origin nor a Referer"},
    Cause{Code::csrf_cross_site_navigation, "csrf.cross_site_navigation", Public::cross_site_navigation,
          "another site made the browser submit a sign-in form"},
    Cause{Code::cors_origin_not_listed, "cors.origin_not_listed", Public::forbidden,
          "the Origin of the preflight is not among cors.origins"},
    Cause{Code::redirect_untrusted, "redirect.untrusted", Public::invalid_callback_url,
          "a redirect target is neither a safe relative path nor on a trusted origin"},
    Cause{Code::token_missing, "token.missing", Public::unauthorized, "no token was sent"},
    Cause{Code::token_malformed, "token.malformed", Public::unauthorized, "the token has not the form of a JWS"},
    Cause{Code::token_secret_mismatch, "token.secret_mismatch", Public::unauthorized,
          "the signature was made with another key"},
    Cause{Code::token_expired, "token.expired", Public::unauthorized, "the token has expired"},
    Cause{Code::token_aud_mismatch, "token.aud_mismatch", Public::audience_required,
          "the audience is not one that tokens are issued for"},
    Cause{Code::token_too_large, "token.too_large", Public::unauthorized,
          "the token is over the limit on its size; nothing of it was read"},
    Cause{Code::token_opaque_access_token, "token.opaque_access_token", Public::unauthorized,
          "the token is encrypted or random text, so there is no signature to check"},
    Cause{Code::token_header_malformed, "token.header_malformed", Public::unauthorized,
          "the header is not strict JSON, or one of its members has the wrong type"},
    Cause{Code::token_alg_unknown, "token.alg_unknown", Public::unauthorized,
          "the header names an algorithm that does not exist here"},
    Cause{Code::token_alg_none, "token.alg_none", Public::unauthorized, "the token says that it is not signed"},
    Cause{Code::token_alg_mismatch, "token.alg_mismatch", Public::unauthorized,
          "the algorithm of the header is not that of the key"},
    Cause{Code::token_kid_unknown, "token.kid_unknown", Public::unauthorized, "no key of the set has this kid"},
    Cause{Code::token_key_ambiguous, "token.key_ambiguous", Public::unauthorized,
          "the token names no key, and more than one could have signed it"},
    Cause{Code::token_crit_unknown, "token.crit_unknown", Public::unauthorized,
          "crit asks for something that is not understood, or breaks RFC 7515 §4.1.11"},
    Cause{Code::token_payload_unencoded, "token.payload_unencoded", Public::unauthorized,
          "b64 is false, which no JWT may say (RFC 7797 §7)"},
    Cause{Code::token_typ_mismatch, "token.typ_mismatch", Public::unauthorized,
          "the token is of another kind than this service takes"},
    Cause{Code::token_nested, "token.nested", Public::unauthorized,
          "the token wraps another token, which has to be asked for by name"},
    Cause{Code::token_signature_malformed, "token.signature_malformed", Public::unauthorized,
          "the signature has not the length or range of its algorithm"},
    Cause{Code::token_claims_malformed, "token.claims_malformed", Public::unauthorized,
          "the claims are not one strict JSON object"},
    Cause{Code::token_claim_missing, "token.claim_missing", Public::unauthorized,
          "a claim that the policy requires is absent"},
    Cause{Code::token_claim_type, "token.claim_type", Public::unauthorized, "a claim has the wrong type or form"},
    Cause{Code::token_exp_in_milliseconds, "token.exp_in_milliseconds", Public::unauthorized,
          "exp counts milliseconds; NumericDate counts seconds (RFC 7519 §2)"},
    Cause{Code::token_iat_in_milliseconds, "token.iat_in_milliseconds", Public::unauthorized,
          "iat or nbf counts milliseconds; NumericDate counts seconds (RFC 7519 §2)"},
    Cause{Code::token_lifetime_too_long, "token.lifetime_too_long", Public::unauthorized,
          "the token lives longer than the policy allows"},
    Cause{Code::token_not_yet_valid, "token.not_yet_valid", Public::unauthorized, "nbf is in the future"},
    Cause{Code::token_clock_skew, "token.clock_skew", Public::unauthorized,
          "iat is in the future: the clocks of issuer and verifier disagree"},
    Cause{Code::token_aud_missing, "token.aud_missing", Public::unauthorized,
          "the policy names an audience and the token has none"},
    Cause{Code::token_iss_mismatch, "token.iss_mismatch", Public::unauthorized,
          "the issuer is not the one whose key signed the token"},
    Cause{Code::token_iss_trailing_slash, "token.iss_trailing_slash", Public::unauthorized,
          "the issuer differs from the expected one by a final slash only"},
    Cause{Code::token_sub_not_string, "token.sub_not_string", Public::unauthorized, "the subject is not a string"},
    Cause{Code::token_revoked, "token.revoked", Public::unauthorized,
          "the token, its session or all tokens of its subject up to a moment were revoked"},
    Cause{Code::token_revocations_full, "token.revocations_full", Public::unavailable,
          "no more revocations can be remembered, so every token that was issued until now is refused"},
    Cause{Code::token_cnf_unproved, "token.cnf_unproved", Public::unauthorized,
          "the token is bound to a key (cnf) whose possession was not proved"},
    Cause{Code::token_cnf_missing, "token.cnf_missing", Public::unauthorized,
          "the policy takes tokens that are bound to a key (cnf), and this one is not"},
    Cause{Code::token_cnf_unknown, "token.cnf_unknown", Public::unauthorized,
          "the token is bound to its bearer in a way that cannot be checked here (RFC 7800 §3.1)"},
    Cause{Code::token_cnf_mismatch, "token.cnf_mismatch", Public::unauthorized,
          "the token is bound to another key than the one that the proof was made with"},
    Cause{Code::dpop_missing, "dpop.missing", Public::invalid_dpop_proof, "the request carries no DPoP proof"},
    Cause{Code::dpop_malformed, "dpop.malformed", Public::invalid_dpop_proof,
          "the DPoP proof has not the form of a signed token, or is over its limit"},
    Cause{Code::dpop_typ_mismatch, "dpop.typ_mismatch", Public::invalid_dpop_proof,
          "typ of the DPoP proof is not dpop+jwt"},
    Cause{Code::dpop_alg_refused, "dpop.alg_refused", Public::invalid_dpop_proof,
          "the DPoP proof names an algorithm that the policy does not list"},
    Cause{Code::dpop_key_refused, "dpop.key_refused", Public::invalid_dpop_proof,
          "the key in the DPoP proof is absent, not public, or not one of the algorithm"},
    Cause{Code::dpop_signature_mismatch, "dpop.signature_mismatch", Public::invalid_dpop_proof,
          "the DPoP proof was not signed with the key in it"},
    Cause{Code::dpop_claim_missing, "dpop.claim_missing", Public::invalid_dpop_proof,
          "the DPoP proof lacks a claim of RFC 9449 §4.2"},
    Cause{Code::dpop_claim_type, "dpop.claim_type", Public::invalid_dpop_proof,
          "a claim of the DPoP proof has the wrong type or form"},
    Cause{Code::dpop_htm_mismatch, "dpop.htm_mismatch", Public::invalid_dpop_proof,
          "the DPoP proof is for another method"},
    Cause{Code::dpop_htu_mismatch, "dpop.htu_mismatch", Public::invalid_dpop_proof,
          "the DPoP proof is for another address"},
    Cause{Code::dpop_ath_mismatch, "dpop.ath_mismatch", Public::invalid_dpop_proof,
          "the DPoP proof is not for the access token that came with it"},
    Cause{Code::dpop_expired, "dpop.expired", Public::invalid_dpop_proof, "the DPoP proof was made too long ago"},
    Cause{Code::dpop_clock_skew, "dpop.clock_skew", Public::invalid_dpop_proof,
          "the DPoP proof is dated in the future: the clocks of client and server disagree"},
    Cause{Code::dpop_use_nonce, "dpop.use_nonce", Public::use_dpop_nonce,
          "the DPoP proof has no nonce that this server gave out and still takes (RFC 9449 §8)"},
    Cause{Code::dpop_replayed, "dpop.replayed", Public::invalid_dpop_proof, "the DPoP proof was used before"},
    Cause{Code::dpop_store_full, "dpop.store_full", Public::unavailable,
          "more DPoP proofs are remembered than there is room for, so no further one is taken"},
    Cause{Code::token_unissuable, "token.unissuable", Public::internal,
          "a token of ours would say what no verifier may believe"},
    Cause{Code::jwe_malformed, "jwe.malformed", Public::unauthorized, "the encrypted token has not the form of a JWE"},
    Cause{Code::jwe_header_malformed, "jwe.header_malformed", Public::unauthorized,
          "the header of the encrypted token is not strict JSON, or lacks or has a member that its algorithm needs"},
    Cause{Code::jwe_alg_refused, "jwe.alg_refused", Public::unauthorized,
          "no key is bound to the algorithm that the encrypted token names"},
    Cause{Code::jwe_enc_refused, "jwe.enc_refused", Public::unauthorized,
          "no key is bound to the content encryption that the token names"},
    Cause{Code::jwe_zip_refused, "jwe.zip_refused", Public::unauthorized,
          "the encrypted token is compressed, which is refused whatever it grows to"},
    Cause{Code::jwe_password_rounds, "jwe.password_rounds", Public::unauthorized,
          "the rounds of the password's key (p2c) are outside 1000 to 1200000"},
    Cause{Code::jwe_key_refused, "jwe.key_refused", Public::unauthorized,
          "the sender's key (epk) is not one on the curve of ours"},
    Cause{Code::jwe_decrypt_failed, "jwe.decrypt_failed", Public::unauthorized,
          "the token was encrypted to another key, or was changed"},
    Cause{Code::key_malformed, "key.malformed", Public::internal, "a key is not in the form that it claims to have"},
    Cause{Code::key_unsupported, "key.unsupported", Public::internal,
          "a key has a type, curve or algorithm that is not used for signatures here"},
    Cause{Code::key_weak, "key.weak", Public::internal, "a key is too small or flawed in a known way"},
    Cause{Code::key_alg_ambiguous, "key.alg_ambiguous", Public::internal,
          "a key without alg fits more than one algorithm of the policy"},
    Cause{Code::key_kid_duplicate, "key.kid_duplicate", Public::internal, "two keys of a set have one kid"},
    Cause{Code::key_private_in_public_set, "key.private_in_public_set", Public::internal,
          "a set of public keys holds private or secret members"},
    Cause{Code::key_secret_looks_public, "key.secret_looks_public", Public::internal,
          "a MAC secret looks like a public key or key file"},
    Cause{Code::key_set_unusable, "key.set_unusable", Public::internal, "a key set has no key that the policy can use"},
    Cause{Code::jwks_key_use_mismatch, "jwks.key_use_mismatch", Public::internal,
          "a key is marked for another use than signatures"},
    Cause{Code::jwks_unreachable, "jwks.unreachable", Public::unavailable,
          "the issuer's keys could not be fetched, and none are known"},
    Cause{Code::jwks_tls_untrusted, "jwks.tls_untrusted", Public::unavailable,
          "the certificate of the issuer's key server is not trusted"},
    Cause{Code::jwks_uri_wrong, "jwks.uri_wrong", Public::internal,
          "the address of a key set is not https, or has parts that it must not have"},
    Cause{Code::jwks_answer_refused, "jwks.answer_refused", Public::unavailable,
          "the key server answered with another status, type or size than a key set has"},
    Cause{Code::jwks_issuer_mismatch, "jwks.issuer_mismatch", Public::unavailable,
          "the metadata is that of another issuer (RFC 8414 §3.3)"},
    Cause{Code::jwks_too_old, "jwks.too_old", Public::unavailable,
          "the issuer has not answered for so long that its last keys are not believed any more"},
    Cause{Code::secret_too_short, "secret.too_short", Public::internal,
          "a MAC secret is shorter than the output of its hash"},
    Cause{Code::secret_default_value, "secret.default_value", Public::internal,
          "a secret is a known sample or can be guessed"},
    Cause{Code::policy_invalid, "policy.invalid", Public::internal,
          "a policy leaves a decision open or contradicts itself"},
    Cause{Code::call_wrong, "call.wrong", Public::internal,
          "the library was called with NULL, a wrong size, a text that is too long, or a handle of another kind"},
    Cause{Code::isolation_user_id_mismatch, "isolation.user_id_mismatch", Public::forbidden,
          "the caller asked for what belongs to another user"},
    Cause{Code::rate_limited, "rate.limited", Public::rate_limited, "too many requests from one client"},
    Cause{Code::overload_lane_full, "overload.lane_full", Public::unavailable, "the queue of the lane is full"},
    Cause{Code::overload_hash_full, "overload.hash_full", Public::unavailable, "too many password hashes are waiting"},
    Cause{Code::overload_shutdown, "overload.shutdown", Public::unavailable, "the server is shutting down"},
    Cause{Code::overload_connections, "overload.connections", Public::unavailable, "too many connections are open"},
    Cause{Code::storage_conflict, "storage.conflict", Public::bad_request, "a row with this unique value exists"},
    Cause{Code::storage_unavailable, "storage.unavailable", Public::unavailable, "the database did not do its work"},
    Cause{Code::storage_corrupt, "storage.corrupt", Public::internal, "a stored value has not the form of its column"},
    Cause{Code::crypto_failed, "crypto.failed", Public::internal, "a cryptographic primitive failed"},
    Cause{Code::secret_unusable, "secret.unusable", Public::internal,
          "a stored value cannot be opened with the configured secret"},
    Cause{Code::config_invalid, "config.invalid", Public::internal, "the configuration has problems"},
    Cause{Code::config_option_misspelt, "config.option_misspelt", Public::internal,
          "the configuration has a key that does not exist"},
    Cause{Code::fetch_failed, "fetch.failed", Public::unavailable, "an outbound request failed"},
    Cause{Code::fetch_timeout, "fetch.timeout", Public::unavailable, "an outbound request took too long"},
    Cause{Code::fetch_too_large, "fetch.too_large", Public::unavailable,
          "the answer to an outbound request is over its limit"},
    Cause{Code::fetch_redirect, "fetch.redirect", Public::unavailable,
          "the answer to an outbound request is a redirect, and none is followed"},
    Cause{Code::fetch_url_refused, "fetch.url_refused", Public::internal,
          "the URL of an outbound request is not plain https, or has parts that it must not have"},
    Cause{Code::fetch_address_refused, "fetch.address_refused", Public::unavailable,
          "the host of an outbound request has an address that it must not have: private, loopback or reserved"},
    Cause{Code::fetch_tls_untrusted, "fetch.tls_untrusted", Public::unavailable,
          "the certificate of an outbound request is not trusted"},
    Cause{Code::mail_failed, "mail.failed", Public::unavailable, "a mail could not be handed over"},
    Cause{Code::internal_fault, "internal.fault", Public::internal, "a fault of the server itself"},
};

static_assert(faces.size() == static_cast<std::size_t>(Public::count_), "one row per Public");
static_assert(causes.size() == static_cast<std::size_t>(Code::count_), "one row per Code");
static_assert(
    [] {
        for (std::size_t i = 0; i < faces.size(); ++i) {
            if (faces[i].id != static_cast<Public>(i)) return false;
        }
        for (std::size_t i = 0; i < causes.size(); ++i) {
            if (causes[i].code != static_cast<Code>(i)) return false;
        }
        return true;
    }(),
    "rows stand in the order of their enum");

constexpr const Face& face_of(Public id) { return faces[static_cast<std::size_t>(id)]; }
constexpr const Cause& cause_of(Code code) { return causes[static_cast<std::size_t>(code)]; }

/// A small value for the record: a number, an instant, or up to 63 bytes of text. Costs no allocation, so that refusing
/// stays cheap. Never put a secret, token, cookie value or password into one: use a fingerprint.
class Fact {
  public:
    Fact() = default;
    template <class N>
        requires(std::is_integral_v<N> && !std::is_same_v<N, bool> && !std::is_same_v<N, char>)
    Fact(N number) : kind_{Kind::number},
                     number_{static_cast<std::int64_t>(number)} {}
    Fact(Instant at) : kind_{Kind::instant}, number_{at.unix_ms()} {}
    Fact(std::string_view text) : kind_{Kind::text} { keep(text); }
    Fact(const char* text) : Fact{std::string_view{text}} {}
    Fact(const std::string& text) : Fact{std::string_view{text}} {}

    bool empty() const { return kind_ == Kind::none; }
    /// For people and logs: control bytes and non-ASCII are escaped (ERR-04).
    std::string text() const;

  private:
    enum class Kind : std::uint8_t { none, number, instant, text };
    void keep(std::string_view text) {
        size_ = static_cast<std::uint8_t>(std::min(text.size(), text_.size()));
        std::copy_n(text.data(), size_, text_.data());
        cut_ = text.size() > text_.size();
    }
    Kind kind_ = Kind::none;
    bool cut_ = false;
    std::uint8_t size_ = 0;
    std::array<char, 63> text_{};
    std::int64_t number_ = 0;
};

/// Why something was refused. `code()` is what code compares; `face()` is all that a client may see.
class AuthError {
  public:
    explicit AuthError(Code code, Fact expected = {}, Fact found = {},
                       std::source_location where = std::source_location::current())
        : code_{code},
          face_{cause_of(code).face},
          expected_{expected},
          found_{found},
          where_{where} {}

    Code code() const { return code_; }
    std::string_view label() const { return cause_of(code_).label; }
    const Face& face() const { return face_of(face_); }
    /// Another face for the same cause, as an endpoint row may ask.
    AuthError shown_as(Public face) const {
        AuthError other = *this;
        other.face_ = face;
        return other;
    }
    const Fact& expected() const { return expected_; }
    const Fact& found() const { return found_; }
    const std::source_location& where() const { return where_; }
    /// For the log and the decision trace only; no serialiser of answers takes it.
    std::string detail() const;

  private:
    Code code_;
    Public face_;
    Fact expected_;
    Fact found_;
    std::source_location where_;
};

}    // namespace countersign
