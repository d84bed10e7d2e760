// The configuration of the server: every key as a row, and what follows from them (DESIGN §6).
#pragma once

#include "base/config.hpp"
#include "base/profile.hpp"
#include "base/url.hpp"
#include "guard/client_address.hpp"
#include "guard/failure_limit.hpp"
#include "guard/request_limit.hpp"
#include "guard/session_cookies.hpp"
#include "http/strict_check.hpp"
#include "http/tls.hpp"
#include "identity/fields.hpp"
#include "identity/password_rules.hpp"
#include "identity/verifications.hpp"
#include "jose/algorithms.hpp"

namespace countersign::app {

std::span<const config::Key> setting_rows();
/// Variables of other names that are understood.
std::span<const config::Alias> setting_aliases();

enum class Mode : std::uint8_t { development, production };
enum class Switch : std::uint8_t { off, on };

/// What is mailed, and how (mail_settings.cpp).
struct MailSettings {
    Switch capture = Switch::off;    // mail.transport
    Switch send_reset = Switch::off;
    Switch reset_ends_sessions = Switch::off;
    Switch send_verification = Switch::off;
    Switch require_verified = Switch::off;
    Switch send_on_sign_up = Switch::off;
    Switch send_on_sign_in = Switch::off;
    Switch sign_in_after = Switch::off;
    Switch change_email = Switch::off;
    Switch change_unproved = Switch::off;
    Switch send_change_confirmation = Switch::off;
    Switch delete_user = Switch::off;
    Switch send_delete = Switch::off;
    Switch hashed_identifiers = Switch::on;
    Seconds reset_life{0};
    Seconds verification_life{0};
    Seconds delete_life{0};
};

/// Of our cookies (cookie_settings.cpp).
struct CookieSettings {
    guard::CookieRules rules;
    std::optional<session::SealOptions> cache;    // session.cookieCache; absent: off
};

/// What is kept of security events (event_settings.cpp).
struct EventSettings {
    Switch state = Switch::on;
    Seconds retention{7776000};            // 0: for ever
    std::int64_t most_rows = 1'000'000;    // 0: no bound
    std::int64_t checkpoint_rows = 1000;
    Seconds checkpoint_interval{60};
};

/// Of a key-value store beside the database (secondary_settings.cpp).
struct SecondarySettings {
    Switch memory = Switch::off;    // secondaryStorage.type
    session::RowsBeside session_rows = session::RowsBeside::none;
    identity::ValueRows value_rows = identity::ValueRows::none;
};

struct Settings {
    Profile profile = Profile::native;
    Mode mode = Mode::development;
    Switch replay = Switch::off;    // allow = ["replay"]
    std::string http_listen;
    std::optional<http::TlsFiles> tls;    // absent: plain http
    std::string management_listen;
    std::string database_path;    // file, or ":memory:"; empty: database_url
    std::string database_url;     // of PostgreSQL, with its password
    std::string data_folder;      // where the secret, the trace and the lock stand
    std::string base_url;         // origin only
    Origin own_origin;
    std::string base_path;
    std::vector<std::string> trusted_origins;
    std::vector<std::string> cors_origins;
    std::vector<std::string> hosts;    // http.hosts
    std::vector<std::string> disabled_paths;
    CookieSettings cookies;
    Switch secure_cookies = Switch::off;
    Switch email_password = Switch::off;
    Switch sign_up = Switch::on;
    Switch auto_sign_in = Switch::on;
    std::int64_t min_password = 0;
    std::int64_t max_password = 0;
    struct {
        Switch rules = Switch::off;
        identity::KnownPasswords known;    // of emailAndPassword.blocklistFile
    } passwords;
    Seconds session_life{0};
    Seconds session_update_age{0};
    Seconds session_absolute{0};
    Seconds session_fresh{0};    // 0: every session counts as fresh
    identity::AdditionalFields user_fields;
    identity::AdditionalFields session_fields;
    IdForm row_ids = IdForm::letters;
    Switch defer_refresh = Switch::off;
    Switch session_refresh = Switch::on;
    std::string error_url;
    guard::Bearer bearer = guard::Bearer::off;
    guard::AddressOptions addresses;
    guard::RequestLimitOptions request_limit;
    guard::FailureOptions failure_limit;
    MailSettings mail;
    EventSettings events;
    SecondarySettings secondary;
    Switch jwt = Switch::off;
    Switch jwt_header = Switch::on;
    std::string token_issuer;
    std::vector<std::string> token_audiences;
    Seconds token_life{0};
    std::vector<std::string> token_payload;
    json::Object token_claims;
    std::string token_subject;
    jose::Alg key_algorithm = jose::Alg::eddsa_ed25519;
    std::size_t key_rsa_bits = 0;
    Switch key_encryption = Switch::on;
    Seconds key_rotation{0};
    Seconds key_publish_ahead{0};
    Seconds key_grace{0};
    std::string jwks_path;     // below basePath
    std::int64_t loops = 0;    // 0: one a core
    http::Limits limits;
};

/// What the tree means. Adds to tree.problems() whatever is unsafe or impossible; the settings count only without any.
Settings read_settings(config::Tree& tree);

bool is_loopback(std::string_view listen);
/// Whether only this machine can reach the listeners.
bool all_loopback(const Settings& settings);

/// The application secrets, from the tree or (development only) the 0600 file of the data folder, made if absent.
struct ApplicationSecrets {
    Secret single;
    std::vector<std::pair<std::uint32_t, Secret>> versions;    // newest first
    std::string source;
};
ApplicationSecrets read_secrets(config::Tree& tree, const Settings& settings);
/// As read_secrets, without the file: for commands that only look.
ApplicationSecrets read_given_secrets(config::Tree& tree, const Settings& settings);

/// The value in force of a key that is not set and has no constant default: what the others lead to. Absent for the
/// rest.
std::optional<std::string> derived_value(std::string_view path, const Settings& settings);

}    // namespace countersign::app
