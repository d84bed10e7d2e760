// One connection to PostgreSQL: commands go out in bursts, each with one answer to wait for, and no wait is without
// end.
#pragma once

#include <libpq-fe.h>

#include "storage/backends/postgres/cells.hpp"
#include "storage/backends/postgres/target.hpp"

namespace countersign::storage::postgres {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* handle) const {
        Free(handle);
    }
};
using ResultPtr = std::unique_ptr<PGresult, Freed<PQclear>>;

/// What is sent. Texts and parameters outlive the burst.
struct CommandView {
    enum class Kind : std::uint8_t {
        run,             // a text without or with parameters, planned anew
        prepare,         // `text` as the statement `name`; the unnamed one if that is empty
        describe,        // types of parameters and cells of `name`
        run_prepared,    // `name`
    };
    Kind kind = Kind::run;
    const char* text = "";
    const char* name = "";
    Parameters* parameters = nullptr;
    std::span<const Oid> types = {};    // of the parameters, for `run`
};

class Link {
  public:
    static Result<std::unique_ptr<Link>> open(const Target& target, const PostgresOptions& options);

    /// A command without answer to look at, sent in front of the next burst. `text` is a literal.
    void defer(const char* text) { deferred_.push_back(text); }
    /// Takes `text` and what was deferred behind it back; false if it has been sent already.
    enum class TakenBack : std::uint8_t { no, yes };
    TakenBack take_back(std::string_view text);

    /// The answers of `commands`, in their order. An error of any is the error of all. Errors: storage.conflict (a
    /// value that must be unique), storage.unavailable.
    Result<std::vector<ResultPtr>> send(std::span<const CommandView> commands);
    Result<std::vector<ResultPtr>> send(const CommandView& command) { return send({&command, 1}); }

    /// SQLSTATE of the last error; empty: none, or the connection is gone.
    std::string_view state() const { return {state_.data(), std::strlen(state_.data())}; }
    enum class Health : std::uint8_t { usable, lost };
    Health health() const { return lost_ == Health::lost ? lost_ : health_of_socket(); }
    /// Between us and the server stands somebody who hands our commands to one of several (PgBouncer): nothing that was
    /// said to a server is known to the next one.
    enum class Pooler : std::uint8_t { none, between };
    Pooler pooler() const { return pooler_; }

  private:
    using ConnectionPtr = std::unique_ptr<PGconn, Freed<PQfinish>>;
    Link(ConnectionPtr connection, Milliseconds patience) : connection_{std::move(connection)}, patience_{patience} {}
    Result<void> prepare_session(const PostgresOptions& options);
    Health health_of_socket() const;
    Result<void> put(const CommandView& command);
    Result<void> put_all(std::span<const CommandView> commands);
    /// Waits until the socket can do what `events` says. Errors: storage.unavailable.
    Result<void> wait(short events, std::chrono::steady_clock::time_point until);
    Result<void> flush(std::chrono::steady_clock::time_point until);
    Result<ResultPtr> next_answer(std::chrono::steady_clock::time_point until);
    std::unexpected<AuthError> lost(std::string_view what);
    std::unexpected<AuthError> failure(const PGresult* answer);

    ConnectionPtr connection_;
    Milliseconds patience_;    // for one burst
    std::vector<const char*> deferred_;
    std::array<char, 6> state_{};
    Health lost_ = Health::usable;
    Pooler pooler_ = Pooler::none;
};

}    // namespace countersign::storage::postgres
