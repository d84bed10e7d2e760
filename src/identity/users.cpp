#include "identity/users.hpp"

#include "storage/cells.hpp"
#include "storage/row_ids.hpp"
#include "storage/statements.hpp"

namespace countersign::identity {
namespace {

namespace st = storage::statements;
constexpr std::string_view credential_provider = "credential";

bool is_wrong(Code code) {
    constexpr std::array wrong{Code::login_unknown, Code::login_password, Code::login_no_credential,
                               Code::password_hash_unreadable, Code::password_hash_cost};
    return std::ranges::find(wrong, code) != wrong.end();
}

constexpr int most_proofs = 3;    // of one sign-in

/// That nobody could be asked is no outcome.
Result<void> conclude(Attempt& attempt, const AuthError* refused) {
    if (refused == nullptr) return attempt.end(Attempt::Outcome::proved);
    return is_wrong(refused->code()) ? attempt.end(Attempt::Outcome::failed) : Result<void>{};
}

}    // namespace

Result<std::optional<User>> Users::find_by_email(storage::Rows& rows, std::string_view email) {
    const storage::Value key = std::string{email};
    CS_TRY(const std::optional<storage::Row> row, rows.find_one(st::user_by_email, {&key, 1}));
    if (!row) return std::optional<User>{};
    CS_TRY(User user, user_from_row(*row, *rows_.fields));
    return std::optional<User>{std::move(user)};
}

Result<std::optional<Users::Credential>> Users::find_credential(storage::Rows& rows, const UserId& user) {
    const storage::Value keys[]{user.text(), std::string{credential_provider}};
    CS_TRY(const std::optional<storage::Row> row, rows.find_one(st::account_of_user, keys));
    return credential_from(row);
}

Result<std::optional<Users::Credential>> Users::credential_from(const std::optional<storage::Row>& row) {
    if (!row) return std::optional<Credential>{};
    constexpr std::size_t id = *storage::account_table.index_of("id");
    constexpr std::size_t password = *storage::account_table.index_of("password");
    CS_TRY(const std::string account, storage::cell<std::string>(*row, id));
    CS_TRY(const std::optional<std::string> stored, storage::optional_cell<std::string>(*row, password));
    if (!stored) return std::optional<Credential>{};
    return std::optional<Credential>{Credential{AccountId{account}, *stored}};
}

Result<Users::Credential> Users::proved_credential(Attempt& attempt, const Actor& who, std::string_view password) {
    CS_CHECK(attempt.begin(who));
    const storage::Value provider = std::string{credential_provider};
    CS_TRY(const std::optional<storage::Row> row,
           storage_->reader().find_one(st::account_of_caller, who, {&provider, 1}));
    CS_TRY(std::optional<Credential> credential, credential_from(row));
    if (!credential) return fail(Code::login_no_credential);
    const Result<void> checked = check_password(*credential, password);
    CS_CHECK(conclude(attempt, checked.ok() ? nullptr : &checked.error()));
    CS_CHECK(checked);
    return *std::move(credential);
}

Result<void> Users::check_length(std::string_view password) const {
    const std::size_t length = crypto::utf16_length(password);
    if (length < policy_.min_length) return fail(Code::password_too_short, policy_.min_length, length);
    if (length > policy_.max_length) return fail(Code::password_too_long, policy_.max_length, length);
    return {};
}

Result<void> Users::check_new(std::string_view password, const OwnerView& owner) const {
    CS_CHECK(check_length(password));
    return policy_.rules == nullptr ? Result<void>{} : policy_.rules->check(password, owner);
}

User Users::new_user(const NewUser& ask) {
    const Instant now = clock_->now();
    return {.id = {},
            .name = std::string{ask.name},
            .email = canonical_email(ask.email),
            .image = ask.image ? std::optional<std::string>{*ask.image} : std::nullopt,
            .created_at = now,
            .updated_at = now,
            .fields = ask.fields};
}

Result<Users::NewIds> Users::take_ids(storage::Tx& tx) {
    CS_TRY(const std::string user, storage::row_id(tx, storage::user_table, *random_, rows_.ids));
    CS_TRY(const std::string account, storage::row_id(tx, storage::account_table, *random_, rows_.ids));
    return NewIds{.user = UserId{user}, .account = account};
}

storage::Row Users::credential_row(const NewIds& ids, std::string_view hashed, Instant at) {
    return {ids.account,
            ids.user.text(),
            std::string{credential_provider},
            ids.user.text(),
            {},
            {},
            {},
            {},
            {},
            {},
            std::string{hashed},
            at,
            at};
}

Result<void> Users::store(User& user, std::string_view hashed, const Then& then) {
    return storage_->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY(const NewIds ids, take_ids(tx));
        user.id = ids.user;
        CS_CHECK(tx.create(st::user_create, row_from_user(user)));
        CS_CHECK(tx.create(st::account_create, credential_row(ids, hashed, user.created_at)));
        return then(tx, user);
    });
}

Result<void> Users::conceal(User& user, const std::function<Result<void>(storage::Tx&)>& then) {
    return storage_->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY(const NewIds ids, take_ids(tx));
        user.id = ids.user;
        return then ? then(tx) : Result<void>{};
    });
}

Result<User> Users::sign_up(const NewUser& ask, const Then& then, const Then& if_taken) {
    CS_CHECK(check_new(ask.password, {.email = ask.email, .name = ask.name}));
    const bool concealed = policy_.taken == TakenAddress::concealed;
    CS_TRY(const std::optional<User> existing, find_by_email(canonical_email(ask.email)));
    if (existing && !concealed) return fail(Code::signup_exists);

    CS_TRY(const std::string hashed, hash(ask.password, policy_.scheme));
    User user = new_user(ask);
    if (existing) {
        CS_CHECK(conceal(user, [&](storage::Tx& tx) { return if_taken ? if_taken(tx, *existing) : Result<void>{}; }));
        return user;
    }
    const Result<void> stored = store(user, hashed, then);
    if (stored.ok()) return user;
    if (stored.error().code() != Code::storage_conflict) return fail(stored.error());
    // Two sign-ups of one address at the same moment: the unique column has one winner.
    if (!concealed) return fail(Code::signup_exists);
    CS_CHECK(conceal(user, {}));
    return user;
}

Result<Users::Proved> Users::prove_owner(std::string_view email, std::string_view password) {
    CS_TRY(std::optional<User> user, find_by_email(email));
    if (!user) return refuse_with_dummy(email, password, fail(Code::login_unknown).error());
    storage::Rows reader = storage_->reader();
    CS_TRY(std::optional<Credential> credential, find_credential(reader, user->id));
    if (!credential) return refuse_with_dummy(email, password, fail(Code::login_no_credential).error());
    const Result<crypto::StoredHash> readable = crypto::parse_stored_hash(credential->hash);
    if (!readable.ok()) return refuse_with_dummy(email, password, readable.error());    // as slow as any other (ENU-02)
    CS_CHECK(check_password(*credential, password));
    return Proved{*std::move(user), *std::move(credential)};
}

Result<User> Users::sign_in(Attempt& attempt, std::string_view given, std::string_view password, const Then& then) {
    if (email_syntax(given) == EmailSyntax::invalid) return fail(Code::email_malformed);
    const std::size_t length = crypto::utf16_length(password);
    if (length > policy_.max_length) return fail(Code::password_too_long, policy_.max_length, length);

    mix_.await_count();
    const std::string email = canonical_email(given);
    CS_CHECK(attempt.begin(email));
    std::optional<User> signed_in;
    // Between the proof and the transaction somebody may have changed the password, or another sign-in have put a
    // better hash of the same in its place: then it is to be proved once more.
    for (int proofs = 0; !signed_in && proofs < most_proofs; ++proofs) {
        Result<Proved> proved = prove_owner(email, password);
        CS_CHECK(conclude(attempt, proved.ok() ? nullptr : &proved.error()));
        CS_TRY(const Proved found, std::move(proved));
        CS_TRY(const std::optional<std::string> rehashed, better_hash(found.credential, password));
        const auto follow = [&](storage::Tx& tx) -> Result<void> {
            CS_TRY(const Held held, hold(tx, found, rehashed));
            if (held == Held::changed) return {};
            CS_CHECK(then(tx, found.user));
            signed_in = found.user;
            return {};
        };
        CS_CHECK(storage_->transact(follow));
    }
    if (!signed_in) return fail(Code::login_password, "the password that was proved", "changed meanwhile");
    return *std::move(signed_in);
}

Result<User> Users::update(const Actor& who, const ProfileChange& change) {
    std::optional<User> updated;
    CS_CHECK(storage_->transact([&](storage::Tx& tx) -> Result<void> {
        const storage::Value now = clock_->now();
        CS_TRY(const std::optional<storage::Row> row, tx.update(st::user_hold, who, {&now, 1}, {}));
        if (!row) return fail(Code::session_unknown, "the user of the session", "gone");
        CS_TRY(updated, user_from_row(*row, *rows_.fields));
        if (change.name) updated->name = *change.name;
        if (change.image) {
            updated->image = *change.image ? std::optional<std::string>{**change.image} : std::nullopt;
        }
        apply(updated->fields, change.fields);
        std::vector<storage::Value> set{updated->name, storage::value_of(updated->image), updated->updated_at};
        for (const FieldValueView& field : updated->fields) set.push_back(field.value);
        CS_TRY([[maybe_unused]] const auto written, tx.update(st::user_update, who, set, {}));
        if (copies_ != nullptr) copies_->user_changed(tx, who.user());
        return {};
    }));
    return *std::move(updated);
}

Result<void> Users::change_password(Attempt& attempt, const Actor& who, std::string_view current, std::string_view next,
                                    const std::function<Result<void>(storage::Tx&)>& then) {
    CS_CHECK(check_length(next));
    CS_TRY(const Credential credential, proved_credential(attempt, who, current));
    CS_TRY(const std::optional<storage::Row> own_row, storage_->reader().find_one(st::user_of_caller, who, {}));
    if (!own_row) return fail(Code::session_unknown, "the user of the session", "gone");
    CS_TRY(const User owner, user_from_row(*own_row, *rows_.fields));
    CS_CHECK(check_new(next, {.email = owner.email, .name = owner.name}));
    CS_TRY(const std::string hashed, hash(next, policy_.scheme));
    return storage_->transact([&](storage::Tx& tx) -> Result<void> {
        const storage::Value set[]{hashed, clock_->now()};
        const storage::Value where[]{credential.id.text(), credential.hash};
        CS_TRY(const auto row, tx.update(st::account_renew_hash, who, set, where));
        if (!row) return fail(Code::login_password, "the password that was proved", "changed meanwhile");
        return then(tx);
    });
}

Result<void> Users::verify_password(Attempt& attempt, const Actor& who, std::string_view password) {
    const std::size_t length = crypto::utf16_length(password);
    if (length > policy_.max_length) return fail(Code::login_password, policy_.max_length, length);
    CS_TRY(const Credential proved, proved_credential(attempt, who, password));
    CS_TRY(const std::optional<std::string> better, better_hash(proved, password));
    if (!better) return {};
    return storage_->transact([&](storage::Tx& tx) -> Result<void> {
        const storage::Value set[]{*better, clock_->now()};
        const storage::Value where[]{proved.id.text(), proved.hash};
        CS_TRY([[maybe_unused]] const auto row, tx.update(st::account_renew_hash, who, set, where));
        return {};
    });
}

namespace {

std::vector<std::string> scopes_of(std::string_view joined) {
    std::vector<std::string> scopes;
    while (!joined.empty()) {
        const std::size_t comma = std::min(joined.find(','), joined.size());
        scopes.emplace_back(joined.substr(0, comma));
        joined.remove_prefix(std::min(comma + 1, joined.size()));
    }
    return scopes;
}

Result<AccountView> account_from_row(const storage::Row& row) {
    constexpr auto at = [](std::string_view column) { return *storage::account_table.index_of(column); };
    AccountView account;
    CS_TRY(account.id, storage::cell<std::string>(row, at("id")));
    CS_TRY(account.account_id, storage::cell<std::string>(row, at("accountId")));
    CS_TRY(account.provider_id, storage::cell<std::string>(row, at("providerId")));
    CS_TRY(account.user_id, storage::cell<std::string>(row, at("userId")));
    CS_TRY(account.created_at, storage::cell<Instant>(row, at("createdAt")));
    CS_TRY(account.updated_at, storage::cell<Instant>(row, at("updatedAt")));
    CS_TRY(const std::optional<std::string> scope, storage::optional_cell<std::string>(row, at("scope")));
    account.scopes = scopes_of(scope.value_or(""));
    return account;
}

}    // namespace

Result<std::vector<AccountView>> Users::list_accounts(const Actor& who) {
    CS_TRY(const std::vector<storage::Row> rows, storage_->reader().find_many(st::account_list, who, {}));
    std::vector<AccountView> accounts;
    for (const storage::Row& row : rows) {
        CS_TRY(AccountView account, account_from_row(row));
        accounts.push_back(std::move(account));
    }
    return accounts;
}

Result<void> Users::unlink(const Actor& who, std::string_view account_id) {
    return storage_->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY(const std::int64_t accounts, tx.count(st::account_count, who, {}));
        if (accounts <= 1) return fail(Code::account_last, "two accounts", accounts);
        const storage::Value id = std::string{account_id};
        CS_TRY(const std::int64_t removed, tx.remove(st::account_remove, who, {&id, 1}));
        if (removed == 0) return fail(Code::account_unknown);
        return {};
    });
}

}    // namespace countersign::identity
