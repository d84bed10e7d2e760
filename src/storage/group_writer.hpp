// Group commit (DESIGN D7): transactions that wait stand in one queue, and one thread takes what is there, runs it one
// after the other and commits once. What that means in a database is the backend's.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "storage/storage.hpp"

namespace countersign::storage {

class GroupWriter {
  public:
    using Work = std::function<Result<void>(Tx&)>;
    struct Limits {
        std::size_t group;    // transactions in one COMMIT
        std::size_t queue;    // that wait; over it: storage.unavailable
    };
    /// What a backend does with a group, on the thread of the writer. Never called for an empty one.
    class Transaction {
      public:
        virtual ~Transaction() = default;
        virtual Result<void> begin() = 0;
        /// One member in a savepoint of its own, so that its failure does not touch the others.
        virtual Result<void> run(const Work& work) = 0;
        /// False after the database has taken the whole transaction back: what followed would not belong to it.
        virtual bool goes_on() const = 0;
        /// Durable when it returns without error. A failure may be of the answer alone: nobody is told of a success.
        virtual Result<void> commit() = 0;
        virtual void roll_back() = 0;
    };

    explicit GroupWriter(Limits limits) : limits_{limits} {}
    ~GroupWriter() { stop(); }
    GroupWriter(const GroupWriter&) = delete;
    GroupWriter& operator=(const GroupWriter&) = delete;

    void start(Transaction& transaction);
    /// Does what is queued and ends the thread. Before whatever `transaction` uses goes.
    void stop();
    Result<void> transact(const Work& work);
    /// Rises before a commit is acknowledged.
    std::uint64_t commit_number() const { return commit_number_.load(std::memory_order_acquire); }

  private:
    struct Job {
        const Work* work;
        std::promise<Result<void>> done;
    };
    void loop(Transaction& transaction);
    std::deque<Job> take_group(std::unique_lock<std::mutex>& held);
    void run_group(Transaction& transaction, std::deque<Job>& group);

    Limits limits_;
    std::mutex lock_;
    std::condition_variable queued_;
    std::deque<Job> queue_;
    bool stopping_ = false;
    std::atomic<std::uint64_t> commit_number_{1};
    std::thread thread_;
};

/// What `work` answers; an exception in it (bad_alloc) must not end the writer.
Result<void> answer_of(const GroupWriter::Work& work, Tx& tx);

}    // namespace countersign::storage
