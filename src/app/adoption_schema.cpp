// Tables and columns: those of Better Auth's core, of its plugins, and of the application.
#include "app/adoption_parts.hpp"
#include "app/field_settings.hpp"
#include "storage/tables.hpp"

namespace countersign::app::adoption {
namespace {

using storage::Column;
using storage::Engine;
using storage::ForeignColumn;
using storage::ForeignTable;
using storage::Table;
using storage::Type;

/// Those of the core, which must be there, and behind them those of features, which are looked at where they are.
constexpr const Table* known[]{&storage::user_table,         &storage::session_table, &storage::account_table,
                               &storage::verification_table, &storage::jwks_table,    &storage::rate_limit_table};
constexpr std::span<const Table* const> core = std::span{known}.first(4);

std::string place(std::string_view table, std::string_view column) {
    return std::string{table} + "." + std::string{column};
}

struct Readable {
    Type type;
    std::string_view found;
};
/// What a cell of PostgreSQL may be for our types (backends/postgres/cells.cpp).
constexpr Readable readable[]{
    {Type::text, "text"},
    {Type::text, "character varying"},
    {Type::text, "character"},
    {Type::text, "bpchar"},
    {Type::text, "uuid"},
    {Type::text, "smallint"},
    {Type::text, "integer"},
    {Type::text, "bigint"},
    {Type::text, "json"},
    {Type::text, "jsonb"},
    {Type::integer, "smallint"},
    {Type::integer, "integer"},
    {Type::integer, "bigint"},
    {Type::big_integer, "smallint"},
    {Type::big_integer, "integer"},
    {Type::big_integer, "bigint"},
    {Type::boolean, "boolean"},
    {Type::date, "timestamp with time zone"},
    {Type::date, "timestamp without time zone"},
};

/// SQLite's types are words: there the cells are looked at.
bool is_readable(const Look& look, const Column& column, const ForeignColumn& found) {
    return look.database().engine() == Engine::sqlite || std::ranges::any_of(readable, [&](const Readable& row) {
               return row.type == *column.type && row.found == found.type;
           });
}

Result<void> look_at_tables(Look& look) {
    bool all = true;
    for (const Table* table : core) {
        if (look.find(*table->name) != nullptr) continue;
        all = false;
        const std::string plural = std::string{*table->name} + "s";
        if (look.find(plural) != nullptr) {
            look.say(Verdict::fails, "there is no table " + std::string{*table->name} + ", but one named " + plural,
                     "names of tables (modelName, usePlural) cannot be chosen here: rename the table, here and in "
                     "auth.ts");
        } else if (table == &storage::session_table || table == &storage::verification_table) {
            look.say(Verdict::fails, "there is no table " + std::string{*table->name},
                     "if auth.ts has a secondaryStorage, its rows stand there and not in the database: turn "
                     "storeSessionInDatabase and storeInDatabase on in auth.ts and migrate, a session's life before");
        } else {
            look.say(Verdict::fails, "there is no table " + std::string{*table->name},
                     "give the database of Better Auth, with the schema that its tables stand in (search_path)");
        }
    }
    if (all) look.say(Verdict::works, "user, session, account and verification are there");
    if (look.find(*storage::meta_table.name) != nullptr)
        look.say(Verdict::works, "a server of ours has run on this database before");
    return {};
}

void look_at_columns_of(Look& look, const Table& table, const ForeignTable& found) {
    for (const Column& column : *table.columns) {
        const ForeignColumn* there = found.find(*column.name);
        const std::string name = place(found.name, *column.name);
        if (there == nullptr && column.null.value == storage::Null::never) {
            look.say(Verdict::fails, "there is no column " + name,
                     "names of columns (fields) cannot be chosen here: rename it as Better Auth's migration has it");
        } else if (there == nullptr) {
            look.say(Verdict::eventual, "there is no column " + name, "it is added by the first start");
        } else if (!is_readable(look, column, *there)) {
            look.say(Verdict::fails, name + " is of type " + there->type, "change it to a type that is read here");
        }
    }
}

Result<void> look_at_columns(Look& look) {
    const std::size_t before = look.report.findings.size();
    for (const Table* table : known) {
        if (const ForeignTable* found = look.find(*table->name)) look_at_columns_of(look, *table, *found);
    }
    if (look.report.findings.size() == before) look.say(Verdict::works, "every column that is read has a type for it");
    return {};
}

/// A plugin of Better Auth by what it leaves in a database. The first place tells that it is there.
struct Place {
    std::string_view table;
    std::string_view column = {};    // empty: the table is its own
};
constexpr Place two_factor[]{{"twoFactor"}, {"user", "twoFactorEnabled"}};
constexpr Place username[]{{"user", "username"}, {"user", "displayUsername"}};
constexpr Place anonymous[]{{"user", "isAnonymous"}};
constexpr Place phone_number[]{{"user", "phoneNumber"}, {"user", "phoneNumberVerified"}};
constexpr Place passkey[]{{"passkey"}};
constexpr Place siwe[]{{"walletAddress"}};
constexpr Place admin[]{
    {"user", "banned"}, {"user", "role"}, {"user", "banReason"}, {"user", "banExpires"}, {"session", "impersonatedBy"}};
constexpr Place api_key[]{{"apikey"}};
constexpr Place organization[]{{"organization"}, {"session", "activeOrganizationId"}, {"session", "activeTeamId"}};
constexpr Place device[]{{"deviceCode"}};
constexpr Place last_login[]{{"user", "lastLoginMethod"}};
constexpr Place oauth_provider[]{{"oauthClient"}};
constexpr Place sso[]{{"ssoProvider"}};
constexpr Place scim[]{{"scimUser"}};
constexpr Place stripe[]{{"subscription"}, {"user", "stripeCustomerId"}};

struct Feature {
    std::string_view id;
    std::span<const Place> places;
    std::string_view without = {};    // what is missing, where that is more than its endpoints
};
constexpr Feature features[]{
    {"two-factor", two_factor, "who has a second factor would sign in with the password alone"},
    {"username", username, "who signs in with a name cannot"},
    {"anonymous", anonymous},
    {"phone-number", phone_number, "who signs in with a number cannot"},
    {"passkey", passkey, "who signs in with a passkey cannot"},
    {"siwe", siwe, "who signs in with a wallet cannot"},
    {"admin", admin, "who is banned would sign in"},
    {"api-key", api_key, "no key opens anything"},
    {"organization", organization},
    {"device-authorization", device},
    {"last-login-method", last_login},
    {"oauth-provider", oauth_provider, "applications that sign in with it cannot"},
    {"sso", sso, "who signs in with it cannot"},
    {"scim", scim, "nobody is provisioned, and nobody taken back"},
    {"stripe", stripe},
};

bool is_there(const Look& look, const Place& one) {
    return one.column.empty() ? look.find(one.table) != nullptr : look.find(one.table, one.column) != nullptr;
}

bool is_there(const Look& look, const Feature& feature) { return is_there(look, feature.places.front()); }

/// A feature that this version has is a key of its configuration that is not one for later.
bool is_built(const Feature& feature) {
    const config::Key* row = config::find_key(setting_rows(), "plugins." + std::string{feature.id});
    return row != nullptr && row->since == config::Since::now;
}

Result<void> look_at_plugins(Look& look) {
    const std::size_t before = look.report.findings.size();
    for (const Feature& feature : features) {
        if (!is_there(look, feature)) continue;
        const Place& marker = feature.places.front();
        std::string what = "the plugin " + std::string{feature.id};
        if (marker.column.empty()) {
            CS_TRY(const std::int64_t rows, look.database().count(marker.table));
            what += " (" + counted(rows, "row", "rows") + " in " + std::string{marker.table} + ")";
        }
        if (is_built(feature)) {
            look.want("plugins." + std::string{feature.id}, "{}");
            look.say(Verdict::setting, what + " is there");
            continue;
        }
        look.say(Verdict::fails, what + " is not supported yet",
                 feature.without.empty()
                     ? "its endpoints answer 404: leave those to Better Auth"
                     : std::string{feature.without} + ": leave these users, or sign-in altogether, to Better Auth");
    }
    if (look.report.findings.size() == before)
        look.say(Verdict::works, "no plugin with rows that is missing here",
                 "plugins without tables (magic-link, email-otp, captcha, ...) leave no trace: see auth.ts");
    return {};
}

bool is_of_feature(const Look& look, std::string_view table, std::string_view column) {
    return std::ranges::any_of(features, [&](const Feature& feature) {
        return is_there(look, feature) && std::ranges::any_of(feature.places, [&](const Place& one) {
                   return one.table == table && one.column == column;
               });
    });
}

struct FieldType {
    std::string_view found;
    std::string_view field;
};
constexpr FieldType field_types[]{
    {"text", "string"},
    {"character varying", "string"},
    {"varchar", "string"},
    {"varchar(255)", "string"},
    {"uuid", "string"},
    {"integer", "number"},
    {"bigint", "number"},
    {"smallint", "number"},
    {"boolean", "boolean"},
    {"date", "date"},
    {"timestamp with time zone", "date"},
    {"timestamp without time zone", "date"},
    {"jsonb", "string[]"},
};

std::string_view field_type_of(const ForeignColumn& column) {
    const auto found = std::ranges::find(field_types, std::string_view{column.type}, &FieldType::found);
    return found == std::end(field_types) ? std::string_view{} : found->field;
}

/// Whether the settings given have this field.
bool is_declared(const Look& look, const std::string& path, std::string_view name) {
    const config::Setting* fields = look.given().tree->find(path);
    return fields != nullptr && fields->value.find(name) != nullptr;
}

void look_at_foreign(Look& look, const Table& table, const ForeignColumn& column) {
    const std::string name = place(*table.name, column.name);
    const bool demands = column.demands == ForeignColumn::Demands::a_value;
    const bool may_have_fields = &table == &storage::user_table || &table == &storage::session_table;
    const std::string path = std::string{*table.name} + ".additionalFields";
    if (is_declared(look, path, column.name)) return;
    const std::string_view type = is_field_name(table, column.name) ? field_type_of(column) : "";
    if (demands && (!may_have_fields || type.empty())) {
        look.say(Verdict::fails, name + " must be set, and nothing here sets it", "give the column a default");
    } else if (!may_have_fields || type.empty()) {
        look.say(Verdict::eventual, name + " (" + column.type + ") is left alone", "new rows have its default");
    } else {
        look.report.settings.push_back({.path = path + "." + column.name,
                                        .value = "{ type = \"" + std::string{type} + "\", required = " +
                                                 (demands ? "true, input = true }" : "false, input = false }")});
        look.say(Verdict::setting, name + " is a field of the application's own",
                 demands ? "it must be set, so clients may: if they must not, write input = false and a defaultValue"
                         : "input, returned and defaultValue as in auth.ts: without them nobody may set it, and its "
                           "owner sees it");
    }
}

Result<void> look_at_fields(Look& look) {
    const std::size_t before = look.report.findings.size();
    for (const Table* table : known) {
        const ForeignTable* found = look.find(*table->name);
        if (found == nullptr) continue;
        for (const ForeignColumn& column : found->columns) {
            const bool historic =
                std::ranges::find(table->historic, std::string_view{column.name}) != table->historic.end();
            if (table->index_of(column.name) || historic || is_of_feature(look, found->name, column.name)) continue;
            look_at_foreign(look, *table, column);
        }
    }
    if (look.report.findings.size() == before) look.say(Verdict::works, "no column but Better Auth's");
    return {};
}

Result<void> look_at_issuer(Look& look) {
    if (look.find("account", "issuer") == nullptr) {
        look.say(Verdict::works, "account has no issuer, as since 1.7.3");
    } else {
        look.say(Verdict::works, "account has the issuer of 1.7.0 to 1.7.2", "it is written as those releases do");
    }
    return {};
}

}    // namespace

Complete is_complete(const Look& look, const Table& table) {
    const ForeignTable* found = look.find(*table.name);
    const bool all =
        found != nullptr && std::ranges::all_of(*table.columns, [&](const Column& column) {
            const ForeignColumn* there = found->find(*column.name);
            return there == nullptr ? column.null.value == storage::Null::allowed : is_readable(look, column, *there);
        });
    return all ? Complete::yes : Complete::no;
}

std::span<const Row> schema_rows() {
    static constexpr Row rows[]{
        {.id = "tables", .question = "Are the tables of Better Auth there?", .look = look_at_tables},
        {.id = "columns",
         .question = "Do they have the columns that are read, in types for it?",
         .look = look_at_columns},
        {.id = "plugins", .question = "Which plugins left tables and columns?", .look = look_at_plugins},
        {.id = "fields", .question = "Which columns are the application's own?", .look = look_at_fields},
        {.id = "issuer",
         .question = "Does an account say who issued it?",
         .look = look_at_issuer,
         .needs = &storage::account_table},
    };
    return rows;
}

}    // namespace countersign::app::adoption
