// Statements are rows, so what must hold for all of them is asked of all of them.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "storage/sql.hpp"
#include "storage/statements.hpp"
#include "storage/storage.hpp"
#include "support/any_database.hpp"

namespace countersign::storage {
namespace {

namespace st = statements;
using testing_support::PlainDatabase;
constexpr const Table* tables[]{&user_table,       &session_table, &account_table, &verification_table, &jwks_table,
                                &rate_limit_table, &meta_table,    &outbox_table,  &audit_event_table,  &failure_table};

// An owned statement cannot be run without the proof of who asks.
template <class Row_>
concept RunsWithoutActor = requires(Rows rows, const Row_& row, Values values) { rows.find_many(row, values); } ||
                           requires(Rows rows, const Row_& row, Values values) { rows.remove(row, values); } ||
                           requires(Rows rows, const Row_& row, Values values) { rows.update(row, values, values); } ||
                           requires(Rows rows, const Row_& row, Values values) { rows.create(row, values); };
static_assert(!RunsWithoutActor<Owned> && RunsWithoutActor<Unowned>);
template <class Who>
concept Proves = requires(Rows rows, const Who& who, Values values) { rows.find_many(st::session_list, who, values); };
static_assert(Proves<Actor> && !Proves<UserId> && !Proves<Pending> && !Proves<SystemActor> && !Proves<std::string>);

std::vector<const Statement*> all_statements() {
    std::vector<const Statement*> all;
    for (const Owned* row : st::all_owned()) all.push_back(&row->statement);
    for (const Unowned* row : st::all_unowned()) all.push_back(&row->statement);
    return all;
}

/// Values that the SQL takes: for create the columns, otherwise those of `set`, then those of `where`.
std::size_t values_of(const Statement& statement) {
    if (statement.op.value == Op::create) return statement.table->columns->size();
    return statement.set.size() + statement.where.size();
}

bool writes_columns(Op op) { return op == Op::update || op == Op::update_many || op == Op::increment_one; }

/// Statements that read a whole table.
const std::set<std::string_view> scans{"account.count_hashes",      // at start, and then every ten minutes
                                       "account.first_hash",        // with it
                                       "verification.purge",        // once a minute, and Better Auth has no index
                                       "verification.remove_of",    // once for an address that is taken back
                                       "rate_limit.purge",          // the same
                                       "rate_limit.trim"};          // at most every ten seconds, of a full table

TEST(Statements, INP_07_name_columns_of_their_table_and_nothing_else) {
    std::set<std::string_view> ids;
    for (const Statement* statement : all_statements()) {
        const std::string id{*statement->id};
        EXPECT_TRUE(ids.insert(*statement->id).second) << id << " is there twice";
        const Table& table = *statement->table;
        for (const Where& where : statement->where) EXPECT_TRUE(table.index_of(where.column)) << id;
        for (const std::string_view column : statement->set) EXPECT_TRUE(table.index_of(column)) << id;
        if (!statement->order.column.empty()) EXPECT_TRUE(table.index_of(statement->order.column)) << id;
        if (statement->join.table != nullptr) EXPECT_TRUE(table.index_of(statement->join.on)) << id;
        EXPECT_EQ(writes_columns(statement->op), !statement->set.empty()) << id;
    }
}

TEST(Statements, INP_07_are_constant_texts_with_one_mark_for_each_value) {
    PlainDatabase database{":memory:"};
    for (const Table* table : tables) {
        for (const std::string& text : sqlite_schema(*table)) database.run(text);
    }
    for (const Statement* statement : all_statements()) {
        const std::string text = sqlite_text(*statement);
        EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '?')), values_of(*statement)) << text;
        EXPECT_EQ(text.find('\''), std::string::npos) << "a literal in " << text;
        database.run("EXPLAIN " + text);    // it is SQL, over tables that are there
    }
}

TEST(Statements, look_rows_up_by_an_index) {
    PlainDatabase database{":memory:"};
    for (const Table* table : tables) {
        for (const std::string& text : sqlite_schema(*table)) database.run(text);
    }
    for (const Statement* statement : all_statements()) {
        if (statement->where.empty() || scans.contains(*statement->id)) continue;
        for (const std::string& step : database.run("EXPLAIN QUERY PLAN " + sqlite_text(*statement))) {
            EXPECT_FALSE(step.starts_with("SCAN ") && step.find(" CONSTANT ROW") == std::string::npos)
                << *statement->id << ": " << step;
        }
    }
}

/// Statements, each prepared over the tables in a database of PostgreSQL.
class PreparedStatements {
  public:
    PreparedStatements() {
        for (const Table* table : tables) {
            for (const std::string& text : postgres_schema(*table)) connection_.run(text);
        }
        // Where an index serves it is taken, however few rows there are.
        connection_.run("set enable_seqscan = off; set plan_cache_mode = force_generic_plan");
    }
    std::vector<std::string> plan_of(const Statement& statement) {
        connection_.run("prepare one as " + postgres_text(statement));
        std::string nulls;
        for (std::size_t i = 0; i < values_of(statement); ++i) nulls += nulls.empty() ? "(null" : ", null";
        auto plan = connection_.run("explain execute one" + nulls + (nulls.empty() ? "" : ")"));
        connection_.run("deallocate one");
        return plan;
    }

  private:
    testing_support::PostgresDatabase database_;
    testing_support::PlainPostgres connection_{database_.url()};
};

TEST(PostgresStatements, INP_07_are_constant_texts_with_one_mark_for_each_value) {
    PreparedStatements prepared;
    for (const Statement* statement : all_statements()) {
        const std::string text = postgres_text(*statement);
        EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '$')), values_of(*statement)) << text;
        EXPECT_EQ(text.find('\''), std::string::npos) << "a literal in " << text;
        EXPECT_EQ(text.find('?'), std::string::npos) << text;
        EXPECT_FALSE(prepared.plan_of(*statement).empty()) << text;
    }
}

TEST(PostgresStatements, look_rows_up_by_an_index) {
    PreparedStatements prepared;
    for (const Statement* statement : all_statements()) {
        if (statement->where.empty() || scans.contains(*statement->id)) continue;
        for (const std::string& step : prepared.plan_of(*statement))
            EXPECT_EQ(step.find("Seq Scan"), std::string::npos) << *statement->id << ": " << step;
    }
}

TEST(PostgresStatements, ISO_01_owned_ones_have_the_owner_in_the_same_text) {
    for (const Owned* row : st::all_owned()) {
        const std::string owner = "WHERE \"" + std::string{*row->statement.table->owner} + "\" = $" +
                                  std::to_string(row->statement.set.size() + 1);
        EXPECT_NE(postgres_text(row->statement).find(owner), std::string::npos) << postgres_text(row->statement);
    }
}

TEST(Statements, ISO_01_owned_ones_have_the_owner_in_the_same_text) {
    ASSERT_FALSE(st::all_owned().empty());
    for (const Owned* row : st::all_owned()) {
        const std::string owner = "WHERE \"" + std::string{*row->statement.table->owner} + "\" = ?";
        EXPECT_NE(sqlite_text(row->statement).find(owner), std::string::npos) << sqlite_text(row->statement);
    }
}

TEST(Statements, ISO_01_every_one_in_the_source_is_in_the_lists) {
    std::set<std::string> listed;
    for (const Statement* statement : all_statements()) listed.emplace(*statement->id);
    const std::regex row{R"re(\.id\s*=\s*"([^"]+)"\s*,\s*\.op\s*=\s*(storage::)?Op::)re"};
    std::set<std::string> written;
    namespace fs = std::filesystem;
    for (const auto& entry : fs::recursive_directory_iterator{fs::path{COUNTERSIGN_SOURCE_DIR} / "src"}) {
        if (entry.path().extension() != ".hpp" && entry.path().extension() != ".cpp") continue;
        std::ifstream file{entry.path()};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        for (std::sregex_iterator at{text.begin(), text.end(), row}, end; at != end; ++at) written.insert((*at)[1]);
    }
    EXPECT_EQ(written, listed);
}

}    // namespace
}    // namespace countersign::storage
