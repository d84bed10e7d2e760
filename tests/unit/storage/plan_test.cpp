// The plan of a migration is a function of what is wanted and what was found: each row changes one thing of a database
// that has all.
#include "storage/plan.hpp"

#include <gtest/gtest.h>

#include "storage/tables.hpp"

namespace countersign::storage {
namespace {

const Wanted wanted{.tables = {&user_table, &session_table, &account_table, &verification_table},
                    .extensions = {{.table = &user_table,
                                    .columns = {{.name = "plan", .type = Type::text, .null = Null::never},
                                                {.name = "age", .type = Type::integer, .null = Null::allowed}}}}};

std::string type_in(Engine engine, Type type) {
    switch (type) {
        case Type::text:
            return "text";
        case Type::integer:
            return engine == Engine::sqlite ? "integer" : "int4";
        case Type::big_integer:
            return engine == Engine::sqlite ? "bigint" : "int8";
        case Type::boolean:
            return engine == Engine::sqlite ? "integer" : "bool";
        case Type::date:
            return engine == Engine::sqlite ? "date" : "timestamptz";
    }
    return "";
}

/// A database that has all that is wanted, and rows everywhere.
Found complete(Engine engine) {
    Found found{.engine = engine, .versions = {"1", ""}};
    for (const Table* table : all_tables(wanted)) {
        FoundTable there{.table = table, .rows = {.number = 3, .kind = RowCount::Kind::exact}};
        for (const Column& column : wanted.columns_of(*table)) {
            there.columns.push_back({.name = std::string{*column.name},
                                     .type = type_in(engine, column.type),
                                     .null = column.null,
                                     .demands = FoundColumn::Demands::nothing});
            if (!column.unique && !column.indexed && *column.name != "id") continue;
            there.indexes.push_back({.name = std::string{*table->name} + "_" + std::string{*column.name} + "_idx",
                                     .columns = {std::string{*column.name}},
                                     .values = column.indexed ? FoundIndex::Values::any : FoundIndex::Values::unique,
                                     .state = FoundIndex::State::whole});
        }
        found.tables.push_back(std::move(there));
    }
    return found;
}

FoundTable& table(Found& found, std::string_view name) {
    return *std::ranges::find_if(found.tables, [&](const FoundTable& one) { return *one.table->name == name; });
}
FoundColumn& column(Found& found, std::string_view of, std::string_view name) {
    return *std::ranges::find(table(found, of).columns, std::string{name}, &FoundColumn::name);
}
void drop_column(Found& found, std::string_view of, std::string_view name) {
    std::erase_if(table(found, of).columns, [&](const FoundColumn& one) { return one.name == name; });
    std::erase_if(table(found, of).indexes, [&](const FoundIndex& one) { return one.columns.front() == name; });
}
void drop_index(Found& found, std::string_view of, std::string_view name) {
    std::erase_if(table(found, of).indexes, [&](const FoundIndex& one) { return one.columns.front() == name; });
}
void drop_table(Found& found, std::string_view name) {
    std::erase_if(found.tables, [&](const FoundTable& one) { return *one.table->name == name; });
}
void empty(Found& found, std::string_view name) { table(found, name).rows.number = 0; }

/// The statements, or the obstacles with their places.
std::vector<std::string> said(const Plan& plan) {
    std::vector<std::string> out;
    for (const Refusal& one : plan.refusals) out.push_back(std::string{name_of(one.obstacle)} + " " + one.where);
    if (!out.empty()) return out;
    for (const Step& step : plan.steps) out.push_back(step.sql);
    return out;
}

struct Case {
    std::string_view name;
    std::function<void(Found&)> change;
    std::vector<std::string> sqlite, postgres;
};

void expect(std::span<const Case> cases) {
    for (const Case& c : cases) {
        for (const Engine engine : {Engine::sqlite, Engine::postgres}) {
            Found found = complete(engine);
            c.change(found);
            EXPECT_EQ(said(plan_of(wanted, found)), engine == Engine::sqlite ? c.sqlite : c.postgres) << c.name;
        }
    }
}

constexpr std::string_view made_version =
    R"(INSERT INTO "countersignMeta" ("id", "value") VALUES ('schema.version', '1') ON CONFLICT ("id") DO UPDATE SET "value" = excluded."value")";

TEST(Plan, has_the_steps_that_a_database_lacks) {
    const Case cases[]{
        {"all there", [](Found&) {}, {}, {}},
        {"a nullable column is missing",
         [](Found& f) { drop_column(f, "user", "image"); },
         {R"(alter table "user" add column "image" text)"},
         {R"(alter table "user" add column "image" text)"}},
        {"a nullable field is missing",
         [](Found& f) { drop_column(f, "user", "age"); },
         {R"(alter table "user" add column "age" integer)"},
         {R"(alter table "user" add column "age" integer)"}},
        {"a demanded field of an empty table is missing",
         [](Found& f) {
             drop_column(f, "user", "plan");
             empty(f, "user");
         },
         {R"(alter table "user" add column "plan" text not null)"},
         {R"(alter table "user" add column "plan" text not null)"}},
        {"a time with a default is missing: PostgreSQL has a value for the rows that are there",
         [](Found& f) { drop_column(f, "verification", "createdAt"); },
         {"required-column verification.createdAt"},
         {R"(alter table "verification" add column "createdAt" timestamptz default CURRENT_TIMESTAMP not null)"}},
        {"an index is missing, and there are rows",
         [](Found& f) { drop_index(f, "session", "userId"); },
         {R"(create index "session_userId_idx" on "session" ("userId"))"},
         {R"(create index concurrently "session_userId_idx" on "session" ("userId"))"}},
        {"an index of an empty table is missing",
         [](Found& f) {
             drop_index(f, "session", "userId");
             empty(f, "session");
         },
         {R"(create index "session_userId_idx" on "session" ("userId"))"},
         {R"(create index "session_userId_idx" on "session" ("userId"))"}},
        {"a unique index is missing",
         [](Found& f) { drop_index(f, "user", "email"); },
         {R"(create unique index "user_email_uidx" on "user" ("email"))"},
         {R"(create unique index concurrently "user_email_uidx" on "user" ("email"))"}},
        {"an index that covers a part of the rows is none",
         [](Found& f) {
             for (FoundIndex& one : table(f, "verification").indexes) {
                 if (one.columns.front() == "identifier") {
                     one.state = FoundIndex::State::partial;
                     one.name = "theirs";
                 }
             }
         },
         {R"(create index "verification_identifier_idx" on "verification" ("identifier"))"},
         {R"(create index concurrently "verification_identifier_idx" on "verification" ("identifier"))"}},
        {"an index over two columns serves the first of them",
         [](Found& f) {
             for (FoundIndex& one : table(f, "session").indexes) {
                 if (one.columns.front() == "userId") one.columns.emplace_back("token");
             }
         },
         {},
         {}},
        {"columns of others that need not be set",
         [](Found& f) {
             table(f, "user").columns.push_back({"role", "text", Null::never, FoundColumn::Demands::nothing});
         },
         {},
         {}},
        {"the issuer of releases that had it",
         [](Found& f) {
             table(f, "account").columns.push_back({"issuer", "text", Null::never, FoundColumn::Demands::a_value});
         },
         {},
         {}},
        {"the version is not written yet",
         [](Found& f) { f.versions = {"", ""}; },
         {std::string{made_version}},
         {std::string{made_version}}},
        {"a newer database that takes older programs", [](Found& f) { f.versions = {"7", "1"}; }, {}, {}},
    };
    expect(cases);
}

TEST(Plan, refuses_what_it_could_only_do_by_taking_something_away) {
    const Case cases[]{
        {"it takes newer programs only",
         [](Found& f) { f.versions = {"7", "2"}; },
         {"newer-database countersignMeta"},
         {"newer-database countersignMeta"}},
        {"its version is no number",
         [](Found& f) { f.versions = {"one", ""}; },
         {"unreadable-version countersignMeta"},
         {"unreadable-version countersignMeta"}},
        {"a column without a default is missing, and there are rows",
         [](Found& f) { drop_column(f, "session", "updatedAt"); },
         {"required-column session.updatedAt"},
         {"required-column session.updatedAt"}},
        {"nobody counted the rows",
         [](Found& f) {
             drop_column(f, "session", "updatedAt");
             table(f, "session").rows = {};
         },
         {"required-column session.updatedAt"},
         {"required-column session.updatedAt"}},
        {"a text in a column of numbers",
         [](Found& f) { column(f, "user", "name").type = f.engine == Engine::sqlite ? "INTEGER" : "int4"; },
         {"wrong-type user.name"},
         {"wrong-type user.name"}},
        {"a time in a column of numbers",
         [](Found& f) { column(f, "user", "createdAt").type = f.engine == Engine::sqlite ? "bigint" : "int8"; },
         {"wrong-type user.createdAt"},
         {"wrong-type user.createdAt"}},
        {"a day is no time",
         [](Found& f) { column(f, "session", "expiresAt").type = "date"; },
         {},    // what SQLite calls so holds any text
         {"wrong-type session.expiresAt"}},
        {"yes and no in a text",
         [](Found& f) { column(f, "user", "emailVerified").type = "text"; },
         {"wrong-type user.emailVerified"},
         {"wrong-type user.emailVerified"}},
        {"a column of ours that may be NULL may not",
         [](Found& f) { column(f, "user", "image").null = Null::never; },
         {"never-null user.image"},
         {"never-null user.image"}},
        {"a column of others must be set",
         [](Found& f) {
             table(f, "user").columns.push_back({"tenant", "text", Null::never, FoundColumn::Demands::a_value});
         },
         {"demanding-column user.tenant"},
         {"demanding-column user.tenant"}},
        {"values that are there twice",
         [](Found& f) {
             drop_index(f, "user", "email");
             table(f, "user").repeated = {{"email", 5}};
         },
         {"repeated-values user.email"},
         {"repeated-values user.email"}},
        {"a view has the name",
         [](Found& f) { table(f, "session").other_kind = "a view"; },
         {"no-table session"},
         {"no-table session"}},
        {"a table of somebody else has the name",
         [](Found& f) { drop_column(f, "session", "id"); },
         {"foreign-table session"},
         {"foreign-table session"}},
        {"the id is no key", [](Found& f) { drop_index(f, "user", "id"); }, {"no-key user.id"}, {"no-key user.id"}},
        {"the name of an index is taken by another table",
         [](Found& f) {
             drop_index(f, "session", "userId");
             f.names = {"session_userId_idx"};
         },
         {"name-taken session.userId"},
         {"name-taken session.userId"}},
        {"the name of an index is taken by one of other columns",
         [](Found& f) {
             for (FoundIndex& one : table(f, "session").indexes) {
                 if (one.columns.front() == "userId") one.columns.front() = "token";
             }
         },
         {"name-taken session.userId"},
         {"name-taken session.userId"}},
        {"the role may not write",
         [](Found& f) { table(f, "account").denied = "UPDATE"; },
         {"missing-right account"},
         {"missing-right account"}},
        {"the role may not make a table that is missing",
         [](Found& f) {
             drop_table(f, "verification");
             f.denied = "CREATE";
         },
         {"missing-right schema"},
         {"missing-right schema"}},
        {"the role may not make a table, and none is missing", [](Found& f) { f.denied = "CREATE"; }, {}, {}},
        {"the table that lacks a column is another role's",
         [](Found& f) {
             drop_column(f, "user", "image");
             table(f, "user").owned = FoundTable::Owned::no;
         },
         {"missing-right user"},
         {"missing-right user"}},
        {"several at once",
         [](Found& f) {
             column(f, "user", "image").null = Null::never;
             drop_column(f, "user", "plan");
             table(f, "session").other_kind = "a view";
             drop_column(f, "account", "idToken");
         },
         {"never-null user.image", "required-column user.plan", "no-table session"},
         {"never-null user.image", "required-column user.plan", "no-table session"}},
    };
    expect(cases);
}

TEST(Plan, an_index_whose_building_was_cut_off_is_built_again) {
    Found found = complete(Engine::postgres);
    for (FoundIndex& one : table(found, "session").indexes) {
        if (one.columns.front() == "userId") one.state = FoundIndex::State::broken;
    }
    const Plan plan = plan_of(wanted, found);
    EXPECT_EQ(said(plan), (std::vector<std::string>{R"(reindex index concurrently "session_userId_idx")"}));
    EXPECT_EQ(plan.steps.front().runs, Step::Runs::alone);
}

TEST(Plan, what_cannot_be_in_a_transaction_comes_last_and_says_so) {
    Found found = complete(Engine::postgres);
    drop_index(found, "session", "userId");
    drop_index(found, "user", "email");
    drop_column(found, "account", "scope");
    found.versions = {};
    const Plan plan = plan_of(wanted, found);
    std::vector<std::pair<Step::Runs, Lock>> order;
    for (const Step& step : plan.steps) order.emplace_back(step.runs, step.lock);
    using Runs = Step::Runs;
    EXPECT_EQ(order, (std::vector<std::pair<Runs, Lock>>{{Runs::in_transaction, Lock::whole_table},
                                                         {Runs::in_transaction, Lock::one_row},
                                                         {Runs::alone, Lock::nothing},
                                                         {Runs::alone, Lock::nothing}}));
    // A server can start without the one, and not without the other: two accounts might have one address.
    EXPECT_EQ(plan.steps[2].need, Step::Need::to_start);
    EXPECT_EQ(plan.steps[3].need, Step::Need::later);
}

TEST(Plan, an_empty_database_gets_all_tables_and_who_made_it) {
    for (const Engine engine : {Engine::sqlite, Engine::postgres}) {
        const Plan plan = plan_of(wanted, {.engine = engine});
        EXPECT_TRUE(plan.refusals.empty());
        ASSERT_EQ(plan.steps.size(), 10U);    // five tables, three indexes, two facts
        EXPECT_TRUE(plan.steps[8].sql.contains("('origin', 'countersign')")) << plan.steps[8].sql;
    }
    Found theirs = complete(Engine::sqlite);
    drop_table(theirs, "countersignMeta");
    const Plan plan = plan_of(wanted, theirs);
    ASSERT_EQ(plan.steps.size(), 2U);
    EXPECT_TRUE(plan.steps[1].sql.contains("('origin', 'better-auth')")) << plan.steps[1].sql;
}

TEST(Plan, capitals_tell_names_apart_in_PostgreSQL_only) {
    for (const Engine engine : {Engine::sqlite, Engine::postgres}) {
        Found found = complete(engine);
        column(found, "user", "image").name = "IMAGE";
        EXPECT_EQ(said(plan_of(wanted, found)).empty(), engine == Engine::sqlite);
    }
}

TEST(Plan, ids_are_what_the_program_writes_or_it_is_refused) {
    struct Ids {
        Engine engine;
        std::string type;
        std::optional<IdForm> written;
        std::vector<std::string> expected;
        std::string_view mend = {};
    };
    const Ids cases[]{
        {Engine::postgres, "text", IdForm::letters, {}},
        {Engine::postgres, "text", IdForm::uuid, {}},
        {Engine::postgres, "varchar", IdForm::letters, {}},
        {Engine::postgres, "uuid", IdForm::uuid, {}},
        {Engine::postgres, "uuid", IdForm::letters, {"other-ids user.id"}, "\"uuid\""},
        {Engine::postgres, "uuid", IdForm::serial, {"other-ids user.id", "other-ids session.id"}, "\"uuid\""},
        {Engine::postgres, "int4", IdForm::letters, {"other-ids user.id"}, "\"serial\""},
        {Engine::postgres, "int8", IdForm::uuid, {"other-ids user.id"}, "\"serial\""},
        {Engine::postgres, "int4", std::nullopt, {}},
        {Engine::postgres, "bytea", std::nullopt, {"wrong-type user.id"}},
        {Engine::sqlite, "text", IdForm::letters, {}},
        {Engine::sqlite, "INTEGER", IdForm::letters, {"other-ids user.id"}, "\"serial\""},
        {Engine::sqlite, "integer", std::nullopt, {}},
        {Engine::sqlite, "blob", IdForm::letters, {}},
    };
    for (const Ids& c : cases) {
        Found found = complete(c.engine);
        column(found, "user", "id").type = c.type;
        Wanted with_ids = wanted;
        with_ids.ids = c.written;
        const Plan plan = plan_of(with_ids, found);
        EXPECT_EQ(said(plan), c.expected) << c.type;
        if (!c.mend.empty()) EXPECT_TRUE(plan.refusals.front().mend.contains(c.mend)) << plan.refusals.front().mend;
    }
}

/// All ids of the database are numbers.
Found counted(Engine engine) {
    Found found = complete(engine);
    for (const Table* one : {&user_table, &session_table, &account_table, &verification_table})
        column(found, *one->name, "id").type = engine == Engine::sqlite ? "integer" : "int4";
    for (const std::string_view one : {"session", "account"})
        column(found, one, "userId").type = engine == Engine::sqlite ? "integer" : "int4";
    return found;
}

TEST(Plan, numbers_are_written_where_they_can_be_counted) {
    using Counter = FoundColumn::Counter;
    Wanted serial = wanted;
    serial.ids = IdForm::serial;
    for (const Engine engine : {Engine::sqlite, Engine::postgres}) {
        EXPECT_TRUE(said(plan_of(serial, counted(engine))).empty());
        EXPECT_EQ(said(plan_of(serial, complete(engine))), std::vector<std::string>{"other-ids user.id"})
            << "one message for all tables";
        Found mixed = counted(engine);
        column(mixed, "account", "id").type = "text";
        EXPECT_EQ(said(plan_of(serial, mixed)), std::vector<std::string>{"other-ids account.id"});
    }
    for (const Counter counter : {Counter::none, Counter::denied, Counter::writes_itself}) {
        Found found = counted(Engine::postgres);
        column(found, "session", "id").counter = counter;
        EXPECT_EQ(said(plan_of(serial, found)), std::vector<std::string>{"no-counter session.id"});
        Wanted unknown = serial;
        unknown.ids = std::nullopt;
        EXPECT_TRUE(said(plan_of(unknown, found)).empty());
    }
    Found denied = counted(Engine::postgres);
    column(denied, "session", "id").counter = Counter::denied;
    column(denied, "session", "id").sequence = "app.session_id_seq";
    EXPECT_EQ(plan_of(serial, denied).refusals.front().mend, "GRANT USAGE ON SEQUENCE app.session_id_seq TO it");
}

TEST(Plan, a_new_database_has_numbers_if_they_are_to_be_written) {
    Wanted serial = wanted;
    serial.ids = IdForm::serial;
    const auto first = [&](Engine engine) { return plan_of(serial, Found{.engine = engine}).steps.front().sql; };
    EXPECT_TRUE(first(Engine::sqlite).starts_with(R"(create table "user" ("id" integer not null primary key, )"));
    EXPECT_TRUE(first(Engine::postgres)
                    .starts_with(R"(create table "user" ("id" integer GENERATED BY DEFAULT AS IDENTITY not null )"));
}

TEST(Plan, a_new_table_has_the_ids_of_those_that_are_there) {
    struct Ids {
        std::string type, own, reference;
    };
    const Ids cases[]{
        {"text", R"("id" text not null primary key)", R"("userId" text not null references)"},
        {"uuid", R"("id" uuid default pg_catalog.gen_random_uuid() not null primary key)",
         R"("userId" uuid not null references)"},
        {"int4", R"("id" integer GENERATED BY DEFAULT AS IDENTITY not null primary key)",
         R"("userId" integer not null references)"},
        {"int8", R"("id" bigint GENERATED BY DEFAULT AS IDENTITY not null primary key)",
         R"("userId" bigint not null references)"},
    };
    for (const Ids& c : cases) {
        Found found = complete(Engine::postgres);
        column(found, "user", "id").type = c.type;
        drop_table(found, "session");
        drop_table(found, "countersignMeta");
        const Plan plan = plan_of(wanted, found);
        ASSERT_GT(plan.steps.size(), 2U) << c.type;
        EXPECT_TRUE(plan.steps[0].sql.contains(c.own)) << plan.steps[0].sql;
        EXPECT_TRUE(plan.steps[0].sql.contains(c.reference)) << plan.steps[0].sql;
        EXPECT_TRUE(plan.steps[2].sql.contains(R"("id" text)")) << "ours have their own: " << plan.steps[2].sql;
    }
}

}    // namespace
}    // namespace countersign::storage
