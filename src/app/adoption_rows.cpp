// What is in the tables: cells, users, passwords, sessions, keys.
#include <map>

#include "app/adoption_parts.hpp"
#include "crypto/password.hpp"
#include "storage/tables.hpp"
#include "token/stored_key.hpp"

namespace countersign::app::adoption {
namespace {

using storage::Cells;
using storage::Table;

constexpr const Table* read_tables[]{&storage::user_table, &storage::session_table,      &storage::account_table,
                                     &storage::jwks_table, &storage::verification_table, &storage::rate_limit_table};

Result<void> look_at_cells(Look& look) {
    bool all = true;
    for (const Table* table : read_tables) {
        const storage::ForeignTable* found = look.find(*table->name);
        if (found == nullptr) continue;
        for (const storage::Column& column : *table->columns) {
            if (found->find(*column.name) == nullptr) continue;
            CS_TRY(const std::int64_t malformed, look.database().count_malformed(*table, column));
            if (malformed == 0) continue;
            all = false;
            const bool is_date = *column.type == storage::Type::date;
            look.say(Verdict::fails,
                     counted(malformed, "row has", "rows have") + " another form of " + std::string{*table->name} +
                         "." + std::string{*column.name},
                     is_date ? "dates are texts as 2026-11-30T12:00:00.000Z, in SQLite: other adapters (Drizzle, "
                               "Prisma) write numbers; convert them"
                             : "convert them to what Better Auth's own adapter writes");
        }
    }
    if (all) look.say(Verdict::works, "every cell has the form that both read");
    return {};
}

bool is_uuid(std::string_view id) {
    constexpr std::size_t length = 36;
    if (id.size() != length) return false;
    for (std::size_t i = 0; i < length; ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool digit = (id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f');
        if (dash ? id[i] != '-' : !digit) return false;
    }
    return true;
}

Result<void> look_at_numbers(Look& look) {
    bool all = true;
    CS_CHECK(look.database().each_uncounted_id(read_tables, [&](const storage::Inspection::UncountedId& id) {
        all = false;
        look.say(Verdict::fails, "the ids of " + std::string{id.table} + " " + std::string{id.what}, id.mend);
    }));
    look.want("advanced.database.generateId", "\"serial\"");
    if (all) look.say(Verdict::setting, "ids are numbers that the database counts");
    return {};
}

Result<void> look_at_ids(Look& look) {
    const std::string& type = look.find("user", "id")->type;
    if (type == "integer" || type == "bigint" || type == "smallint") return look_at_numbers(look);
    constexpr std::size_t enough = 100;
    std::size_t ids = 0, uuids = 0;
    CS_CHECK(look.database().some_user_ids(enough, [&](const Cells& row) {
        ++ids;
        uuids += is_uuid(row.front()) ? 1 : 0;
    }));
    if (type == "uuid" || (ids > 0 && uuids == ids)) {
        look.want("advanced.database.generateId", "\"uuid\"");
        look.say(Verdict::setting, "ids are UUIDs");
    } else {
        look.say(Verdict::works, "ids are texts");
    }
    return {};
}

Result<void> look_at_emails(Look& look) {
    CS_TRY(const storage::Inspection::Emails emails, look.database().emails());
    if (emails.with_capitals > 0)
        look.say(Verdict::fails, counted(emails.with_capitals, "user has", "users have") + " an address with capitals",
                 "what is typed is looked up in small letters, in Better Auth too, so they are never found: change "
                 "the rows to small letters");
    if (emails.shared > 0)
        look.say(Verdict::fails, counted(emails.shared, "address belongs", "addresses belong") + " to several users",
                 "they differ by capitals only: decide whose it is");
    CS_TRY(const std::int64_t users, look.database().count("user"));
    if (emails.with_capitals == 0)
        look.say(Verdict::works, counted(users, "user", "users") + ", every address in small letters");
    return {};
}

struct Passwords {
    std::map<std::string, std::int64_t, std::less<>> read;    // by scheme
    std::int64_t unknown = 0, costly = 0, without = 0, foreign = 0;
};

void count_password(Passwords& passwords, const std::string& stored) {
    if (stored.empty()) {
        ++passwords.without;
        return;
    }
    const Result<crypto::StoredHash> hash = crypto::parse_stored_hash(stored);
    if (!hash.ok()) {
        ++(hash.error().code() == Code::password_hash_cost ? passwords.costly : passwords.unknown);
        return;
    }
    if (hash->scheme == crypto::PasswordScheme::better_auth_scrypt) {
        ++passwords.read["scrypt of Better Auth"];
        return;
    }
    ++passwords.foreign;
    const Result<crypto::ForeignHashFacts> facts = crypto::parse_foreign_hash(stored);
    ++passwords.read[facts.ok() ? std::string{facts->scheme} : "other"];
}

void say_of_passwords(Look& look, const Passwords& passwords) {
    std::string mix;
    for (const auto& [scheme, number] : passwords.read)
        mix += (mix.empty() ? "" : ", ") + std::to_string(number) + " " + scheme;
    if (!mix.empty()) {
        look.want("emailAndPassword.enabled", "true");
        look.say(Verdict::setting, "passwords that open here: " + mix);
    }
    if (passwords.foreign > 0)
        look.say(Verdict::eventual, counted(passwords.foreign, "hash is", "hashes are") + " not Better Auth's own",
                 "each becomes its scrypt when its owner signs in here: password.verify of auth.ts has to read both");
    constexpr std::string_view reset = "they have to reset their passwords (docs/guide/passwords.md)";
    if (passwords.unknown > 0)
        look.say(Verdict::fails, counted(passwords.unknown, "user has", "users have") + " a hash of an unknown format",
                 std::string{reset});
    if (passwords.costly > 0)
        look.say(Verdict::fails,
                 counted(passwords.costly, "user has", "users have") + " a hash that costs more than is allowed here",
                 std::string{reset});
    if (passwords.without > 0)
        look.say(Verdict::fails, counted(passwords.without, "account", "accounts") + " for passwords without one",
                 std::string{reset});
    if (mix.empty() && passwords.unknown + passwords.costly + passwords.without == 0)
        look.say(Verdict::works, "nobody has a password");
}

Result<void> look_at_passwords(Look& look) {
    CS_CHECK(crypto::start());
    Passwords passwords;
    CS_CHECK(look.database().each_password([&](const Cells& row) {
        if (row[0] == "credential") count_password(passwords, row[1]);
    }));
    say_of_passwords(look, passwords);
    return {};
}

Result<void> look_at_providers(Look& look) {
    bool none = true;
    CS_CHECK(look.database().each_provider([&](const Cells& row) {
        if (row[0] == "credential") return;
        none = false;
        look.say(Verdict::fails, row[1] + " account(s) of " + row[0] + ", the only way in for " + row[2] + " user(s)",
                 "social sign-in is not supported yet: leave /sign-in/social and /callback to Better Auth");
    }));
    if (none) look.say(Verdict::works, "no account of a social provider");
    return {};
}

Result<void> look_at_sessions(Look& look) {
    CS_TRY(const std::int64_t all, look.database().count("session"));
    CS_TRY(const std::int64_t live, look.database().count_live_sessions(look.given().now));
    look.say(Verdict::works, counted(live, "live session", "live sessions") + " of " + std::to_string(all),
             "they go on, with the same secret and the same cookie names");
    return {};
}

/// A SHA-256 in base64url, as `storeIdentifier: "hashed"` leaves it.
bool is_hashed(std::string_view identifier) {
    constexpr std::size_t length = 43;
    return identifier.size() == length && std::ranges::all_of(identifier, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_';
           });
}

Result<void> look_at_verifications(Look& look) {
    constexpr std::size_t enough = 1000;
    std::int64_t hashed = 0, plain = 0;
    CS_CHECK(look.database().each_identifier(enough,
                                             [&](const Cells& row) { ++(is_hashed(row.front()) ? hashed : plain); }));
    if (hashed == 0 && plain == 0) {
        look.say(Verdict::works, "no verification value, so none shows how its identifier is stored",
                 "with verification.storeIdentifier in auth.ts, set it here alike");
    } else if (hashed == 0) {
        look.want("verification.storeIdentifier", "\"plain\"");
        look.say(Verdict::setting, "identifiers of verification values are plain");
    } else {
        look.want("verification.storeIdentifier", "\"hashed\"");
        look.say(Verdict::setting, "identifiers of verification values are hashed");
    }
    return {};
}

struct Keys {
    std::int64_t all = 0, closed = 0, broken = 0, plain = 0, odd = 0;
    std::string signs;    // algorithm of the newest that is known
};

void count_key(Keys& keys, const Cells& row, const crypto::Keyring* secrets) {
    ++keys.all;
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? storage::Value{} : storage::Value{text};
    };
    const storage::Row cells{
        row[0], row[1], row[2], Instant{}, storage::Value{}, text_or_null(row[3]), text_or_null(row[4])};
    const Result<token::StoredKey> key = token::key_from_row(cells, jose::Alg::eddsa_ed25519);
    if (!key.ok() || !key->alg) {
        ++keys.odd;
        return;
    }
    if (keys.signs.empty()) keys.signs = key->algorithm;
    const bool plain = row[2].starts_with('{');
    keys.plain += plain ? 1 : 0;
    if (secrets == nullptr && !plain) return;
    static const crypto::Keyring none{Secret::from_text("")};
    const Result<jose::SigningKey> opened = token::open_key(*key, secrets == nullptr ? none : *secrets);
    if (!opened.ok()) ++(opened.error().code() == Code::secret_unusable ? keys.closed : keys.broken);
}

void want_tokens(Look& look) {
    if (!look.given().tree->has_below("plugins.jwt")) look.want("plugins.jwt", "{}");
}

void say_of_keys(Look& look, const Keys& keys) {
    const bool has_secret = look.given().secrets != nullptr;
    if (!keys.signs.empty()) look.want("plugins.jwt.jwks.keyPairConfig.alg", "\"" + keys.signs + "\"");
    if (keys.signs.empty()) want_tokens(look);
    if (keys.plain > 0) look.want("plugins.jwt.jwks.disablePrivateKeyEncryption", "true");
    if (keys.odd > 0)
        look.say(Verdict::fails, counted(keys.odd, "key is", "keys are") + " of an algorithm that is not known here",
                 "their tokens are not verified here; choose EdDSA, ES256, ES512, RS256 or PS256 in auth.ts");
    if (keys.broken > 0)
        look.say(Verdict::fails, counted(keys.broken, "key is", "keys are") + " not readable",
                 "take the rows out: the next token makes a new key");
    if (keys.closed > 0)
        look.say(Verdict::fails, counted(keys.closed, "key was", "keys were") + " sealed with another secret",
                 "give the secret of auth.ts, or all of them as BETTER_AUTH_SECRETS");
    if (!has_secret && keys.plain < keys.all - keys.odd)
        look.say(Verdict::unknown, "keys are sealed, and no secret was given to open them",
                 "set BETTER_AUTH_SECRET to the secret of auth.ts");
    if (keys.odd + keys.broken + keys.closed == 0 && (has_secret || keys.plain == keys.all))
        look.say(Verdict::setting, counted(keys.all, "key", "keys") + " (the newest is of " + keys.signs + ", " +
                                       (keys.plain > 0 ? "not sealed" : "sealed, and opened by the secret") + ")");
}

Result<void> look_at_keys(Look& look) {
    CS_CHECK(crypto::start());
    Keys keys;
    CS_CHECK(look.database().each_key(*look.find("jwks"),
                                      [&](const Cells& row) { count_key(keys, row, look.given().secrets); }));
    if (keys.all > 0) {
        say_of_keys(look, keys);
        return {};
    }
    want_tokens(look);
    look.say(Verdict::setting, "a table for keys, and no key yet");
    return {};
}

Result<void> look_at_limits(Look& look) {
    look.want("rateLimit.storage", "\"database\"");
    look.say(Verdict::setting, "requests are counted in the database, by both together");
    return {};
}

Result<void> look_at_secret(Look& look) {
    if (look.given().secrets != nullptr) {
        look.say(Verdict::works, "a secret is given",
                 look.find("jwks") == nullptr ? "no row proves that it is the one of auth.ts; with another one every "
                                                "cookie is refused"
                                              : "");
        return {};
    }
    look.say(Verdict::unknown, "no secret is given",
             "set BETTER_AUTH_SECRET to the secret of auth.ts: with another one every cookie is refused");
    return {};
}

}    // namespace

std::span<const Row> content_rows() {
    static constexpr Row rows[]{
        {.id = "cells", .question = "Has every cell the form that is read?", .look = look_at_cells},
        {.id = "ids", .question = "What form do ids have?", .look = look_at_ids, .needs = &storage::user_table},
        {.id = "emails",
         .question = "Is every user found by the address?",
         .look = look_at_emails,
         .needs = &storage::user_table},
        {.id = "passwords",
         .question = "Does every password open?",
         .look = look_at_passwords,
         .needs = &storage::account_table},
        {.id = "providers",
         .question = "Who signs in with a social provider?",
         .look = look_at_providers,
         .needs = &storage::account_table},
        {.id = "sessions", .question = "Who is signed in?", .look = look_at_sessions, .needs = &storage::session_table},
        {.id = "verifications",
         .question = "How are identifiers of single-use values stored?",
         .look = look_at_verifications,
         .needs = &storage::verification_table},
        {.id = "keys", .question = "Do the signing keys open?", .look = look_at_keys, .needs = &storage::jwks_table},
        {.id = "limits",
         .question = "Where are requests counted?",
         .look = look_at_limits,
         .needs = &storage::rate_limit_table},
        {.id = "secret", .question = "Is the secret given?", .look = look_at_secret},
    };
    return rows;
}

}    // namespace countersign::app::adoption
