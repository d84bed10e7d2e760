#include "storage/backends/postgres/link.hpp"

#include <poll.h>

namespace countersign::storage::postgres {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
constexpr Milliseconds grace{2000};    // the server's own limit comes first, and says why

/// Limits of one session; those that the role or the database has already are kept. A server that acknowledges before
/// the disk has it would break our promise, so that is never left.
constexpr const char* settings_text =
    "SELECT set_config('statement_timeout', CASE current_setting('statement_timeout') WHEN '0' THEN $1 ELSE "
    "current_setting('statement_timeout') END, false), set_config('lock_timeout', CASE current_setting('lock_timeout') "
    "WHEN '0' THEN $2 ELSE current_setting('lock_timeout') END, false), "
    "set_config('idle_in_transaction_session_timeout', $1, false), set_config('synchronous_commit', CASE "
    "current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

/// Ended by an administrator, by its own limit, or never well.
bool is_gone(std::string_view state) {
    return state.starts_with("57P0") || state.starts_with("08") || state == "25P03";
}

/// A value that somebody sent may stand in what the server says of these.
bool may_quote_values(std::string_view state) { return state.starts_with("22") || state.starts_with("23"); }

}    // namespace

Link::Health Link::health_of_socket() const {
    return PQstatus(connection_.get()) == CONNECTION_OK ? Health::usable : Health::lost;
}

std::unexpected<AuthError> Link::lost(std::string_view what) {
    lost_ = Health::lost;
    state_ = {};
    return fail(Code::storage_unavailable, "an answer of the database", what);
}

std::unexpected<AuthError> Link::failure(const PGresult* answer) {
    const char* const state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    if (state == nullptr) return lost("the connection is gone");
    std::copy_n(state, std::min(std::strlen(state), state_.size() - 1), state_.begin());
    if (is_gone(this->state())) lost_ = Health::lost;
    constexpr std::string_view unique_violation = "23505";
    if (this->state() == unique_violation) return fail(Code::storage_conflict);
    const char* const said = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
    return fail(Code::storage_unavailable, this->state(),
                said == nullptr || may_quote_values(this->state()) ? std::string_view{} : std::string_view{said});
}

Result<std::unique_ptr<Link>> Link::open(const Target& target, const PostgresOptions& options) {
    ConnectionPtr connection{PQconnectdbParams(target.keywords().data(), target.values().data(), 0)};
    if (connection == nullptr) return fail(Code::storage_unavailable, "memory for a connection");
    if (PQstatus(connection.get()) != CONNECTION_OK) return fail(target.refusal(PQerrorMessage(connection.get())));
    PQsetNoticeReceiver(connection.get(), [](void*, const PGresult*) {}, nullptr);
    const char* const encoding = PQparameterStatus(connection.get(), "server_encoding");
    if (encoding == nullptr || std::string_view{encoding} != "UTF8")
        return fail(Code::storage_unavailable, "a database with ENCODING 'UTF8'", encoding == nullptr ? "" : encoding);
    if (PQsetnonblocking(connection.get(), 1) != 0 || PQenterPipelineMode(connection.get()) != 1)
        return fail(Code::storage_unavailable, "a connection that can be pipelined");
    std::unique_ptr<Link> link{new Link{std::move(connection), options.statement_wait + grace}};
    CS_CHECK(link->prepare_session(options));
    return link;
}

Result<void> Link::prepare_session(const PostgresOptions& options) {
    CS_TRY(const auto backend, send({.text = "SELECT pg_backend_pid()"}));
    const std::string_view bytes{PQgetvalue(backend.front().get(), 0, 0),
                                 static_cast<std::size_t>(PQgetlength(backend.front().get(), 0, 0))};
    constexpr Oid int4 = 23;
    CS_TRY(const Value pid, read_cell(bytes, int4, Type::integer));
    if (std::get<std::int64_t>(pid) != PQbackendPID(connection_.get())) {
        pooler_ = Pooler::between;
        return {};
    }
    constexpr Oid text = 25;
    Parameters limits{2};
    for (const Milliseconds limit : {options.statement_wait, options.lock_wait})
        limits.add(std::to_string(limit.count()), text);
    constexpr Oid types[]{text, text};
    CS_TRY([[maybe_unused]] const auto set, send({.text = settings_text, .parameters = &limits, .types = types}));
    return {};
}

Link::TakenBack Link::take_back(std::string_view text) {
    const auto found = std::find_if(deferred_.rbegin(), deferred_.rend(), [&](const char* one) { return text == one; });
    if (found == deferred_.rend()) return TakenBack::no;
    deferred_.erase(std::prev(found.base()), deferred_.end());
    return TakenBack::yes;
}

Result<void> Link::put(const CommandView& command) {
    PGconn* const to = connection_.get();
    Parameters none{0};
    Parameters& given = command.parameters == nullptr ? none : *command.parameters;
    int sent = 0;
    switch (command.kind) {
        case CommandView::Kind::run:
            sent = PQsendQueryParams(to, command.text, given.count(),
                                     command.types.empty() ? nullptr : command.types.data(), given.values(),
                                     given.lengths(), given.formats(), 1);
            break;
        case CommandView::Kind::prepare:
            sent = PQsendPrepare(to, command.name, command.text, 0, nullptr);
            break;
        case CommandView::Kind::describe:
            sent = PQsendDescribePrepared(to, command.name);
            break;
        case CommandView::Kind::run_prepared:
            sent = PQsendQueryPrepared(to, command.name, given.count(), given.values(), given.lengths(),
                                       given.formats(), 1);
            break;
    }
    if (sent != 1) return lost("the connection is gone");
    return {};
}

Result<void> Link::put_all(std::span<const CommandView> commands) {
    for (const char* text : deferred_) CS_CHECK(put({.text = text}));
    for (const CommandView& command : commands) CS_CHECK(put(command));
    if (PQpipelineSync(connection_.get()) != 1) return lost("the connection is gone");
    return {};
}

Result<void> Link::wait(short events, SteadyTime until) {
    while (true) {
        const auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return lost("it took too long");
        pollfd waits{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
        const int ready = ::poll(&waits, 1, static_cast<int>(left.count()));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return lost("the connection is gone");
    }
}

Result<void> Link::flush(SteadyTime until) {
    while (true) {
        const int left = PQflush(connection_.get());
        if (left == 0) return {};
        if (left < 0) return lost("the connection is gone");
        CS_CHECK(wait(POLLIN | POLLOUT, until));
        // A server that cannot write to us reads nothing either.
        if (PQconsumeInput(connection_.get()) != 1) return lost("the connection is gone");
    }
}

/// Null at the end of the answers to one command.
Result<ResultPtr> Link::next_answer(SteadyTime until) {
    while (PQisBusy(connection_.get()) == 1) {
        CS_CHECK(wait(POLLIN, until));
        // What arrived before the end of the connection is still an answer: it says why.
        if (PQconsumeInput(connection_.get()) != 1 && PQisBusy(connection_.get()) == 1)
            return lost("the connection is gone");
    }
    return ResultPtr{PQgetResult(connection_.get())};
}

Result<std::vector<ResultPtr>> Link::send(std::span<const CommandView> commands) {
    state_ = {};
    if (health() == Health::lost) return lost("the connection is gone");
    const SteadyTime until = std::chrono::steady_clock::now() + patience_;
    CS_CHECK(put_all(commands));
    CS_CHECK(flush(until));
    std::vector<ResultPtr> answers;
    const std::size_t before = std::exchange(deferred_, {}).size();
    answers.reserve(before + commands.size());
    std::optional<AuthError> refused;
    for (int empty = 0; empty < 2;) {    // two ends without an answer between them: nobody is there
        CS_TRY(ResultPtr answer, next_answer(until));
        if (answer == nullptr) {
            ++empty;
            continue;
        }
        empty = 0;
        const ExecStatusType status = PQresultStatus(answer.get());
        if (status == PGRES_PIPELINE_SYNC) {
            if (refused) return fail(*refused);
            answers.erase(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(before));
            return answers;
        }
        const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (!good && status != PGRES_PIPELINE_ABORTED && !refused) refused = failure(answer.get()).error();
        answers.push_back(std::move(answer));
    }
    if (refused) {
        lost_ = Health::lost;
        return fail(*refused);
    }
    return lost("the connection is gone");
}

}    // namespace countersign::storage::postgres
