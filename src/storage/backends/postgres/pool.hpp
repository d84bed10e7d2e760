// The connections of readers: so many at most, made when they are needed, and thrown away when the server has gone. And
// how often an absent server is asked whether it is back.
#pragma once

#include <condition_variable>
#include <mutex>

#include "storage/backends/postgres/connection.hpp"

namespace countersign::storage::postgres {

/// Makes connections. After one that could not be made nobody tries again for a while, so that requests are refused at
/// once instead of each waiting for the same absent server.
class Dialler {
  public:
    Dialler(Target target, PostgresOptions options, const std::vector<Extension>& extensions)
        : target_{std::move(target)},
          options_{std::move(options)},
          extensions_{&extensions} {}
    /// Errors: storage.unavailable.
    Result<std::unique_ptr<Connection>> dial();

  private:
    Target target_;
    PostgresOptions options_;
    const std::vector<Extension>* extensions_;
    std::mutex lock_;
    std::chrono::steady_clock::time_point not_before_{};
    Milliseconds pause_{0};
};

class Pool {
  public:
    Pool(Dialler& dialler, std::size_t limit, Milliseconds patience)
        : dialler_{&dialler},
          limit_{limit},
          patience_{patience} {}
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// One connection, given back when this goes.
    class Lease {
      public:
        Lease(Pool& pool, std::unique_ptr<Connection> connection) : pool_{&pool}, connection_{std::move(connection)} {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (connection_ != nullptr) pool_->take_back(std::move(connection_));
        }
        Connection& operator*() const { return *connection_; }
        Connection* operator->() const { return connection_.get(); }

      private:
        Pool* pool_;
        std::unique_ptr<Connection> connection_;
    };
    /// Errors: storage.unavailable.
    Result<Lease> borrow();
    /// The connections that stand idle are not used again: what they have prepared is no longer asked.
    void renew();

  private:
    void take_back(std::unique_ptr<Connection> connection);

    Dialler* dialler_;
    std::size_t limit_;
    Milliseconds patience_;
    std::mutex lock_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t open_ = 0;
};

}    // namespace countersign::storage::postgres
