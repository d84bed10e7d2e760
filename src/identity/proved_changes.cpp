// What a user whose proof is a mailed token, or a session just checked, does to their own rows.
#include "identity/users.hpp"
#include "storage/cells.hpp"
#include "storage/row_ids.hpp"
#include "storage/statements.hpp"

namespace countersign::identity {
namespace {
namespace st = storage::statements;
constexpr std::string_view credential_provider = "credential";
}    // namespace

Result<std::optional<User>> Users::find(storage::Rows& rows, const UserId& id) {
    const storage::Value key = id.text();
    CS_TRY(const std::optional<storage::Row> row, rows.find_one(st::user_by_id, {&key, 1}));
    if (!row) return std::optional<User>{};
    CS_TRY(User user, user_from_row(*row, *rows_.fields));
    return std::optional<User>{std::move(user)};
}

Result<std::string> Users::hash_new(std::string_view password, const UserId& owner) {
    storage::Rows reader = storage_->reader();
    CS_TRY(const std::optional<User> found, find(reader, owner));
    if (!found) return fail(Code::verification_user_gone);
    CS_CHECK(check_new(password, {.email = found->email, .name = found->name}));
    return hash(password, policy_.scheme);
}

Result<void> Users::set_password(storage::Tx& tx, const UserId& user, const std::string& hashed) {
    CS_TRY(const std::optional<User> found, find(tx, user));
    if (!found) return fail(Code::verification_user_gone);
    const storage::Value keys[]{user.text(), std::string{credential_provider}};
    CS_TRY(const std::optional<storage::Row> account, tx.find_one(st::account_of_user, keys));
    if (!account) {
        CS_TRY(const std::string id, storage::row_id(tx, storage::account_table, *random_, rows_.ids));
        return tx.create(st::account_create, credential_row({.user = user, .account = id}, hashed, clock_->now()));
    }
    CS_TRY(const std::string id, storage::cell<std::string>(*account, *storage::account_table.index_of("id")));
    const storage::Value set[]{hashed, clock_->now()};
    const storage::Value where[]{id};
    CS_TRY([[maybe_unused]] const auto row, tx.update(st::account_reset_password, set, where));
    return {};
}

Result<void> Users::drop_password(storage::Tx& tx, const UserId& user) {
    const storage::Value set[]{storage::Value{}, clock_->now()};
    const storage::Value where[]{user.text(), std::string{credential_provider}};
    CS_TRY([[maybe_unused]] const std::int64_t changed, tx.update_many(st::account_drop_passwords, set, where));
    return {};
}

Result<User> Users::set_email(storage::Tx& tx, const UserId& user, const std::string& email, EmailState state) {
    const storage::Value taken_by = email;
    CS_TRY(const std::optional<storage::Row> holder, tx.find_one(st::user_by_email, {&taken_by, 1}));
    if (holder) {
        CS_TRY(const std::string id, storage::cell<std::string>(*holder, 0));
        if (UserId{id} != user) return fail(Code::email_taken);
    }
    const storage::Value set[]{email, state == EmailState::verified, clock_->now()};
    const storage::Value where[]{user.text()};
    CS_TRY(const std::optional<storage::Row> row, tx.update(st::user_set_email, set, where));
    if (!row) return fail(Code::verification_user_gone);
    if (copies_ != nullptr) copies_->user_changed(tx, user);
    return user_from_row(*row, *rows_.fields);
}

Result<void> Users::remove(storage::Tx& tx, const Actor& who) {
    CS_TRY([[maybe_unused]] const std::int64_t sessions, tx.remove_many(st::session_remove_all, who, {}));
    CS_TRY([[maybe_unused]] const std::int64_t accounts, tx.remove_many(st::account_remove_all, who, {}));
    CS_TRY(const std::int64_t users, tx.remove(st::user_remove, who, {}));
    if (users == 0) return fail(Code::verification_user_gone);
    if (copies_ != nullptr) copies_->user_removed(tx, who.user());
    return {};
}

}    // namespace countersign::identity
