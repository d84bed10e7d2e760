// `account.issuer` came and went in Better Auth: absent, nullable, demanded. All three are read and written (DESIGN
// D6).
#include "storage/cells.hpp"
#include "storage/sql.hpp"
#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/any_database.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::AnyDatabase;
using testing_support::Kind;
constexpr const Table* tables[]{&user_table, &session_table, &account_table, &verification_table};
const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");

struct Shape {
    std::string_view name;
    std::string column;        // behind the other columns of `account`
    std::string our_issuer;    // what our rows have there
};
const Shape shapes[]{
    {"absent (1.6, 1.7.3 and later)", "", "no such column"},
    {"nullable", ", \"issuer\" text", "local:credential"},
    {"demanded (1.7.0 to 1.7.2)", ", \"issuer\" text not null", "local:credential"},
    {"demanded, with a default", ", \"issuer\" text not null default 'x'", "local:credential"},
};

Row account_row(const std::string& user) {
    const Value none;
    return {"a-" + user, user, "credential", user, none, none, none, none, none, none, "hash", noon, noon};
}

class IssuerShapes : public testing::TestWithParam<Kind> {
  protected:
    void make_tables(const Shape& shape) {
        storage_.reset();
        database_.emplace(GetParam());
        for (const Table* table : tables) {
            std::vector<std::string> texts = database_->schema_of(*table);
            if (table == &account_table) texts.front().insert(texts.front().size() - 1, shape.column);
            for (const std::string& text : texts) database_->run(text);
        }
        if (has_issuer(shape))
            database_->run("create unique index \"account_key\" on \"account\" (\"issuer\", \"accountId\")");
    }
    static bool has_issuer(const Shape& shape) { return shape.column.starts_with(", \"issuer\""); }
    /// As Better Auth left it, with a user of its own.
    void make(const Shape& shape) {
        make_tables(shape);
        const bool there = has_issuer(shape);
        database_->run("insert into \"user\" values ('theirs', 'T', 'theirs@x.co', " + std::string{database_->yes()} +
                       ", NULL, '2026-11-24T12:00:00.000Z', '2026-11-24T12:00:00.000Z')");
        database_->run(std::string{"insert into \"account\" (\"id\", \"accountId\", \"providerId\", \"userId\", "
                                   "\"password\", \"createdAt\", \"updatedAt\""} +
                       (there ? ", \"issuer\"" : "") +
                       ") values ('a', 'theirs', 'credential', 'theirs', 'their-hash', '2026-11-24T12:00:00.000Z', "
                       "'2026-11-24T12:00:00.000Z'" +
                       (there ? ", 'local:credential'" : "") + ")");
    }
    Result<void> open_and_migrate() {
        CS_TRY(storage_, database_->open());
        return storage_->migrate(tables);
    }
    Result<void> add(const std::string& user) {
        return storage_->transact([&](Tx& tx) -> Result<void> {
            CS_CHECK(tx.create(st::user_create, Row{user, "N", user + "@x.co", false, Value{}, noon, noon}));
            return tx.create(st::account_create, account_row(user));
        });
    }
    std::string password_of(const std::string& user) {
        const Value keys[]{user, "credential"};
        const auto row = storage_->reader().find_one(st::account_of_user, keys);
        if (!row.ok() || !row->has_value()) return "no row";
        return cell<std::string>(**row, *account_table.index_of("password")).value_or("no text");
    }

    std::string column_of_issuer() {
        if (GetParam() == Kind::file) return database_->one("select sql from sqlite_schema where name = 'account'");
        return database_->one(
            "select coalesce(string_agg(attname || attnotnull || atthasdef || format_type(atttypid, atttypmod), ' ' "
            "order by attnum), '') from pg_attribute where attrelid = 'account'::regclass and attnum > 0");
    }

    std::optional<AnyDatabase> database_;
    std::unique_ptr<Storage> storage_;
};

INSTANTIATE_TEST_SUITE_P(All, IssuerShapes, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

TEST_P(IssuerShapes, rows_of_both_are_read_and_ours_are_written_as_Better_Auth_does) {
    for (const Shape& shape : shapes) {
        make(shape);
        ASSERT_TRUE(open_and_migrate().ok()) << shape.name;
        EXPECT_EQ(password_of("theirs"), "their-hash") << shape.name;
        const auto added = add("ours");
        ASSERT_TRUE(added.ok()) << shape.name << ": " << added.error().detail();
        EXPECT_EQ(password_of("ours"), "hash") << shape.name;
        if (shape.column.empty()) continue;
        EXPECT_EQ(database_->one("select \"issuer\" from \"account\" where \"userId\" = 'ours'"), shape.our_issuer)
            << shape.name;
    }
}

TEST_P(IssuerShapes, a_hash_is_replaced_and_the_issuer_stays) {
    for (const Shape& shape : shapes) {
        make(shape);
        ASSERT_TRUE(open_and_migrate().ok());
        const Value set[]{"new-hash", noon + Seconds{1}}, where[]{"a", "their-hash"};
        ASSERT_TRUE(storage_
                        ->transact([&](Tx& tx) -> Result<void> {
                            CS_TRY(const auto row, tx.update(st::account_rehash, set, where));
                            return row ? Result<void>{} : Result<void>{fail(Code::storage_corrupt)};
                        })
                        .ok())
            << shape.name;
        EXPECT_EQ(password_of("theirs"), "new-hash") << shape.name;
        if (shape.column.empty()) continue;
        EXPECT_EQ(database_->one("select \"issuer\" from \"account\""), "local:credential") << shape.name;
    }
}

TEST_P(IssuerShapes, the_column_is_neither_added_nor_changed) {
    for (const Shape& shape : shapes) {
        make(shape);
        const std::string before = column_of_issuer();
        ASSERT_TRUE(open_and_migrate().ok());
        EXPECT_EQ(column_of_issuer(), before) << shape.name;
    }
}

TEST_P(IssuerShapes, other_columns_that_must_be_set_are_still_refused) {
    for (const std::string column : {"tenant", "Issuers", "issuer2"}) {
        make_tables({"", ", \"" + column + "\" text not null", ""});
        const auto started = open_and_migrate();
        ASSERT_FALSE(started.ok()) << column;
        EXPECT_EQ(started.error().code(), Code::storage_unavailable);
    }
}

}    // namespace
}    // namespace countersign::storage
