#include "storage/statements.hpp"

namespace countersign::storage::statements {
namespace {

constexpr const Owned* owned[]{&user_of_caller,        &user_hold,       &user_update,          &account_of_caller,
                               &account_list,          &account_count,   &account_remove,       &account_renew_hash,
                               &session_refresh,       &session_remove,  &session_remove_token, &session_remove_all,
                               &session_remove_others, &session_hold,    &session_set_fields,   &session_list,
                               &session_end_token,     &session_end_all, &session_end_others,   &user_remove,
                               &account_remove_all};
constexpr const Unowned* unowned[]{&user_create,
                                   &user_by_email,
                                   &account_create,
                                   &account_count_hashes,
                                   &account_first_hash,
                                   &account_of_user,
                                   &account_rehash,
                                   &account_reset_password,
                                   &account_drop_passwords,
                                   &session_create,
                                   &session_by_token,
                                   &session_remove_by_token,
                                   &user_by_id,
                                   &user_set_email,
                                   &session_remove_proved,
                                   &session_end_by_token,
                                   &session_end_proved,
                                   &user_to_copy,
                                   &verification_create,
                                   &verification_find,
                                   &verification_take,
                                   &verification_remove,
                                   &verification_remove_of,
                                   &verification_purge,
                                   &outbox_create,
                                   &outbox_newest,
                                   &outbox_last,
                                   &outbox_first,
                                   &outbox_trim,
                                   &jwks_create,
                                   &jwks_all,
                                   &jwks_set_end,
                                   &jwks_take,
                                   &audit_create,
                                   &audit_last,
                                   &audit_first,
                                   &audit_range,
                                   &audit_next_id,
                                   &audit_ids,
                                   &audit_count,
                                   &audit_remove,
                                   &rate_limit_create,
                                   &rate_limit_find,
                                   &rate_limit_set,
                                   &rate_limit_count,
                                   &rate_limit_purge,
                                   &rate_limit_trim,
                                   &failure_create,
                                   &failure_find,
                                   &failure_set,
                                   &failure_remove,
                                   &failure_count,
                                   &failure_purge_few,
                                   &failure_purge_many,
                                   &failure_trim,
                                   &failure_trim_stops,
                                   &meta_create,
                                   &meta_by_id};

/// The owner predicate is the first of every owned statement, with equality: wall 2 of DESIGN §7, checked as it
/// compiles.
static_assert(std::ranges::all_of(owned, [](const Owned* row) {
    const Statement& statement = row->statement;
    return !statement.table->owner->empty() && !statement.where.empty() &&
           statement.where.front().column.value == statement.table->owner.value &&
           statement.where.front().match == Match::equal;
}));
static_assert(std::ranges::all_of(unowned, [](const Unowned* row) { return !row->reason->empty(); }));

/// A create says what stands in every historic column; nothing else writes them.
constexpr bool historic_is_complete(const Statement& statement) {
    const std::size_t wanted = statement.op.value == Op::create ? statement.table->historic.size() : 0;
    return statement.historic.size() == wanted;
}
static_assert(std::ranges::all_of(owned, [](const Owned* row) { return historic_is_complete(row->statement); }));
static_assert(std::ranges::all_of(unowned, [](const Unowned* row) { return historic_is_complete(row->statement); }));

}    // namespace

std::span<const Owned* const> all_owned() { return owned; }
std::span<const Unowned* const> all_unowned() { return unowned; }

}    // namespace countersign::storage::statements
