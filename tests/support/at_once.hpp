// The same work in several threads, which begin together.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace countersign::testing_support {

/// Returns when all have done `work`, each with its number.
inline void at_once(int threads, const std::function<void(int)>& work) {
    std::atomic<int> waiting{threads};
    std::vector<std::jthread> running;    // goes first: it waits for all
    running.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([&, i] {
            for (--waiting; waiting.load() > 0;) std::this_thread::yield();
            work(i);
        });
    }
}

}    // namespace countersign::testing_support
