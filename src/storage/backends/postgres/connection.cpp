#include "storage/backends/postgres/connection.hpp"

#include <charconv>

#include "storage/row_ids.hpp"
#include "storage/sql.hpp"

namespace countersign::storage::postgres {
namespace {

using Kind = CommandView::Kind;

std::string_view bytes_at(const PGresult* answer, int row, int column) {
    return {PQgetvalue(answer, row, column), static_cast<std::size_t>(PQgetlength(answer, row, column))};
}

/// Values that are compared stand behind those that are written.
std::size_t first_compared(const Statement& statement, std::size_t values) {
    if (statement.op.value == Op::create) return values;
    return values - std::min(values, statement.where.size());
}

/// What equals a value that no cell can hold: nothing. Anything else is not a question that has an answer.
bool asks_for_equal(const Statement& statement, std::size_t value, std::size_t first) {
    return value >= first && statement.where[value - first].match == Match::equal;
}

}    // namespace

Connection::Again Connection::again() const {
    constexpr std::string_view states[]{
        "0A000",    // cached plan must not change result type
        "26000",    // a prepared statement that is not there: DISCARD ALL, a pooler
        "42P05",    // or is there already
        "40001",    // another transaction was first
    };
    const bool listed = std::ranges::find(states, link_->state()) != std::end(states);
    return listed && link_->health() == Link::Health::usable ? Again::yes : Again::no;
}

Result<void> Connection::run(const std::string& text) {
    CS_TRY([[maybe_unused]] const auto done, link_->send({.text = text.c_str()}));
    return {};
}

Result<std::vector<std::vector<std::string>>> Connection::texts_of(const std::string& text) {
    CS_TRY(const auto answers, link_->send({.text = text.c_str()}));
    const PGresult* const answer = answers.front().get();
    std::vector<std::vector<std::string>> rows(static_cast<std::size_t>(PQntuples(answer)));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        for (int column = 0; column < PQnfields(answer); ++column)
            rows[row].emplace_back(bytes_at(answer, static_cast<int>(row), column));
    }
    return rows;
}

Result<std::vector<std::string_view>> Connection::historic_of(const Statement& statement) {
    if (statement.historic.empty()) return std::vector<std::string_view>{};
    CS_TRY(const auto there,
           texts_of("SELECT attname::text FROM pg_attribute WHERE attrelid = '\"" +
                    std::string{*statement.table->name} + "\"'::regclass AND attnum > 0 AND NOT attisdropped"));
    std::vector<std::string_view> columns;
    for (const std::string_view column : statement.table->historic) {
        if (std::ranges::any_of(there, [&](const auto& row) { return row.front() == column; }))
            columns.push_back(column);
    }
    return columns;
}

Result<Connection::Prepared> Connection::prepare(const Statement& statement) {
    CS_TRY(const std::vector<std::string_view> columns, historic_of(statement));
    const Schema schema{.extensions = *extensions_, .historic = columns};
    Prepared made{.text = postgres_text(statement, schema), .types = types_of(statement, schema)};
    for (std::size_t i = 0; i < statement.historic.size(); ++i) {
        if (std::ranges::find(columns, statement.table->historic[i]) != columns.end())
            made.historic.emplace_back(std::string{statement.historic[i]});
    }
    if (link_->pooler() == Link::Pooler::none) made.name = "s" + std::to_string(++named_);
    const CommandView commands[]{{.kind = Kind::prepare, .text = made.text.c_str(), .name = made.name.c_str()},
                                 {.kind = Kind::describe, .name = made.name.c_str()}};
    CS_TRY(const auto answers, link_->send(commands));
    const PGresult* const described = answers.back().get();
    made.parameters.reserve(static_cast<std::size_t>(PQnparams(described)));
    for (int i = 0; i < PQnparams(described); ++i) made.parameters.push_back(PQparamtype(described, i));
    return made;
}

Result<const Connection::Prepared*> Connection::prepared(const Statement& statement) {
    const auto found = prepared_.find(&statement);
    if (found != prepared_.end()) return &found->second;
    CS_TRY(Prepared made, prepare(statement));
    return &prepared_.emplace(&statement, std::move(made)).first->second;
}

Result<std::optional<ResultPtr>> Connection::answer_of(const Statement& statement, Values values) {
    CS_TRY(const Prepared* const ready, prepared(statement));
    const std::size_t count = values.size() + ready->historic.size();
    if (count != ready->parameters.size())
        return fail(Code::storage_unavailable, ready->parameters.size(), statement.id.value);
    Parameters parameters{count};
    const std::size_t first = first_compared(statement, values.size());
    for (std::size_t i = 0; i < count; ++i) {
        const Value& value = i < values.size() ? values[i] : ready->historic[i - values.size()];
        if (parameters.add(value, ready->parameters[i]) == Parameters::Fit::fits) continue;
        if (asks_for_equal(statement, i, first)) return std::optional<ResultPtr>{};
        return fail(Code::storage_value, statement.id.value, i);
    }
    CommandView command{.kind = Kind::run_prepared, .name = ready->name.c_str(), .parameters = &parameters};
    if (ready->name.empty())
        command = {.text = ready->text.c_str(), .parameters = &parameters, .types = ready->parameters};
    auto answers = link_->send(command);
    if (!answers.ok()) {
        if (again() == Again::yes) forget_plans();
        return fail(answers.error());
    }
    return std::optional{std::move(answers->front())};
}

Result<void> Connection::read_rows(const PGresult* answer, std::span<const Type> types,
                                   const std::function<void(Row)>& take) {
    if (PQntuples(answer) > 0 && static_cast<std::size_t>(PQnfields(answer)) != types.size())
        return fail(Code::storage_corrupt, types.size(), PQnfields(answer));
    for (int row = 0; row < PQntuples(answer); ++row) {
        Row cells;
        cells.reserve(types.size());
        for (int column = 0; column < PQnfields(answer); ++column) {
            if (PQgetisnull(answer, row, column) == 1) {
                cells.emplace_back();
                continue;
            }
            CS_TRY(Value value, read_cell(bytes_at(answer, row, column), PQftype(answer, column),
                                          types[static_cast<std::size_t>(column)]));
            cells.push_back(std::move(value));
        }
        take(std::move(cells));
    }
    return {};
}

Result<void> Connection::query(const Statement& statement, Values values, const std::function<void(Row)>& take) {
    CS_TRY(const std::optional<ResultPtr> answer, answer_of(statement, values));
    if (answer) return read_rows(answer->get(), prepared_.at(&statement).types, take);
    if (statement.op.value == Op::count) take(Row{std::int64_t{0}});
    return {};
}

Result<std::vector<std::optional<std::vector<Row>>>> Connection::query_each(const Statement& statement,
                                                                            std::span<const Row> each) {
    std::vector<std::optional<std::vector<Row>>> found(each.size());
    CS_TRY(const Prepared* const ready, prepared(statement));
    std::vector<Parameters> parameters;
    std::vector<CommandView> commands;
    std::vector<std::size_t> places;
    parameters.reserve(each.size());    // commands point into it
    commands.reserve(each.size());
    places.reserve(each.size());
    for (std::size_t i = 0; i < each.size(); ++i) {
        if (each[i].size() != ready->parameters.size() || ready->name.empty()) continue;
        Parameters& mine = parameters.emplace_back(each[i].size());
        bool fits = true;
        for (std::size_t k = 0; k < each[i].size() && fits; ++k)
            fits = mine.add(each[i][k], ready->parameters[k]) == Parameters::Fit::fits;
        if (!fits) continue;
        commands.push_back({.kind = Kind::run_prepared, .name = ready->name.c_str(), .parameters = &mine});
        places.push_back(i);
    }
    if (commands.empty()) return found;
    CS_TRY(const auto answers, link_->send(commands));
    for (std::size_t i = 0; i < answers.size(); ++i) {
        std::vector<Row> rows;
        const auto read = read_rows(answers[i].get(), ready->types, [&](Row row) { rows.push_back(std::move(row)); });
        if (read.ok()) found[places[i]] = std::move(rows);
    }
    return found;
}

Result<std::int64_t> Connection::execute(const Statement& statement, Values values) {
    CS_TRY(const std::optional<ResultPtr> answer, answer_of(statement, values));
    if (!answer) return std::int64_t{0};
    const std::string_view text{PQcmdTuples(answer->get())};
    std::int64_t touched = 0;
    std::from_chars(text.data(), text.data() + text.size(), touched);
    // ON CONFLICT DO NOTHING: somebody else has this value.
    if (statement.op.value == Op::create && touched == 0) return fail(Code::storage_conflict);
    return touched;
}

Result<std::int64_t> Connection::next_number(const Table& table) {
    CS_TRY(const auto rows, texts_of(postgres_number_text(table)));
    const std::optional<std::int64_t> number = number_of_id(rows.front().front());
    if (!number) return fail(Code::storage_corrupt, "a column id with a sequence of its own", *table.name);
    return *number;
}

}    // namespace countersign::storage::postgres
