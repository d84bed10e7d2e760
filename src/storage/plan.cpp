#include "storage/plan.hpp"

#include <charconv>

#include "base/assert.hpp"
#include "storage/sql.hpp"
#include "storage/tables.hpp"

namespace countersign::storage {
namespace {

/// In the order of Obstacle.
constexpr std::string_view obstacle_names[]{
    "newer-database", "unreadable-version", "no-table",         "foreign-table",    "required-column",
    "wrong-type",     "never-null",         "demanding-column", "repeated-values",  "name-taken",
    "missing-right",  "other-ids",          "no-counter",       "unfinished-index", "no-key"};

std::string quoted(std::string_view name) { return "\"" + std::string{name} + "\""; }
std::string joined(std::string_view table, std::string_view column) {
    return std::string{table} + "." + std::string{column};
}

/// SQLite does not tell capitals apart.
bool same_name(Engine engine, std::string_view left, std::string_view right) {
    if (engine == Engine::postgres) return left == right;
    return std::ranges::equal(left, right,
                              [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

const FoundColumn* find_column(Engine engine, const FoundTable& table, std::string_view name) {
    const auto found = std::ranges::find_if(
        table.columns, [&](const FoundColumn& column) { return same_name(engine, column.name, name); });
    return found == table.columns.end() ? nullptr : &*found;
}

/// What a column may be for its values to be written and read back.
struct Fitting {
    Type type;
    std::span<const std::string_view> postgres;    // pg_type.typname
    std::span<const std::string_view> sqlite;      // affinity
};
constexpr std::string_view texts[]{"text", "varchar", "bpchar"}, integers[]{"int2", "int4", "int8"},
    big_integers[]{"int8"}, booleans[]{"bool"}, times[]{"timestamptz", "timestamp"};
constexpr std::string_view text_affinities[]{"text", "none"}, number_affinities[]{"integer", "numeric", "none"},
    date_affinities[]{"text", "numeric", "none"};
constexpr Fitting fittings[]{
    {Type::text, texts, text_affinities},
    {Type::integer, integers, number_affinities},
    {Type::big_integer, big_integers, number_affinities},
    {Type::boolean, booleans, number_affinities},
    {Type::date, times, date_affinities},
};
/// Besides those: of ids, and of fields whose values the application knows.
constexpr std::string_view id_types[]{"uuid", "int4", "int8"},
    field_types[]{"uuid", "int2", "int4", "int8", "json", "jsonb"}, field_affinities[]{"numeric"};

/// https://www.sqlite.org/datatype3.html §3.1, in its order.
std::string_view affinity_of(std::string type) {
    std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    struct Rule {
        std::string_view part, affinity;
    };
    constexpr Rule rules[]{{"INT", "integer"}, {"CHAR", "text"}, {"CLOB", "text"}, {"TEXT", "text"},
                           {"BLOB", "none"},   {"REAL", "real"}, {"FLOA", "real"}, {"DOUB", "real"}};
    if (type.empty()) return "none";
    const auto rule = std::ranges::find_if(rules, [&](const Rule& one) { return type.contains(one.part); });
    return rule == std::end(rules) ? "numeric" : rule->affinity;
}

enum class Whose : std::uint8_t { the_table, the_installation };

bool fits(Engine engine, const Table& table, const Column& column, Whose whose, const std::string& type) {
    const Fitting& row = *std::ranges::find(fittings, column.type.value, &Fitting::type);
    const bool text_of_field = whose == Whose::the_installation && column.type.value == Type::text;
    const bool of_id = is_id(table, column);
    const auto among = [](std::span<const std::string_view> all, std::string_view one) {
        return std::ranges::find(all, one) != all.end();
    };
    if (engine == Engine::sqlite) {
        const std::string_view affinity = affinity_of(type);
        return among(row.sqlite, affinity) || (of_id && affinity == "integer") ||
               (text_of_field && among(field_affinities, affinity));
    }
    return among(row.postgres, type) || (of_id && among(id_types, type)) || (text_of_field && among(field_types, type));
}

bool has_index(Engine engine, const FoundTable& table, const Column& column) {
    return std::ranges::any_of(table.indexes, [&](const FoundIndex& index) {
        if (index.state != FoundIndex::State::whole || index.columns.empty()) return false;
        if (!same_name(engine, index.columns.front(), *column.name)) return false;
        if (!column.unique) return true;
        return index.values == FoundIndex::Values::unique && index.columns.size() == 1;
    });
}

bool is_empty(const FoundTable& table) { return table.rows.kind == RowCount::Kind::exact && table.rows.number == 0; }

/// Writes the plan: one walk over what is wanted.
class Planner {
  public:
    Planner(const Wanted& wanted, const Found& found)
        : wanted_{&wanted},
          found_{&found},
          plan_{.engine = found.engine},
          ids_{ids_of(wanted, found)} {}
    Plan plan() &&;

  private:
    static IdTypes ids_of(const Wanted& wanted, const Found& found);
    void check_versions();
    void check_rights();
    void visit(const Table& table);
    void make(const Table& table);
    void look_at(const Column& column, Whose whose, const FoundTable& there);
    void look_at_id(const FoundTable& there);
    void check_counter(const FoundTable& there, const FoundColumn& id);
    void check_demands(const FoundTable& there);
    void add_column(const Column& column, const FoundTable& there);
    void add_index(const Column& column, const FoundTable& there);
    void write_facts();
    void refuse(Refusal refusal) { plan_.refusals.push_back(std::move(refusal)); }
    std::int64_t version(std::size_t at) const;
    /// What PostgreSQL changes in place, SQLite only by a new table.
    std::string alter(const FoundTable& there, const std::string& change) const;
    Lock lock(Lock in_postgres) const { return found_->engine == Engine::sqlite ? Lock::file : in_postgres; }

    const Wanted* wanted_;
    const Found* found_;
    Plan plan_;
    std::vector<Step> alone_;    // come behind the transaction
    IdTypes ids_;
};

/// What the column of an id holds.
enum class KeptAs : std::uint8_t { text, uuid, number };
struct KeptRow {
    KeptAs kept;
    std::string_view words;
    std::string_view setting;    // that writes such ids
};
constexpr KeptRow kept_rows[]{
    {KeptAs::text, "texts", "leave advanced.database.generateId out"},
    {KeptAs::uuid, "UUIDs", "advanced.database.generateId = \"uuid\""},
    {KeptAs::number, "numbers", "advanced.database.generateId = \"serial\""},
};

KeptAs kept_in(Engine engine, const FoundColumn& id) {
    if (engine == Engine::sqlite) return affinity_of(id.type) == "integer" ? KeptAs::number : KeptAs::text;
    if (id.type == "int4" || id.type == "int8") return KeptAs::number;
    return id.type == "uuid" ? KeptAs::uuid : KeptAs::text;
}

/// A UUID is a text too.
bool holds(KeptAs kept, IdForm form) {
    if (form == IdForm::serial) return kept == KeptAs::number;
    return kept == KeptAs::text || (kept == KeptAs::uuid && form == IdForm::uuid);
}

/// As the user table has them; where there is none yet, as Better Auth makes them for what is to be written.
IdTypes Planner::ids_of(const Wanted& wanted, const Found& found) {
    struct Row {
        std::string_view type;
        IdTypes made;
    };
    constexpr IdTypes numbers{.own = "integer GENERATED BY DEFAULT AS IDENTITY", .reference = "integer"},
        numbers_of_sqlite{.own = "integer", .reference = "integer"};
    constexpr Row rows[]{
        {"uuid", {.own = "uuid default pg_catalog.gen_random_uuid()", .reference = "uuid"}},
        {"int4", numbers},
        {"int8", {.own = "bigint GENERATED BY DEFAULT AS IDENTITY", .reference = "bigint"}},
    };
    const bool in_sqlite = found.engine == Engine::sqlite;
    const IdTypes counted = in_sqlite ? numbers_of_sqlite : numbers;
    const FoundTable* const user = found.find(user_table);
    const FoundColumn* const id = user == nullptr ? nullptr : find_column(found.engine, *user, "id");
    if (id == nullptr) return wanted.ids == IdForm::serial ? counted : IdTypes{};
    if (in_sqlite) return kept_in(found.engine, *id) == KeptAs::number ? counted : IdTypes{};
    const auto row = std::ranges::find(rows, std::string_view{id->type}, &Row::type);
    return row == std::end(rows) ? IdTypes{} : row->made;
}

std::string Planner::alter(const FoundTable& there, const std::string& change) const {
    if (found_->engine == Engine::postgres) return "ALTER TABLE " + quoted(*there.table->name) + " " + change;
    return "SQLite cannot change a column: make the table anew (https://sqlite.org/lang_altertable.html, section 8)";
}

std::int64_t Planner::version(std::size_t at) const {
    if (at >= found_->versions.size()) return 0;
    std::int64_t number = 0;
    const std::string& text = found_->versions[at];
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void Planner::check_versions() {
    for (const std::string& text : found_->versions) {
        const bool digits = std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
        constexpr std::size_t longest = 9;
        if (digits && text.size() <= longest) continue;
        refuse({.obstacle = Obstacle::unreadable_version,
                .where = "countersignMeta",
                .what = "The version of the schema in countersignMeta is no number.",
                .mend = "find out who wrote it; the rows schema.version and schema.oldest may be deleted if no newer "
                        "countersign has been here"});
        return;
    }
    const std::int64_t oldest = version(1);
    if (oldest <= wanted_->versions.schema) return;
    refuse({.obstacle = Obstacle::newer_database,
            .where = "countersignMeta",
            .what = "This database belongs to a newer countersign: it takes programs of schema version " +
                    std::to_string(oldest) + " and later, and this one has " +
                    std::to_string(wanted_->versions.schema) + ".",
            .mend = "run the newer program"});
}

void Planner::visit(const Table& table) {
    const FoundTable* const there = found_->find(table);
    if (there == nullptr) return make(table);
    if (!there->other_kind.empty()) {
        return refuse({.obstacle = Obstacle::no_table,
                       .where = std::string{*table.name},
                       .what = quoted(*table.name) + " is " + there->other_kind + " and no table.",
                       .mend = "rename it"});
    }
    if (find_column(found_->engine, *there, "id") == nullptr) {
        return refuse(
            {.obstacle = Obstacle::foreign_table,
             .where = std::string{*table.name},
             .what = "There is a table " + quoted(*table.name) + " of somebody else: it has no column \"id\".",
             .mend = "rename it, or give countersign a database or a schema of its own"});
    }
    if (!there->denied.empty()) {
        refuse({.obstacle = Obstacle::missing_right,
                .where = std::string{*table.name},
                .what = "The role may not " + there->denied + " in " + quoted(*table.name) + ".",
                .mend = "GRANT SELECT, INSERT, UPDATE, DELETE ON " + quoted(*table.name) + " TO it"});
    }
    look_at_id(*there);
    for (const Column& column : *table.columns) look_at(column, Whose::the_table, *there);
    for (const Column& column : wanted_->extension_of(table)) look_at(column, Whose::the_installation, *there);
    check_demands(*there);
}

void Planner::make(const Table& table) {
    const auto extension = wanted_->extension_of(table);
    const bool in_sqlite = found_->engine == Engine::sqlite;
    const auto texts_of_table =
        in_sqlite ? sqlite_schema(table, extension, ids_) : postgres_schema(table, extension, ids_);
    const bool refers =
        std::ranges::any_of(*table.columns, [](const Column& column) { return !column.references.empty(); });
    for (const std::string& sql : texts_of_table) {
        const bool is_table = &sql == &texts_of_table.front();
        plan_.steps.push_back({.what = is_table ? "Make the table " + quoted(*table.name) + "."
                                                : "Make an index of the new table " + quoted(*table.name) + ".",
                               .sql = sql,
                               .table = std::string{*table.name},
                               .rows = {.number = 0, .kind = RowCount::Kind::exact},
                               .lock = lock(is_table && refers ? Lock::referenced_table : Lock::new_table)});
    }
    for (const Column& column : wanted_->columns_of(table)) {
        if (!column.indexed || std::ranges::find(found_->names, index_name(table, column)) == found_->names.end())
            continue;
        refuse({.obstacle = Obstacle::name_taken,
                .where = joined(*table.name, *column.name),
                .what = "The name " + quoted(index_name(table, column)) + " of an index is taken.",
                .mend = "rename what has it"});
    }
}

/// Whether what this program writes as an id has a cell there.
void Planner::look_at_id(const FoundTable& there) {
    const FoundColumn& id = *find_column(found_->engine, there, "id");
    constexpr Column key{.name = "id", .type = Type::text, .null = Null::never, .unique = true};
    if (!has_index(found_->engine, there, key)) {
        refuse({.obstacle = Obstacle::no_key,
                .where = joined(*there.table->name, "id"),
                .what = "The column " + joined(*there.table->name, "id") + " is no key: two rows may have the same.",
                .mend = alter(there, "ADD PRIMARY KEY (\"id\")")});
    }
    if (!wanted_->ids || there.table->text_order == TextOrder::bytes) return;
    const std::string name{*there.table->name};
    const KeptAs kept = kept_in(found_->engine, id);
    if (!holds(kept, *wanted_->ids)) {
        const KeptRow& row = *std::ranges::find(kept_rows, kept, &KeptRow::kept);
        const bool said = std::ranges::any_of(plan_.refusals, [&](const Refusal& one) {
            return one.obstacle == Obstacle::other_ids && one.mend == row.setting;
        });
        if (said) return;
        return refuse({.obstacle = Obstacle::other_ids,
                       .where = name + ".id",
                       .what = "The ids of " + quoted(name) + " are " + std::string{row.words} +
                               ", and the configuration writes others.",
                       .mend = std::string{row.setting}});
    }
    if (*wanted_->ids == IdForm::serial) check_counter(there, id);
}

/// Whether its numbers can be taken one by one, as Better Auth lets the database do it.
void Planner::check_counter(const FoundTable& there, const FoundColumn& id) {
    using Counter = FoundColumn::Counter;
    struct Row {
        Counter counter;
        std::string_view what, mend;
    };
    const std::string name{*there.table->name};
    const std::string add = alter(there, "ALTER COLUMN \"id\" ADD GENERATED BY DEFAULT AS IDENTITY"),
                      set = alter(there, "ALTER COLUMN \"id\" SET GENERATED BY DEFAULT"),
                      grant = "GRANT USAGE ON SEQUENCE " + id.sequence + " TO it";
    const Row rows[]{
        {Counter::none, " are numbers that no sequence of theirs counts.", add},
        {Counter::denied, " are counted by a sequence that the role may not use.", grant},
        {Counter::writes_itself, " are GENERATED ALWAYS: nobody may write one.", set},
    };
    const auto row = std::ranges::find(rows, id.counter, &Row::counter);
    if (row == std::end(rows)) return;
    refuse({.obstacle = Obstacle::no_counter,
            .where = name + ".id",
            .what = "The ids of " + quoted(name) + std::string{row->what},
            .mend = std::string{row->mend}});
}

void Planner::look_at(const Column& column, Whose whose, const FoundTable& there) {
    const FoundColumn* const found = find_column(found_->engine, there, *column.name);
    const std::string where = joined(*there.table->name, *column.name);
    if (found == nullptr) return add_column(column, there);
    if (!fits(found_->engine, *there.table, column, whose, found->type)) {
        refuse({.obstacle = Obstacle::wrong_type,
                .where = where,
                .what =
                    "The column " + where + " is of type " + found->type + ", which cannot hold what is written there.",
                .mend = alter(there, "ALTER COLUMN " + quoted(*column.name) + " TYPE " +
                                         std::string{postgres_type_name(column.type)} +
                                         ", which rewrites it: not while somebody else uses it")});
    }
    if (column.null.value == Null::allowed && found->null == Null::never) {
        refuse({.obstacle = Obstacle::never_null,
                .where = where,
                .what = "The column " + where + " is NOT NULL, and rows are written that have no value for it.",
                .mend = alter(there, "ALTER COLUMN " + quoted(*column.name) + " DROP NOT NULL")});
    }
    if ((column.unique || column.indexed) && !has_index(found_->engine, there, column)) add_index(column, there);
}

void Planner::add_column(const Column& column, const FoundTable& there) {
    const bool in_sqlite = found_->engine == Engine::sqlite;
    const std::string where = joined(*there.table->name, *column.name);
    const bool has_default = column.fallback == Fallback::now && !in_sqlite;
    if (column.null.value == Null::never && !has_default && !is_empty(there)) {
        return refuse({.obstacle = Obstacle::required_column,
                       .where = where,
                       .what = "The column " + where + " is missing, must have a value, and the table has rows.",
                       .mend = "ALTER TABLE " + quoted(*there.table->name) + " ADD COLUMN " + quoted(*column.name) +
                               " without NOT NULL, and give every row its value"});
    }
    plan_.steps.push_back({.what = "Add the column " + where + ".",
                           .sql = in_sqlite ? sqlite_add_column(*there.table, column, ids_)
                                            : postgres_add_column(*there.table, column, ids_),
                           .table = std::string{*there.table->name},
                           .rows = there.rows,
                           .lock = lock(Lock::whole_table)});
    if (column.unique || column.indexed) add_index(column, there);
}

void Planner::add_index(const Column& column, const FoundTable& there) {
    const std::string where = joined(*there.table->name, *column.name), name = index_name(*there.table, column);
    const auto repeated =
        std::ranges::find(there.repeated, std::string{*column.name}, &std::pair<std::string, std::int64_t>::first);
    if (column.unique && repeated != there.repeated.end() && repeated->second > 0) {
        return refuse({.obstacle = Obstacle::repeated_values,
                       .where = where,
                       .what = std::to_string(repeated->second) + " rows have a value in " + where +
                               " that another row has too, and it must be unique.",
                       .mend = "decide for each value which row stays; the query lists them",
                       .query = repeated_values_text(*there.table, column)});
    }
    const auto of_ours = std::ranges::find_if(
        there.indexes, [&](const FoundIndex& index) { return same_name(found_->engine, index.name, name); });
    const bool broken = of_ours != there.indexes.end() && of_ours->state == FoundIndex::State::broken;
    const bool taken = std::ranges::find(found_->names, name) != found_->names.end();
    if ((of_ours != there.indexes.end() && !broken) || taken) {
        return refuse(
            {.obstacle = Obstacle::name_taken,
             .where = where,
             .what = "The name " + quoted(name) + " of an index is taken, and what has it is none of " + where + ".",
             .mend = "rename what has it"});
    }
    if (broken && there.made == FoundTable::Made::in_partitions) {
        return refuse({.obstacle = Obstacle::unfinished_index,
                       .where = where,
                       .what = "The index " + quoted(name) + " has no part in each partition of its table.",
                       .mend = "CREATE INDEX for each partition that has none, and ALTER INDEX " + quoted(name) +
                               " ATTACH PARTITION it"});
    }
    const bool beside_writers = found_->engine == Engine::postgres && there.made == FoundTable::Made::whole;
    const bool alone = beside_writers && (broken || !is_empty(there));
    const std::string sentence = broken ? "Make the index anew whose building was cut off: " : "Make an index of ";
    (alone ? alone_ : plan_.steps)
        .push_back(
            {.what = sentence + where + (column.unique ? ", whose values are unique." : "."),
             .sql = broken ? rebuild_index_text(*there.table, column)
                           : index_text(*there.table, column, alone ? IndexBuild::beside_writers : IndexBuild::at_once),
             .table = std::string{*there.table->name},
             .rows = there.rows,
             .lock = lock(alone ? Lock::nothing : Lock::writes),
             .runs = alone ? Step::Runs::alone : Step::Runs::in_transaction,
             .need = alone && !column.unique ? Step::Need::later : Step::Need::to_start});
}

/// Columns that whoever writes a row must know, and we do not.
void Planner::check_demands(const FoundTable& there) {
    const std::vector<Column> known = wanted_->columns_of(*there.table);
    for (const FoundColumn& column : there.columns) {
        const auto has_name = [&](std::string_view name) { return same_name(found_->engine, name, column.name); };
        const bool ours = std::ranges::any_of(known, [&](const Column& one) { return has_name(*one.name); }) ||
                          std::ranges::any_of(there.table->historic, has_name);
        if (ours || column.demands == FoundColumn::Demands::nothing) continue;
        const std::string where = joined(*there.table->name, column.name);
        refuse({.obstacle = Obstacle::demanding_column,
                .where = where,
                .what = "The column " + where + " must have a value, has no default, and is not known here.",
                .mend = alter(there, "ALTER COLUMN " + quoted(column.name) +
                                         " SET DEFAULT a value, or name the column in additionalFields")});
    }
}

/// After the steps are known: none needs a right that is not asked for.
void Planner::check_rights() {
    std::vector<std::string> changed;
    for (const std::vector<Step>* steps : {&plan_.steps, &alone_}) {
        for (const Step& step : *steps) changed.push_back(step.table);
    }
    if (!changed.empty() && !found_->denied.empty()) {
        refuse({.obstacle = Obstacle::missing_right,
                .where = "schema",
                .what = "The role may not " + found_->denied + ".",
                .mend = found_->engine == Engine::sqlite
                            ? "give the user of the server the file"
                            : "GRANT CREATE, USAGE ON SCHEMA to the role, or set its search_path"});
    }
    for (const FoundTable& there : found_->tables) {
        const std::string name{*there.table->name};
        if (there.owned == FoundTable::Owned::yes || std::ranges::find(changed, name) == changed.end()) continue;
        refuse({.obstacle = Obstacle::missing_right,
                .where = name,
                .what = "The role does not own the table " + quoted(name) + ", so it may not change it.",
                .mend = "run countersign migrate as its owner"});
    }
}

void Planner::write_facts() {
    const auto write = [&](std::string what, std::string_view id, const std::string& value) {
        plan_.steps.push_back({.what = std::move(what),
                               .sql = meta_text(id, value),
                               .table = std::string{*meta_table.name},
                               .rows = {.number = 1, .kind = RowCount::Kind::exact},
                               .lock = lock(Lock::one_row)});
    };
    if (found_->find(meta_table) == nullptr) {
        const bool adopted = !found_->tables.empty();
        write(
            adopted ? "Remember that Better Auth made this database." : "Remember that countersign made this database.",
            origin_key, std::string{adopted ? made_by_better_auth : made_by_countersign});
    }
    const Versions& own = wanted_->versions;
    if (version(0) < own.schema)
        write("Remember the version of the schema.", schema_version_key, std::to_string(own.schema));
    if (version(1) < own.oldest)
        write("Remember which programs may run on it.", schema_oldest_key, std::to_string(own.oldest));
}

Plan Planner::plan() && {
    check_versions();
    for (const Table* table : all_tables(*wanted_)) visit(*table);
    check_rights();
    write_facts();
    for (Step& step : alone_) plan_.steps.push_back(std::move(step));
    return std::move(plan_);
}

}    // namespace

std::span<const Column> Wanted::extension_of(const Table& table) const {
    return Schema{.extensions = extensions}.extension_of(table);
}

std::vector<Column> Wanted::columns_of(const Table& table) const {
    std::vector<Column> all{table.columns->begin(), table.columns->end()};
    const auto extension = extension_of(table);
    all.insert(all.end(), extension.begin(), extension.end());
    return all;
}

const FoundTable* Found::find(const Table& table) const {
    const auto found = std::ranges::find(tables, &table, &FoundTable::table);
    return found == tables.end() ? nullptr : &*found;
}

const LockRow& row_of(Lock lock) { return *std::ranges::find(locks, lock, &LockRow::lock); }
std::string_view name_of(Obstacle obstacle) { return obstacle_names[static_cast<std::size_t>(obstacle)]; }

std::vector<const Table*> all_tables(const Wanted& wanted) {
    std::vector<const Table*> all = wanted.tables;
    if (std::ranges::find(all, &meta_table) == all.end()) all.push_back(&meta_table);
    return all;
}

std::vector<std::string> index_names(const Wanted& wanted) {
    std::vector<std::string> names;
    for (const Table* table : all_tables(wanted)) {
        for (const Column& column : wanted.columns_of(*table)) {
            if (column.unique || column.indexed) names.push_back(index_name(*table, column));
        }
    }
    return names;
}

std::vector<std::string> taken_names(const Wanted& wanted, const Found& found, std::vector<std::string> existing) {
    for (const FoundTable& there : found.tables) {
        for (const Column& column : wanted.columns_of(*there.table)) {
            const std::string name = index_name(*there.table, column);
            const bool own = std::ranges::any_of(
                there.indexes, [&](const FoundIndex& index) { return same_name(found.engine, index.name, name); });
            if (own) std::erase(existing, name);
        }
    }
    return existing;
}

Lacks lacks(const Wanted& wanted, const Found& found, const FoundTable& table) {
    const bool something = std::ranges::any_of(wanted.columns_of(*table.table), [&](const Column& column) {
        if (find_column(found.engine, table, *column.name) == nullptr) return true;
        return (column.unique || column.indexed) && !has_index(found.engine, table, column);
    });
    return something && table.other_kind.empty() ? Lacks::something : Lacks::nothing;
}

std::vector<Column> without_unique_index(const Wanted& wanted, const Found& found, const FoundTable& table) {
    std::vector<Column> columns = wanted.columns_of(*table.table);
    std::erase_if(columns, [&](const Column& column) {
        return !column.unique || find_column(found.engine, table, *column.name) == nullptr ||
               has_index(found.engine, table, column);
    });
    return columns;
}

Plan plan_of(const Wanted& wanted, const Found& found) { return Planner{wanted, found}.plan(); }

}    // namespace countersign::storage
