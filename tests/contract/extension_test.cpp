// Columns behind those of a table: made, written and read with it, alone and joined.
#include "storage/sql.hpp"
#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/any_database.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::AnyDatabase;
using testing_support::Kind;

const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");
constexpr const Table* tables[]{&user_table, &session_table, &account_table, &verification_table, &jwks_table};

std::vector<Extension> extensions() {
    return {{.table = &user_table,
             .columns = {{.name = "plan", .type = Type::text, .null = Null::never},
                         {.name = "age", .type = Type::integer, .null = Null::allowed}}},
            {.table = &session_table, .columns = {{.name = "theme", .type = Type::text, .null = Null::allowed}}}};
}

class ExtensionTest : public testing::TestWithParam<Kind> {
  protected:
    void SetUp() override { open(); }
    void open() {
        storage_.reset();
        auto opened = database_.open();
        ASSERT_TRUE(opened.ok());
        storage_ = *std::move(opened);
        ASSERT_TRUE(storage_->migrate(tables, extensions()).ok());
    }
    Result<void> write(std::function<Result<void>(Tx&)> work) { return storage_->transact(work); }

    AnyDatabase database_{GetParam()};
    std::unique_ptr<Storage> storage_;
    const Row user{"u", "N", "e@x.co", false, {}, noon, noon, "free", 36};
    const Row session{"s", noon, "t", noon, noon, "", "", "u", "dark"};
};

INSTANTIATE_TEST_SUITE_P(All, ExtensionTest, testing::ValuesIn(testing_support::every_kind),
                         testing_support::name_of_parameter);

TEST_P(ExtensionTest, a_row_has_its_own_cells_and_then_those_of_the_extension) {
    ASSERT_TRUE(write([&](Tx& tx) -> Result<void> {
                    CS_CHECK(tx.create(st::user_create, user));
                    return tx.create(st::session_create, session);
                }).ok());
    const Value email = "e@x.co", token = "t";
    EXPECT_EQ(**storage_->reader().find_one(st::user_by_email, {&email, 1}), user);
    Row joined = session;
    joined.insert(joined.end(), user.begin(), user.end());
    EXPECT_EQ(**storage_->reader().find_one(st::session_by_token, {&token, 1}), joined);
}

TEST_P(ExtensionTest, what_an_extension_demands_must_be_there) {
    Row without = user;
    without.resize(user_table.columns->size());
    EXPECT_FALSE(write([&](Tx& tx) { return tx.create(st::user_create, without); }).ok());
    EXPECT_TRUE(write([&](Tx& tx) { return tx.create(st::user_create, user); }).ok());
}

class ExtensionColumns : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(All, ExtensionColumns, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

TEST_P(ExtensionColumns, are_added_to_a_table_that_is_there_if_they_may_be_empty) {
    const AnyDatabase database{GetParam()};
    for (const Table* table : tables) {
        for (const std::string& text : database.schema_of(*table)) database.run(text);
    }
    database.run("insert into \"user\" values ('u', 'N', 'e@x.co', " + std::string{database.yes()} +
                 ", NULL, '2026-11-24T12:00:00.000Z', '2026-11-24T12:00:00.000Z')");
    const auto opened = database.open();
    ASSERT_TRUE(opened.ok());
    const auto demanding = (*opened)->migrate(tables, extensions());
    ASSERT_FALSE(demanding.ok()) << "rows that are there could not have it";
    EXPECT_EQ(demanding.error().found().text(), "required-column user.plan");
    auto modest = extensions();
    modest.front().columns.erase(modest.front().columns.begin());
    EXPECT_TRUE((*opened)->migrate(tables, modest).ok());
    EXPECT_EQ(database.one("select \"age\" from \"user\""), "NULL");
}

}    // namespace
}    // namespace countersign::storage
