#include "storage/backends/sqlite/connection.hpp"

#include <thread>

#include "base/assert.hpp"
#include "storage/row_ids.hpp"

namespace countersign::storage::sqlite {
namespace {

int bind(sqlite3_stmt* statement, int at, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, at, *number);
    if (const auto* flag = std::get_if<bool>(&value)) return sqlite3_bind_int64(statement, at, *flag ? 1 : 0);
    if (const auto* time = std::get_if<Instant>(&value)) {
        const std::string text = to_iso8601(*time);
        return sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        // The values outlive the step: no copy.
        return sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    return sqlite3_bind_null(statement, at);
}

/// What SQLite must have stored for a column of this type: it would otherwise convert in silence ('many' is 0).
int stored_as(Type type) {
    switch (type) {
        case Type::integer:
        case Type::big_integer:
        case Type::boolean:
            return SQLITE_INTEGER;
        case Type::text:
        case Type::date:
            return SQLITE_TEXT;
    }
    CS_ASSERT(false);
}

Result<Value> cell(sqlite3_stmt* statement, int at, Type type, Stored form) {
    const int stored = sqlite3_column_type(statement, at);
    if (stored == SQLITE_NULL) return Value{};
    const int wanted = form == Stored::as_number ? SQLITE_INTEGER : stored_as(type);
    if (stored != wanted) return fail(Code::storage_corrupt, wanted, stored);
    if (form == Stored::as_number) return Value{std::to_string(sqlite3_column_int64(statement, at))};
    if (stored == SQLITE_INTEGER) {
        const std::int64_t number = sqlite3_column_int64(statement, at);
        if (type != Type::boolean) return Value{number};
        if (number != 0 && number != 1) return fail(Code::storage_corrupt, "0 or 1", number);
        return Value{number == 1};
    }
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement, at));
    if (data == nullptr) return fail(Code::storage_unavailable, "memory for a text");
    const std::string_view text{data, static_cast<std::size_t>(sqlite3_column_bytes(statement, at))};
    if (type == Type::text) return Value{std::string{text}};
    const std::optional<Instant> time = parse_iso8601(text);
    if (!time) return fail(Code::storage_corrupt, "a date as ISO-8601 with milliseconds", text);
    return Value{*time};
}

/// Resets a cached statement on every way out, so that it holds no read transaction and no bound values.
class InUse {
  public:
    explicit InUse(sqlite3_stmt* statement) : statement_{statement} {}
    InUse(const InUse&) = delete;
    InUse& operator=(const InUse&) = delete;
    ~InUse() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

  private:
    sqlite3_stmt* statement_;
};

}    // namespace

std::unexpected<AuthError> Connection::failure(int code) const {
    const int extended = sqlite3_extended_errcode(database_.get());
    if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return fail(Code::storage_conflict);
    }
    return fail(Code::storage_unavailable, sqlite3_errmsg(database_.get()), code);
}

Result<std::unique_ptr<Connection>> Connection::open(const SqliteOptions& options,
                                                     const std::vector<Extension>& extensions) {
    sqlite3* handle = nullptr;
    // A file is there already (open_sqlite): if it has gone since, an empty one in its place would be no answer.
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI |
                      (options.shared_memory ? SQLITE_OPEN_CREATE : 0);
    const int opened = sqlite3_open_v2(options.path.c_str(), &handle, flags, nullptr);
    std::unique_ptr<Connection> made{new Connection{DatabasePtr{handle}, extensions}};
    if (opened != SQLITE_OK) return fail(Code::storage_unavailable, options.path, opened);
    sqlite3_busy_timeout(handle, static_cast<int>(options.busy_wait.count()));
    if (!options.shared_memory) made->mapping_.install(handle);
    CS_CHECK(made->use_wal(options.busy_wait));
    for (const std::string& pragma :
         {std::string{"PRAGMA synchronous=FULL"}, std::string{"PRAGMA foreign_keys=ON"},
          "PRAGMA mmap_size=" + std::to_string(options.mmap_bytes),
          "PRAGMA cache_size=-" + std::to_string(options.reader_cache_kib), std::string{"PRAGMA temp_store=MEMORY"}}) {
        CS_CHECK(made->run(pragma));
    }
    return made;
}

Result<std::unique_ptr<Connection>> Connection::open_to_read(const SqliteOptions& options,
                                                             const std::vector<Extension>& extensions) {
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(options.path.c_str(), &handle,
                                       SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    std::unique_ptr<Connection> made{new Connection{DatabasePtr{handle}, extensions}};
    if (opened != SQLITE_OK) return fail(Code::storage_unavailable, options.path, opened);
    sqlite3_busy_timeout(handle, static_cast<int>(options.busy_wait.count()));
    return made;
}

/// For the lock that switching takes SQLite does not wait, and whoever opens a new file at the same moment has it.
Result<void> Connection::use_wal(Milliseconds most) {
    const auto until = std::chrono::steady_clock::now() + most;
    while (true) {
        const int code = sqlite3_exec(database_.get(), "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
        if (code == SQLITE_OK) return {};
        constexpr int primary = 0xFF;
        if ((code & primary) != SQLITE_BUSY || std::chrono::steady_clock::now() >= until) return failure(code);
        std::this_thread::sleep_for(Milliseconds{1});
    }
}

Result<PreparedPtr> Connection::prepare(const std::string& text) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), text.c_str(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return failure(code);
    return PreparedPtr{statement};
}

Result<Connection::Prepared> Connection::prepare_row(const Statement& statement) {
    Prepared made;
    std::vector<std::string_view> columns;
    for (std::size_t i = 0; i < statement.historic.size(); ++i) {
        const std::string_view column = statement.table->historic[i];
        constexpr Type types[]{Type::text};
        CS_TRY(const std::vector<Row> found,
               rows_of("SELECT name FROM pragma_table_info('" + std::string{*statement.table->name} +
                           "') WHERE name = '" + std::string{column} + "'",
                       types));
        if (found.empty()) continue;
        columns.push_back(column);
        made.historic.emplace_back(std::string{statement.historic[i]});
    }
    const Schema schema{.extensions = *extensions_, .historic = columns};
    CS_TRY(made.handle, prepare(sqlite_text(statement, schema)));
    made.types = types_of(statement, schema);
    CS_CHECK(find_numbers(statement, schema, made));
    return made;
}

/// A column of integers keeps a text as a number, and would find "07" by it.
Result<Stored> Connection::stored_form(const Table& table, const Column& column) {
    if (!is_id(table, column)) return Stored::as_its_type;
    constexpr Type types[]{Type::integer};
    CS_TRY(const std::vector<Row> integers,
           rows_of("SELECT 1 FROM pragma_table_info('" + std::string{*table.name} + "') WHERE name = '" +
                       std::string{*column.name} + "' COLLATE NOCASE AND upper(type) LIKE '%INT%'",
                   types));
    return integers.empty() ? Stored::as_its_type : Stored::as_number;
}

Result<void> Connection::find_numbers(const Statement& statement, const Schema& schema, Prepared& made) {
    const Table& table = *statement.table.value;
    const std::vector<const Column*> parameters = parameters_of(statement, schema);
    const std::size_t first_asked = parameters.size() - statement.where.size();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (parameters[i] == nullptr) continue;
        CS_TRY(const Stored form, stored_form(table, *parameters[i]));
        if (form == Stored::as_its_type) continue;
        const bool asked = i >= first_asked && statement.where[i - first_asked].match == Match::equal;
        made.numbers.push_back({.at = i, .use = asked ? NumberAt::Use::asked_for : NumberAt::Use::written});
    }
    made.cells.resize(made.types.size(), Stored::as_its_type);
    std::size_t at = 0;
    for (const Table* one : {&table, statement.join.table}) {
        if (one == nullptr || statement.op.value == Op::count) continue;
        for (const Column& column : *one->columns) {
            CS_TRY(made.cells[at], stored_form(*one, column));
            ++at;
        }
        at += schema.extension_of(*one).size();
    }
    return {};
}

/// Over what was bound as a text.
Result<void> Connection::bind_numbers(const Prepared& prepared, Values values) const {
    for (const NumberAt& one : prepared.numbers) {
        const auto* text = std::get_if<std::string>(&values[one.at]);
        if (text == nullptr) continue;
        const std::optional<std::int64_t> number = number_of_id(*text);
        if (!number && one.use == NumberAt::Use::written)
            return fail(Code::storage_value, "the number of a row", *text);
        const int at = static_cast<int>(one.at) + 1;
        const int code = number ? sqlite3_bind_int64(prepared.handle.get(), at, *number)
                                : sqlite3_bind_null(prepared.handle.get(), at);    // which no row equals
        if (code != SQLITE_OK) return failure(code);
    }
    return {};
}

Result<const Connection::Prepared*> Connection::prepared(const Statement& statement) {
    const auto found = prepared_.find(&statement);
    if (found != prepared_.end()) return &found->second;
    CS_TRY(Prepared made, prepare_row(statement));
    return &prepared_.emplace(&statement, std::move(made)).first->second;
}

Result<void> Connection::bind_all(const Prepared& prepared, Values values) const {
    int at = 0;
    for (const Values part : {values, Values{prepared.historic}}) {
        for (const Value& value : part) {
            const int code = bind(prepared.handle.get(), ++at, value);
            if (code != SQLITE_OK) return failure(code);
        }
    }
    // What is not bound is NULL, which no row equals: a call that leaves a value out would find nothing, in silence.
    const int wanted = sqlite3_bind_parameter_count(prepared.handle.get());
    if (at != wanted) return fail(Code::storage_unavailable, wanted, at);
    return bind_numbers(prepared, values);
}

Result<void> Connection::check_in_place() const {
    int moved = 0;
    const int code = sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    // A file system that does not know the question (memory) cannot lose a file either.
    if (code != SQLITE_OK || moved == 0) return {};
    return fail(Code::storage_unavailable, "the file that was opened", "moved or deleted");
}

Result<void> Connection::run(const std::string& text) {
    const int code = sqlite3_exec(database_.get(), text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(code);
    return {};
}

namespace {
Result<Row> read_row(sqlite3_stmt* prepared, std::span<const Type> types, std::span<const Stored> cells) {
    Row row;
    row.reserve(types.size());
    for (std::size_t i = 0; i < types.size(); ++i) {
        CS_TRY(Value value, cell(prepared, static_cast<int>(i), types[i], cells[i]));
        row.push_back(std::move(value));
    }
    return row;
}
}    // namespace

Result<void> Connection::query(const Statement& statement, Values values, const std::function<void(Row)>& take) {
    CS_TRY(const Prepared* const ready, prepared(statement));
    sqlite3_stmt* const prepared_statement = ready->handle.get();
    const InUse in_use{prepared_statement};
    CS_CHECK(bind_all(*ready, values));
    while (true) {
        const int code = sqlite3_step(prepared_statement);
        if (code == SQLITE_DONE) return {};
        if (code != SQLITE_ROW) return failure(code);
        CS_TRY(Row row, read_row(prepared_statement, ready->types, ready->cells));
        take(std::move(row));
    }
}

Result<std::int64_t> Connection::execute(const Statement& statement, Values values) {
    CS_CHECK(query(statement, values, [](const Row&) {}));
    return std::int64_t{sqlite3_changes64(database_.get())};
}

Result<std::int64_t> Connection::next_number(const Table& table) {
    PreparedPtr& counter = counters_[&table];
    if (counter == nullptr) {
        constexpr Type types[]{Type::integer};
        CS_TRY(const std::vector<Row> kept,
               rows_of("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'", types));
        CS_TRY(counter, prepare(sqlite_number_text(table, kept.empty() ? Sequence::none : Sequence::kept)));
    }
    const InUse in_use{counter.get()};
    const int code = sqlite3_step(counter.get());
    if (code != SQLITE_ROW) return failure(code);
    CS_TRY(const Value taken, cell(counter.get(), 0, Type::text, Stored::as_its_type));
    const int ended = sqlite3_step(counter.get());
    if (ended != SQLITE_DONE) return failure(ended);
    const auto* text = std::get_if<std::string>(&taken);
    const std::optional<std::int64_t> number = text == nullptr ? std::nullopt : number_of_id(*text);
    if (!number) return fail(Code::storage_corrupt, "a number for the next row", *table.name);
    return *number;
}

Result<std::vector<Row>> Connection::rows_of(const std::string& text, std::span<const Type> types) {
    CS_TRY(const PreparedPtr statement, prepare(text));
    const std::vector<Stored> cells(types.size(), Stored::as_its_type);
    std::vector<Row> rows;
    while (true) {
        const int code = sqlite3_step(statement.get());
        if (code == SQLITE_DONE) return rows;
        if (code != SQLITE_ROW) return failure(code);
        CS_TRY(Row row, read_row(statement.get(), types, cells));
        rows.push_back(std::move(row));
    }
}

}    // namespace countersign::storage::sqlite
