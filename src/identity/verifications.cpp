#include "identity/verifications.hpp"

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "storage/cells.hpp"
#include "storage/row_ids.hpp"
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

using Held = Verifications::Held;

Result<std::optional<Held>> held_in(const std::optional<storage::Row>& row) {
    if (!row) return std::optional<Held>{};
    constexpr std::size_t value = *storage::verification_table.index_of("value");
    constexpr std::size_t created = *storage::verification_table.index_of("createdAt");
    CS_TRY(const std::string user, storage::cell<std::string>(*row, value));
    CS_TRY(const Instant since, storage::cell<Instant>(*row, created));
    return std::optional<Held>{{UserId{user}, since}};
}

/// Under what a key-value store finds all that a user holds for a purpose.
std::string holder_of(Purpose purpose, const UserId& user) {
    return crypto::token_hash(identifier_of(purpose, user.text()));
}

}    // namespace

Verifications::Verifications(storage::Storage& storage, const Clock& clock, Random& random, VerificationOptions options,
                             storage::KeyValues* store)
    : storage_{&storage},
      clock_{&clock},
      random_{&random},
      options_{options},
      purge_due_ms_{(clock.now() + purge_interval).unix_ms()} {
    if (store != nullptr) kept_.emplace(*store, clock);
}

std::string Verifications::new_token(Purpose purpose) {
    return random_text(*random_, row_of(purpose).token_length, row_of(purpose).alphabet);
}

Result<std::string> Verifications::free_row_id(storage::Tx& tx) {
    if (!has_rows()) return random_id(*random_, options_.ids);
    return storage::row_id(tx, storage::verification_table, *random_, options_.ids);
}

/// One row for each user and purpose, so that the earlier one is found without a search (REC-03).
Result<std::string> Verifications::row_id_for(storage::Tx& tx, Purpose purpose, const UserId& user) {
    if (options_.earlier == Earlier::kept || row_of(purpose).ends == Ends::by_itself) return free_row_id(tx);
    if (options_.ids != IdForm::uuid) return holder_of(purpose, user);
    constexpr unsigned of_own_making = 8;    // RFC 9562 §5.8; a column of UUIDs takes nothing else
    const crypto::Sha256 digest = crypto::sha256(bytes_of(identifier_of(purpose, user.text())));
    return uuid_text(std::span{digest}.first<16>(), of_own_making);
}

std::vector<std::string> Verifications::stored_forms(Purpose purpose, std::string_view token) const {
    const std::string identifier = identifier_of(purpose, token);
    if (options_.store == StoreIdentifier::plain) return {identifier};
    return {crypto::token_hash(identifier), identifier};    // plain: made before it was switched to hashed
}

Verifications::Value Verifications::new_value(Purpose purpose, std::string_view token, std::string_view id,
                                              std::string_view value, Seconds life) const {
    const Instant now = clock_->now();
    return {.id = has_rows() ? std::string{id} : std::string{},
            .identifier = stored_forms(purpose, token).front(),
            .value = std::string{value},
            .created_at = now,
            .expires_at = now + life};
}

Result<void> Verifications::write(storage::Tx& tx, const Value& value) {
    const storage::Row row{value.id,         value.identifier, value.value,
                           value.expires_at, value.created_at, value.created_at};
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
    CS_TRY(const std::string id, row_id_for(tx, purpose, user));
    const Value value = new_value(purpose, token, id, user.text(), life.value_or(row_of(purpose).life));
    if (has_rows()) {
        CS_CHECK(purge_if_due(tx));
        const storage::Value earlier = id;
        CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove(st::verification_remove, {&earlier, 1}));
        CS_CHECK(write(tx, value));
    }
    if (!kept_) return {};
    tx.after_commit([this, value, ends = row_of(purpose).ends, holder = holder_of(purpose, user)] {
        if (options_.earlier == Earlier::kept) return kept_->put(value);
        return ends == Ends::by_itself ? kept_->put_beside(value, holder) : kept_->put_newest(value, holder);
    });
    return {};
}

Result<void> Verifications::issue_nothing(storage::Tx& tx, Purpose purpose, std::string_view token) {
    CS_TRY(const std::string id, free_row_id(tx));
    const Value value = new_value(purpose, token, id, "", row_of(purpose).life);
    if (has_rows()) {
        CS_CHECK(purge_if_due(tx));
        CS_CHECK(write(tx, value));
        const storage::Value own = id;
        CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove(st::verification_remove, {&own, 1}));
    }
    if (!kept_) return {};
    tx.after_commit([this, value, id] {
        return kept_->put_nothing(
            value, options_.earlier == Earlier::kept ? std::nullopt : std::optional<std::string_view>{id});
    });
    return {};
}

Result<std::optional<UserId>> Verifications::find(Purpose purpose, std::string_view token) {
    const std::vector<std::string> forms = stored_forms(purpose, token);
    if (kept_) {
        for (const std::string& form : forms) {
            CS_TRY(const std::optional<Value> value, kept_->find(form));
            if (value) return std::optional<UserId>{UserId{value->value}};
        }
        if (!has_rows()) return std::optional<UserId>{};
    }
    for (const std::string& form : forms) {
        const storage::Value keys[]{form, clock_->now()};
        CS_TRY(const auto row, storage_->reader().find_one(st::verification_find, keys));
        CS_TRY(const std::optional<Held> held, held_in(row));
        if (held) return std::optional<UserId>{held->user};
    }
    return std::optional<UserId>{};
}

/// Where there are rows they decide, and the store follows the commit.
Result<std::optional<Verifications::Held>> Verifications::take_held(storage::Tx& tx, Purpose purpose,
                                                                    std::string_view token) {
    const std::vector<std::string> forms = stored_forms(purpose, token);
    std::optional<Held> held;
    for (const std::string& form : forms) {
        if (held) break;
        if (has_rows()) {
            const storage::Value keys[]{form, clock_->now()};
            CS_TRY(const auto row, tx.consume_one(st::verification_take, keys));
            CS_TRY(held, held_in(row));
        } else {
            CS_TRY(const std::optional<Value> taken, kept_->take(tx, form));
            if (taken) held = Held{UserId{taken->value}, taken->created_at};
        }
    }
    if (!held || !kept_) return held;
    tx.after_commit([this, forms]() -> Result<void> {
        for (const std::string& form : forms) CS_CHECK(kept_->remove(form));
        return {};
    });
    return held;
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
        const std::string holder = holder_of(row.id, user);
        if (has_rows()) {
            const storage::Value id = holder;
            CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove(st::verification_remove, {&id, 1}));
        }
        if (kept_) tx.after_commit([this, holder] { return kept_->remove_of(holder); });
    }
    return {};
}

Result<void> Verifications::revoke_since(storage::Tx& tx, const UserId& user, Instant since) {
    if (has_rows()) {
        const storage::Value where[]{user.text(), since};
        CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove_many(st::verification_remove_of, where));
    }
    if (!kept_) return {};
    tx.after_commit([this, user, since]() -> Result<void> {
        for (const PurposeRow& row : purposes) CS_CHECK(kept_->remove_since(holder_of(row.id, user), since));
        return {};
    });
    return {};
}

}    // namespace countersign::identity
