#include "identity/user.hpp"

#include "storage/cells.hpp"
#include "storage/tables.hpp"

namespace countersign::identity {
Result<User> user_from_row(const storage::Row& row, const AdditionalFields& fields, std::size_t first) {
    User user;
    CS_TRY(const std::string id, storage::cell<std::string>(row, first));
    user.id = UserId{id};
    CS_TRY(user.name, storage::cell<std::string>(row, first + 1));
    CS_TRY(user.email, storage::cell<std::string>(row, first + 2));
    CS_TRY(user.email_state, storage::flag_cell(row, first + 3, EmailState::unverified, EmailState::verified));
    CS_TRY(user.image, storage::optional_cell<std::string>(row, first + 4));
    CS_TRY(user.created_at, storage::cell<Instant>(row, first + 5));
    CS_TRY(user.updated_at, storage::cell<Instant>(row, first + 6));
    CS_TRY(user.fields, fields_from_row(fields, row, first + storage::user_table.columns->size()));
    return user;
}

storage::Row row_from_user(const User& user) {
    storage::Row row{user.id.text(),
                     user.name,
                     user.email,
                     user.email_state == EmailState::verified,
                     storage::value_of(user.image),
                     user.created_at,
                     user.updated_at};
    for (const FieldValueView& field : user.fields) row.push_back(field.value);
    return row;
}

void write_user_members(json::Writer& out, const User& user, View view) {
    out.key("name").value(user.name);
    out.key("email").value(user.email);
    out.key("emailVerified").value(user.email_state == EmailState::verified);
    if (user.image) {
        out.key("image").value(*user.image);
    } else {
        out.key("image").value(nullptr);
    }
    out.key("createdAt").value(user.created_at);
    out.key("updatedAt").value(user.updated_at);
    write_fields(out, user.fields, view);
    out.key("id").value(user.id.text());
}

void write_user(json::Writer& out, const User& user, View view) {
    out.begin_object();
    write_user_members(out, user, view);
    out.end_object();
}

std::optional<User> user_from(const json::Value& value, const AdditionalFields& fields, View view) {
    const auto created = value.date("createdAt");
    const auto updated = value.date("updatedAt");
    const json::Value* verified = value.find("emailVerified");
    if (!created || !updated || verified == nullptr || verified->as_bool() == nullptr) return std::nullopt;
    const json::Value* image = value.find("image");
    const std::string* picture = image == nullptr ? nullptr : image->as_string();
    return User{.id = UserId{value.text("id")},
                .name = std::string{value.text("name")},
                .email = std::string{value.text("email")},
                .email_state = *verified->as_bool() ? EmailState::verified : EmailState::unverified,
                .image = picture == nullptr ? std::nullopt : std::optional{*picture},
                .created_at = *created,
                .updated_at = *updated,
                .fields = read_fields(fields, value, view)};
}

}    // namespace countersign::identity
