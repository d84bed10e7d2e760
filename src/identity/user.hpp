// Users and their credentials as the domain sees them, and how they stand in rows.
#pragma once

#include <optional>
#include <string>

#include "base/email.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "identity/fields.hpp"
#include "storage/table.hpp"

namespace countersign::identity {

enum class EmailState : std::uint8_t { unverified, verified };

struct User {
    UserId id;
    std::string name;
    std::string email;    // lower case
    EmailState email_state = EmailState::unverified;
    std::optional<std::string> image;
    Instant created_at;
    Instant updated_at;
    FieldValues fields;    // one for every additional field
};

/// Reads the cells of one `user` row that begin at `first`; those of `fields` stand behind the table's own.
Result<User> user_from_row(const storage::Row& row, const AdditionalFields& fields, std::size_t first = 0);
storage::Row row_from_user(const User& user);

/// The user object of every answer (WIRE: U), or of a record.
void write_user(json::Writer& out, const User& user, View view = View::answer);
/// What write_user wrote; absent for anything else.
std::optional<User> user_from(const json::Value& value, const AdditionalFields& fields, View view);
/// Its members without the braces: the claims of a session JWT.
void write_user_members(json::Writer& out, const User& user, View view = View::answer);

}    // namespace countersign::identity
