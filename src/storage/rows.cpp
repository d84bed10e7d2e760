#include "base/assert.hpp"
#include "storage/storage.hpp"

namespace countersign::storage {
namespace {

/// `set`, then the owner, then the rest of `where`: the order in which the SQL names them.
std::vector<Value> joined(Values set, const Actor* who, Values where) {
    std::vector<Value> all;
    all.reserve(set.size() + where.size() + 1);
    all.insert(all.end(), set.begin(), set.end());
    if (who != nullptr) all.emplace_back(who->user().text());
    all.insert(all.end(), where.begin(), where.end());
    return all;
}

Result<std::optional<Row>> one(Executor& executor, const Statement& statement, Values values) {
    std::optional<Row> found;
    CS_CHECK(executor.query(statement, values, [&](Row row) { found = std::move(row); }));
    return found;
}

Result<std::vector<Row>> many(Executor& executor, const Statement& statement, Values values) {
    std::vector<Row> found;
    CS_CHECK(executor.query(statement, values, [&](Row row) { found.push_back(std::move(row)); }));
    return found;
}

void expect(const Statement& statement, Op op) { CS_ASSERT(statement.op.value == op); }

}    // namespace

Result<std::int64_t> Executor::next_number(const Table& table) {
    return fail(Code::storage_unavailable, "a number inside transact", *table.name);
}

Result<void> Rows::create(const Unowned& statement, Values row) {
    expect(statement.statement, Op::create);
    CS_TRY([[maybe_unused]] const std::int64_t made, executor_->execute(statement.statement, row));
    return {};
}

Result<void> Rows::create(const Owned& statement, const Actor& who, Values row) {
    expect(statement.statement, Op::create);
    const Table& table = *statement.statement.table;
    const auto owner = table.index_of(table.owner);
    CS_ASSERT(owner.has_value() && *owner < row.size());
    if (row[*owner] != Value{who.user().text()}) {
        return fail(Code::isolation_user_id_mismatch, who.user().text(), statement.statement.id.value);
    }
    CS_TRY([[maybe_unused]] const std::int64_t made, executor_->execute(statement.statement, row));
    return {};
}

Result<std::optional<Row>> Rows::find_one(const Unowned& statement, Values values) {
    expect(statement.statement, Op::find_one);
    return one(*executor_, statement.statement, values);
}

Result<std::optional<Row>> Rows::find_one(const Owned& statement, const Actor& who, Values values) {
    expect(statement.statement, Op::find_one);
    return one(*executor_, statement.statement, joined({}, &who, values));
}

Result<std::vector<Row>> Rows::find_many(const Unowned& statement, Values values) {
    expect(statement.statement, Op::find_many);
    return many(*executor_, statement.statement, values);
}

Result<std::vector<Row>> Rows::find_many(const Owned& statement, const Actor& who, Values values) {
    expect(statement.statement, Op::find_many);
    return many(*executor_, statement.statement, joined({}, &who, values));
}

namespace {
Result<std::int64_t> counted(Executor& executor, const Statement& statement, Values values) {
    CS_TRY(const std::optional<Row> row, one(executor, statement, values));
    const std::int64_t* number = row && row->size() == 1 ? std::get_if<std::int64_t>(&row->front()) : nullptr;
    if (number == nullptr) return fail(Code::storage_corrupt, "one number", statement.id.value);
    return *number;
}
}    // namespace

Result<std::int64_t> Rows::count(const Unowned& statement, Values values) {
    expect(statement.statement, Op::count);
    return counted(*executor_, statement.statement, values);
}

Result<std::int64_t> Rows::count(const Owned& statement, const Actor& who, Values values) {
    expect(statement.statement, Op::count);
    return counted(*executor_, statement.statement, joined({}, &who, values));
}

Result<std::optional<Row>> Rows::update(const Unowned& statement, Values set, Values where) {
    expect(statement.statement, Op::update);
    return one(*executor_, statement.statement, joined(set, nullptr, where));
}

Result<std::optional<Row>> Rows::update(const Owned& statement, const Actor& who, Values set, Values where) {
    expect(statement.statement, Op::update);
    return one(*executor_, statement.statement, joined(set, &who, where));
}

Result<std::int64_t> Rows::update_many(const Unowned& statement, Values set, Values where) {
    expect(statement.statement, Op::update_many);
    return executor_->execute(statement.statement, joined(set, nullptr, where));
}

Result<std::int64_t> Rows::update_many(const Owned& statement, const Actor& who, Values set, Values where) {
    expect(statement.statement, Op::update_many);
    return executor_->execute(statement.statement, joined(set, &who, where));
}

Result<std::int64_t> Rows::remove(const Unowned& statement, Values values) {
    expect(statement.statement, Op::remove);
    return executor_->execute(statement.statement, values);
}

Result<std::int64_t> Rows::remove(const Owned& statement, const Actor& who, Values values) {
    expect(statement.statement, Op::remove);
    return executor_->execute(statement.statement, joined({}, &who, values));
}

Result<std::int64_t> Rows::remove_many(const Unowned& statement, Values values) {
    expect(statement.statement, Op::remove_many);
    return executor_->execute(statement.statement, values);
}

Result<std::int64_t> Rows::remove_many(const Owned& statement, const Actor& who, Values values) {
    expect(statement.statement, Op::remove_many);
    return executor_->execute(statement.statement, joined({}, &who, values));
}

Result<std::optional<Row>> Rows::consume_one(const Unowned& statement, Values values) {
    expect(statement.statement, Op::consume_one);
    return one(*executor_, statement.statement, values);
}

Result<std::optional<Row>> Rows::consume_one(const Owned& statement, const Actor& who, Values values) {
    expect(statement.statement, Op::consume_one);
    return one(*executor_, statement.statement, joined({}, &who, values));
}

Result<std::optional<Row>> Rows::increment_one(const Unowned& statement, std::int64_t by, Values values) {
    expect(statement.statement, Op::increment_one);
    const Value added = by;
    return one(*executor_, statement.statement, joined({&added, 1}, nullptr, values));
}

}    // namespace countersign::storage
