#include "identity/verifications.hpp"

#include "crypto/digest.hpp"
#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::identity {
namespace {

namespace st = storage::statements;
constexpr Seconds purge_interval{60};    // as Better Auth, at most

const PurposeRow& row_of(Purpose purpose) { return purposes[static_cast<std::size_t>(purpose)]; }
static_assert(std::ranges::all_of(purposes, [](const PurposeRow& row) {
    return &row == &purposes[static_cast<std::size_t>(row.id)];
}));

std::string identifier_of(Purpose purpose, std::string_view token) {
    std::string text{row_of(purpose).prefix};
    text += token;
    return text;
}

Result<std::optional<UserId>> user_in(const std::optional<storage::Row>& row) {
    if (!row) return std::optional<UserId>{};
    constexpr std::size_t value = *storage::verification_table.index_of("value");
    CS_TRY(const std::string user, storage::cell<std::string>(*row, value));
    return std::optional<UserId>{UserId{user}};
}

}    // namespace

Verifications::Verifications(storage::Storage& storage, const Clock& clock, Random& random, VerificationOptions options)
    : storage_{&storage},
      clock_{&clock},
      random_{&random},
      options_{options},
      purge_due_ms_{(clock.now() + purge_interval).unix_ms()} {}

std::string Verifications::new_token(Purpose purpose) {
    return random_text(*random_, row_of(purpose).token_length, row_of(purpose).alphabet);
}

/// One row for each user and purpose, so that the earlier one is found without a search (REC-03).
std::string Verifications::row_id_for(Purpose purpose, const UserId& user) {
    if (options_.earlier == Earlier::kept || row_of(purpose).ends == Ends::by_itself)
        return row_id(*random_, options_.ids);
    return crypto::token_hash(identifier_of(purpose, user.text()));
}

Result<void> Verifications::write(storage::Tx& tx, Purpose purpose, std::string_view token, const std::string& id,
                                  const std::string& value, Seconds life) {
    const std::string identifier = identifier_of(purpose, token);
    const Instant now = clock_->now();
    const storage::Row row{
        id,    options_.store == StoreIdentifier::hashed ? crypto::token_hash(identifier) : identifier,
        value, now + life,
        now,   now};
    return tx.create(st::verification_create, row);
}

Result<void> Verifications::purge_if_due(storage::Tx& tx) {
    const Instant now = clock_->now();
    std::int64_t due = purge_due_ms_.load();
    if (now.unix_ms() < due || !purge_due_ms_.compare_exchange_strong(due, (now + purge_interval).unix_ms())) return {};
    const storage::Value end = now;
    CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove_many(st::verification_purge, {&end, 1}));
    return {};
}

Result<void> Verifications::issue(storage::Tx& tx, Purpose purpose, std::string_view token, const UserId& user,
                                  std::optional<Seconds> life) {
    CS_CHECK(purge_if_due(tx));
    const std::string id = row_id_for(purpose, user);
    const storage::Value earlier = id;
    CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove(st::verification_remove, {&earlier, 1}));
    return write(tx, purpose, token, id, user.text(), life.value_or(row_of(purpose).life));
}

Result<void> Verifications::issue_nothing(storage::Tx& tx, Purpose purpose, std::string_view token) {
    CS_CHECK(purge_if_due(tx));
    const std::string id = row_id(*random_, options_.ids);
    CS_CHECK(write(tx, purpose, token, id, "", row_of(purpose).life));
    const storage::Value own = id;
    CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove(st::verification_remove, {&own, 1}));
    return {};
}

Result<std::optional<UserId>> Verifications::find(Purpose purpose, std::string_view token) {
    const std::string identifier = identifier_of(purpose, token);
    if (options_.store == StoreIdentifier::hashed) {
        const storage::Value hashed[]{crypto::token_hash(identifier), clock_->now()};
        CS_TRY(const auto row, storage_->reader().find_one(st::verification_find, hashed));
        if (row) return user_in(row);
    }
    const storage::Value plain[]{identifier, clock_->now()};    // made before it was switched to hashed
    CS_TRY(const auto row, storage_->reader().find_one(st::verification_find, plain));
    return user_in(row);
}

Result<std::optional<Verifications::Held>> Verifications::take_held(storage::Tx& tx, Purpose purpose,
                                                                    std::string_view token) {
    const std::string identifier = identifier_of(purpose, token);
    std::optional<storage::Row> row;
    if (options_.store == StoreIdentifier::hashed) {
        const storage::Value hashed[]{crypto::token_hash(identifier), clock_->now()};
        CS_TRY(row, tx.consume_one(st::verification_take, hashed));
    }
    if (!row) {
        const storage::Value plain[]{identifier, clock_->now()};    // made before it was switched to hashed
        CS_TRY(row, tx.consume_one(st::verification_take, plain));
    }
    CS_TRY(std::optional<UserId> user, user_in(row));
    if (!user) return std::optional<Held>{};
    constexpr std::size_t created = *storage::verification_table.index_of("createdAt");
    CS_TRY(const Instant since, storage::cell<Instant>(*row, created));
    return std::optional<Held>{{*std::move(user), since}};
}

Result<std::optional<UserId>> Verifications::take(storage::Tx& tx, Purpose purpose, std::string_view token) {
    CS_TRY(std::optional<Held> held, take_held(tx, purpose, token));
    if (!held) return std::optional<UserId>{};
    return std::optional{std::move(held->user)};
}

Result<void> Verifications::revoke_all(storage::Tx& tx, const UserId& user) {
    if (options_.earlier == Earlier::kept) return {};
    for (const PurposeRow& row : purposes) {
        if (row.ends == Ends::by_itself) continue;
        const storage::Value id = row_id_for(row.id, user);
        CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove(st::verification_remove, {&id, 1}));
    }
    return {};
}

Result<void> Verifications::revoke_since(storage::Tx& tx, const UserId& user, Instant since) {
    const storage::Value where[]{user.text(), since};
    CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove_many(st::verification_remove_of, where));
    return {};
}

}    // namespace countersign::identity
