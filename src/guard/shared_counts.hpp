// Counts of requests outside of this process, so that several servers (and Better Auth beside one) count together.
#pragma once

#include "base/random.hpp"
#include "guard/request_limit.hpp"
#include "storage/key_values.hpp"
#include "storage/storage.hpp"

namespace countersign::guard {

/// Asking may block. An error says nothing about the client: storage.unavailable, storage.corrupt.
class RequestCounts {
  public:
    virtual ~RequestCounts() = default;
    /// One step over all who count there. Absent: allowed, and counted. Otherwise how long it is refused from now on,
    /// in whole seconds.
    virtual Result<std::optional<Seconds>> count(std::string_view key, const LimitRule& rule, Instant now) = 0;
};

/// The table rateLimit, row for row as Better Auth 1.7.25 keeps it. Exact over threads and over processes on one file.
/// What is refused costs a read, what is allowed a durable write. Bounded as RequestCounters are: ended rows go, then
/// those that are over no limit, and where that is not enough newcomers are counted as one.
class StoredRequestCounts final : public RequestCounts {
  public:
    struct Options {
        Given<Seconds> longest_window;    // of all rules: an older row counts for none of them
        Given<unsigned> smallest_max;     // of all rules: a row below is over no limit
        IdForm ids = IdForm::letters;
        std::int64_t most_rows = static_cast<std::int64_t>(RequestLimit::most_keys);
    };
    StoredRequestCounts(storage::Storage& storage, Random& random, const Options& options)
        : storage_{&storage},
          random_{&random},
          options_{options} {}

    Result<std::optional<Seconds>> count(std::string_view key, const LimitRule& rule, Instant now) override;
    /// The key under which all are counted who find no place.
    static constexpr std::string_view rest_key = "*|*";

  private:
    Result<std::optional<Seconds>> step(storage::Tx& tx, std::string_view key, const LimitRule& rule, Instant now);
    Result<void> tidy(storage::Tx& tx, Instant now);
    enum class Room : std::uint8_t { some, none };
    Result<Room> make_room(storage::Tx& tx, Instant now);

    storage::Storage* storage_;
    Random* random_;
    Options options_;
    // Of the writer's thread alone, inside transact.
    std::optional<Instant> tidied_, trimmed_;
    std::int64_t rows_ = 0;    // when they were last counted, and what we have added since
};

/// Better Auth's secondary storage: a number under `client|path` that lives for one window from the first request on.
/// What is refused counts too, and is told the whole window.
class KeyedRequestCounts final : public RequestCounts {
  public:
    explicit KeyedRequestCounts(storage::KeyValues& values) : values_{&values} {}
    Result<std::optional<Seconds>> count(std::string_view key, const LimitRule& rule, Instant now) override;

  private:
    storage::KeyValues* values_;
};

}    // namespace countersign::guard
