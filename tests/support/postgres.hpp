// A real PostgreSQL for tests: one server a process, started when the first test asks and gone with the process, and a
// fresh database for each test, with a plain connection of a neighbour (Better Auth, an administrator).
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace countersign::testing_support {

/// tests/support/postgres.sh does the work, and cleans up also when this process dies: it waits for the end of a pipe.
class PostgresServer {
  public:
    PostgresServer() {
        std::string name = (std::filesystem::temp_directory_path() / "countersign-pg-XXXXXX").string();
        folder_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
        int in[2]{}, out[2]{};
        if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
        posix_spawn_file_actions_t actions{};
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        std::string script = std::string{COUNTERSIGN_SOURCE_DIR} + "/tests/support/postgres.sh", shell = "sh";
        char* arguments[]{shell.data(), script.data(), folder_.data(), nullptr};
        const int spawned = ::posix_spawn(&process_, "/bin/sh", &actions, nullptr, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        ::close(in[0]);
        ::close(out[1]);
        alive_ = in[1];
        std::string said(5, '\0');
        const bool ready = spawned == 0 && ::read(out[0], said.data(), said.size()) == 5 && said == "ready";
        ::close(out[0]);
        if (!ready) throw std::runtime_error{"no PostgreSQL for tests: apt-get install postgresql-15"};
    }
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer() {
        ::close(alive_);
        int status = 0;
        ::waitpid(process_, &status, 0);
    }
    static PostgresServer& shared() {
        static PostgresServer server;
        return server;
    }

    /// Of a database of this server, for a role (the owner of the server unless said otherwise).
    std::string url(const std::string& database, const std::string& role = "owner") const {
        return "postgres://" + role + "@/" + database + "?host=" + folder_;
    }
    const std::string& folder() const { return folder_; }
    /// pg_ctl with these words: "-m fast restart". Returns when it is done.
    void control(const std::string& words) const {
        const std::string as_owner = "setpriv --reuid=$(stat -c %u '" + folder_ + "') --regid=$(stat -c %g '" +
                                     folder_ + "/data') --clear-groups ";
        const std::string call = (::geteuid() == 0 ? as_owner : "") + bin() + "/pg_ctl -D '" + folder_ +
                                 "/data' -w -l '" + folder_ + "/log' " + words + " >/dev/null 2>&1 </dev/null";
        EXPECT_EQ(std::system(("cd '" + folder_ + "' && " + call).c_str()), 0) << call;
    }

  private:
    static std::string bin() {
        const char* const given = std::getenv("COUNTERSIGN_POSTGRES_BIN");
        return given != nullptr ? given : "/usr/lib/postgresql/15/bin";
    }
    std::string folder_;
    pid_t process_ = 0;
    int alive_ = -1;
};

/// libpq without anything of ours in between.
class PlainPostgres {
  public:
    explicit PlainPostgres(const std::string& url) : handle_{PQconnectdb(url.c_str())} {
        EXPECT_EQ(PQstatus(handle_.get()), CONNECTION_OK) << PQerrorMessage(handle_.get());
        PQsetNoticeReceiver(handle_.get(), [](void*, const PGresult*) {}, nullptr);
    }
    /// Every cell of every row as text, rows one after the other. An error fails the test.
    std::vector<std::string> run(const std::string& text) {
        const std::unique_ptr<PGresult, Clear> result{PQexec(handle_.get(), text.c_str())};
        const ExecStatusType status = PQresultStatus(result.get());
        EXPECT_TRUE(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) << PQerrorMessage(handle_.get()) << "\n"
                                                                             << text;
        std::vector<std::string> cells;
        for (int row = 0; row < PQntuples(result.get()); ++row) {
            for (int column = 0; column < PQnfields(result.get()); ++column) {
                const bool null = PQgetisnull(result.get(), row, column) == 1;
                cells.emplace_back(null ? "NULL" : PQgetvalue(result.get(), row, column));
            }
        }
        return cells;
    }
    std::string one(const std::string& text) {
        const std::vector<std::string> cells = run(text);
        return cells.size() == 1 ? cells.front() : "not one cell";
    }

  private:
    struct Close {
        void operator()(PGconn* handle) const { PQfinish(handle); }
    };
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    std::unique_ptr<PGconn, Close> handle_;
};

/// An empty database, gone with the test.
class PostgresDatabase {
  public:
    explicit PostgresDatabase(const PostgresServer& server = PostgresServer::shared()) : server_{&server} {
        static std::atomic<int> next{0};
        name_ = "test" + std::to_string(::getpid()) + "_" + std::to_string(next++);
        administrator().run("CREATE DATABASE " + name_);
    }
    PostgresDatabase(const PostgresDatabase&) = delete;
    PostgresDatabase& operator=(const PostgresDatabase&) = delete;
    ~PostgresDatabase() { administrator().run("DROP DATABASE " + name_ + " WITH (FORCE)"); }
    std::string url(const std::string& role = "owner") const { return server_->url(name_, role); }
    const std::string& name() const { return name_; }
    PlainPostgres administrator() const { return PlainPostgres{server_->url("postgres")}; }

  private:
    const PostgresServer* server_;
    std::string name_;
};

}    // namespace countersign::testing_support
