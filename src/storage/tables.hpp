// The tables of Better Auth 1.7.25 (core, jwt, rate limit), column for column, and those of ours.
#pragma once

#include "storage/table.hpp"

namespace countersign::storage {

inline constexpr Column user_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},
    {.name = "name", .type = Type::text, .null = Null::never},
    {.name = "email", .type = Type::text, .null = Null::never, .unique = true},
    {.name = "emailVerified", .type = Type::boolean, .null = Null::never},
    {.name = "image", .type = Type::text, .null = Null::allowed},
    {.name = "createdAt", .type = Type::date, .null = Null::never, .fallback = Fallback::now},
    {.name = "updatedAt", .type = Type::date, .null = Null::never, .fallback = Fallback::now},
};
inline constexpr Table user_table{.name = "user", .columns = user_columns, .owner = "id"};

inline constexpr Column session_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},
    {.name = "expiresAt", .type = Type::date, .null = Null::never},
    {.name = "token", .type = Type::text, .null = Null::never, .unique = true},
    {.name = "createdAt", .type = Type::date, .null = Null::never, .fallback = Fallback::now},
    {.name = "updatedAt", .type = Type::date, .null = Null::never},
    {.name = "ipAddress", .type = Type::text, .null = Null::allowed},
    {.name = "userAgent", .type = Type::text, .null = Null::allowed},
    {.name = "userId", .type = Type::text, .null = Null::never, .indexed = true, .references = "user"},
};
inline constexpr Table session_table{.name = "session", .columns = session_columns, .owner = "userId"};

inline constexpr Column account_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},
    {.name = "accountId", .type = Type::text, .null = Null::never},
    {.name = "providerId", .type = Type::text, .null = Null::never},
    {.name = "userId", .type = Type::text, .null = Null::never, .indexed = true, .references = "user"},
    {.name = "accessToken", .type = Type::text, .null = Null::allowed},
    {.name = "refreshToken", .type = Type::text, .null = Null::allowed},
    {.name = "idToken", .type = Type::text, .null = Null::allowed},
    {.name = "accessTokenExpiresAt", .type = Type::date, .null = Null::allowed},
    {.name = "refreshTokenExpiresAt", .type = Type::date, .null = Null::allowed},
    {.name = "scope", .type = Type::text, .null = Null::allowed},
    {.name = "password", .type = Type::text, .null = Null::allowed},
    {.name = "createdAt", .type = Type::date, .null = Null::never, .fallback = Fallback::now},
    {.name = "updatedAt", .type = Type::date, .null = Null::never},
};
/// Releases 1.7.0 to 1.7.2 demand who issued the identity; later ones do not know the column (DESIGN D6).
inline constexpr std::string_view account_historic[]{"issuer"};
inline constexpr Table account_table{
    .name = "account", .columns = account_columns, .owner = "userId", .historic = account_historic};

inline constexpr Column verification_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},
    {.name = "identifier", .type = Type::text, .null = Null::never, .indexed = true},
    {.name = "value", .type = Type::text, .null = Null::never},
    {.name = "expiresAt", .type = Type::date, .null = Null::never},
    {.name = "createdAt", .type = Type::date, .null = Null::never, .fallback = Fallback::now},
    {.name = "updatedAt", .type = Type::date, .null = Null::never, .fallback = Fallback::now},
};
inline constexpr Table verification_table{.name = "verification", .columns = verification_columns, .owner = ""};

inline constexpr Column jwks_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},
    {.name = "publicKey", .type = Type::text, .null = Null::never},
    {.name = "privateKey", .type = Type::text, .null = Null::never},
    {.name = "createdAt", .type = Type::date, .null = Null::never},
    {.name = "expiresAt", .type = Type::date, .null = Null::allowed},
    {.name = "alg", .type = Type::text, .null = Null::allowed},
    {.name = "crv", .type = Type::text, .null = Null::allowed},
};
inline constexpr Table jwks_table{.name = "jwks", .columns = jwks_columns, .owner = ""};

inline constexpr Column rate_limit_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},
    {.name = "key", .type = Type::text, .null = Null::never, .unique = true},
    {.name = "count", .type = Type::integer, .null = Null::never},
    {.name = "lastRequest", .type = Type::big_integer, .null = Null::never},
};
inline constexpr Table rate_limit_table{.name = "rateLimit", .columns = rate_limit_columns, .owner = ""};

/// Ours alone: messages that wait to be sent, or that the capture transport keeps. The payload is sealed.
inline constexpr Column outbox_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},
    {.name = "number", .type = Type::big_integer, .null = Null::never, .unique = true},
    {.name = "payload", .type = Type::text, .null = Null::never},
    {.name = "createdAt", .type = Type::date, .null = Null::never},
};
inline constexpr Table outbox_table{
    .name = "countersignOutbox", .columns = outbox_columns, .owner = "", .text_order = TextOrder::bytes};

/// Ours alone: security events, chained (docs/adr/0022). They outlive the user whom they name.
inline constexpr Column audit_event_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},    // segment and sequence: the order of writing
    {.name = "segment", .type = Type::text, .null = Null::never},
    {.name = "sequence", .type = Type::big_integer, .null = Null::never},
    {.name = "at", .type = Type::date, .null = Null::never},
    {.name = "kind", .type = Type::text, .null = Null::never},
    {.name = "userId", .type = Type::text, .null = Null::never},
    {.name = "session", .type = Type::text, .null = Null::never},
    {.name = "network", .type = Type::text, .null = Null::never},
    {.name = "agent", .type = Type::text, .null = Null::never},
    {.name = "reference", .type = Type::text, .null = Null::never},
    {.name = "detail", .type = Type::text, .null = Null::never},
    {.name = "link", .type = Type::text, .null = Null::never},
};
inline constexpr Table audit_event_table{
    .name = "auditEvent", .columns = audit_event_columns, .owner = "", .text_order = TextOrder::bytes};
/// The same by its ids alone, for reading: also where another cell has not the form of its column.
inline constexpr Table audit_id_table{.name = "auditEvent",
                                      .columns = std::span{audit_event_columns}.first(1),
                                      .owner = "",
                                      .text_order = TextOrder::bytes};

/// Ours alone: wrong passwords of a name, where several servers count them together. Times in milliseconds.
inline constexpr Column failure_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},    // the kind of name, and a keyed hash of it
    {.name = "whose", .type = Type::integer, .null = Null::never, .indexed = true},
    {.name = "failures", .type = Type::big_integer, .null = Null::never},
    {.name = "firstAt", .type = Type::big_integer, .null = Null::never},
    {.name = "lastAt", .type = Type::big_integer, .null = Null::never},
    {.name = "waitsUntil", .type = Type::big_integer, .null = Null::never},
};
inline constexpr Table failure_table{
    .name = "countersignFailure", .columns = failure_columns, .owner = "", .text_order = TextOrder::bytes};

/// Ours alone: what the server has to remember about the database itself. Better Auth's migrations do not look at it.
inline constexpr Column meta_columns[]{
    {.name = "id", .type = Type::text, .null = Null::never},
    {.name = "value", .type = Type::text, .null = Null::never},
};
inline constexpr Table meta_table{
    .name = "countersignMeta", .columns = meta_columns, .owner = "", .text_order = TextOrder::bytes};

}    // namespace countersign::storage
