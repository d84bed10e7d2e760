// What a client may see: one row for every answer that it can get instead of what it asked for.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

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
    password_common,
    password_personal,
    password_simple,
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
    invalid_token,
    invalid_token_unauthorized,
    invalid_token_not_found,
    token_expired,
    invalid_user,
    user_not_found,
    user_not_found_unauthorized,
    user_info_missing,
    reset_password_disabled,
    verification_email_disabled,
    change_email_disabled,
    email_unchanged,
    email_mismatch,
    email_already_verified,
    session_too_old,
    delete_disabled,
    delete_callback_disabled,
    redirect_no_text,
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
    Face{Public::password_common, 400, "PASSWORD_COMPROMISED", "invalid_request",
         "The password you entered has been compromised. Please choose a different password."},
    Face{Public::password_personal, 400, "PASSWORD_PERSONAL", "invalid_request",
         "Password is made of your name, your address or the name of this site"},
    Face{Public::password_simple, 400, "PASSWORD_TOO_SIMPLE", "invalid_request",
         "Password is a repetition or a run of neighbouring keys"},
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
    Face{Public::invalid_token, 400, "INVALID_TOKEN", "invalid_request", "Invalid token"},
    Face{Public::invalid_token_unauthorized, 401, "INVALID_TOKEN", "invalid_request", "Invalid token"},
    Face{Public::invalid_token_not_found, 404, "INVALID_TOKEN", "invalid_request", "Invalid token"},
    Face{Public::token_expired, 401, "TOKEN_EXPIRED", "invalid_request", "Token expired"},
    Face{Public::invalid_user, 401, "INVALID_USER", "invalid_request", "Invalid user"},
    Face{Public::user_not_found, 400, "USER_NOT_FOUND", "invalid_request", "User not found"},
    Face{Public::user_not_found_unauthorized, 401, "USER_NOT_FOUND", "invalid_request", "User not found"},
    Face{Public::user_info_missing, 404, "FAILED_TO_GET_USER_INFO", "invalid_request", "Failed to get user info"},
    Face{Public::reset_password_disabled, 400, "RESET_PASSWORD_DISABLED", "invalid_request",
         "Reset password isn't enabled"},
    Face{Public::verification_email_disabled, 400, "VERIFICATION_EMAIL_NOT_ENABLED", "invalid_request",
         "Verification email isn't enabled"},
    Face{Public::change_email_disabled, 400, "CHANGE_EMAIL_DISABLED", "invalid_request", "Change email is disabled"},
    Face{Public::email_unchanged, 400, "EMAIL_IS_THE_SAME", "invalid_request", "Email is the same",
         FaceBody::message_only},
    Face{Public::email_mismatch, 400, "EMAIL_MISMATCH", "invalid_request", "Email mismatch"},
    Face{Public::email_already_verified, 400, "EMAIL_ALREADY_VERIFIED", "invalid_request", "Email is already verified"},
    Face{Public::session_too_old, 400, "SESSION_EXPIRED", "invalid_request",
         "Session expired. Re-authenticate to perform this action."},
    Face{Public::delete_disabled, 404, "NOT_FOUND", "invalid_request", "", FaceBody::empty_json},
    Face{Public::delete_callback_disabled, 404, "NOT_FOUND", "invalid_request", "Not found"},
    Face{Public::redirect_no_text, 400, "INVALID_REDIRECT", "invalid_request", "Invalid redirect: expected a string",
         FaceBody::message_only},
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

static_assert(faces.size() == static_cast<std::size_t>(Public::count_), "one row per Public");
static_assert(
    [] {
        for (std::size_t i = 0; i < faces.size(); ++i) {
            if (faces[i].id != static_cast<Public>(i)) return false;
        }
        return true;
    }(),
    "rows stand in the order of their enum");

constexpr const Face& face_of(Public id) { return faces[static_cast<std::size_t>(id)]; }

}    // namespace countersign
