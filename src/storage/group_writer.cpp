#include "storage/group_writer.hpp"

namespace countersign::storage {

void GroupWriter::start(Transaction& transaction) {
    thread_ = std::thread{[this, &transaction] { loop(transaction); }};
}

void GroupWriter::stop() {
    {
        const std::scoped_lock held{lock_};
        stopping_ = true;
    }
    queued_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> GroupWriter::transact(const Work& work) {
    std::future<Result<void>> answer;
    {
        const std::scoped_lock held{lock_};
        if (stopping_ || queue_.size() >= limits_.queue)
            return fail(Code::storage_unavailable, limits_.queue, queue_.size());
        answer = queue_.emplace_back(Job{&work, {}}).done.get_future();
    }
    queued_.notify_one();
    return answer.get();
}

std::deque<GroupWriter::Job> GroupWriter::take_group(std::unique_lock<std::mutex>& held) {
    queued_.wait(held, [this] { return stopping_ || !queue_.empty(); });
    std::deque<Job> group;
    while (!queue_.empty() && group.size() < limits_.group) {
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return group;
}

void GroupWriter::loop(Transaction& transaction) {
    std::unique_lock held{lock_};
    while (true) {
        std::deque<Job> group = take_group(held);
        if (group.empty()) return;    // stopping, and nothing is left
        held.unlock();
        run_group(transaction, group);
        held.lock();
    }
}

void GroupWriter::run_group(Transaction& transaction, std::deque<Job>& group) {
    std::vector<Result<void>> results;
    results.reserve(group.size());
    Result<void> committed = transaction.begin();
    if (committed.ok()) {
        for (const Job& job : group) {
            results.push_back(transaction.run(*job.work));
            if (!transaction.goes_on()) break;
        }
        committed = transaction.commit();
    }
    if (!committed.ok()) {
        transaction.roll_back();
        for (Job& job : group)
            job.done.set_value(
                fail(Code::storage_unavailable, committed.error().expected(), committed.error().found()));
        return;
    }
    // First the number, then the answers: whoever hears of a commit finds it in every read from then on.
    commit_number_.fetch_add(1, std::memory_order_release);
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done.set_value(std::move(results[i]));
}

Result<void> answer_of(const GroupWriter::Work& work, Tx& tx) {
    try {
        return work(tx);
    } catch (const std::exception& thrown) {
        return fail(Code::internal_fault, "no exception", thrown.what());
    }
}

}    // namespace countersign::storage
