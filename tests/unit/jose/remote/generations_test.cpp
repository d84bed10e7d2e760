#include <thread>

#include "unit/jose/remote/rig.hpp"

namespace countersign::jose {
namespace {

TEST(Generations, what_is_in_use_stays_whatever_comes_after_it) {
    const Rig rig;
    Generations generations;
    EXPECT_FALSE(generations.use()->verifier.has_value());
    generations.replace(rig.verifier());
    std::optional<Generations::Use> held{generations.use()};
    const std::uint64_t number = (*held)->number;
    for (int i = 0; i < 10; ++i) generations.replace(std::nullopt);
    EXPECT_EQ((*held)->number, number);
    EXPECT_TRUE((*held)->verifier->verify(rig.good(), at(test_now)).ok());
    EXPECT_GT(generations.use()->number, number);
    held.reset();
    generations.replace(rig.verifier());
    EXPECT_TRUE(generations.use()->verifier->verify(rig.good(), at(test_now)).ok());
}

TEST(Generations, more_readers_than_slots_take_turns) {
    const Rig rig;
    Generations generations;
    generations.replace(rig.verifier());
    std::atomic<int> good{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 80; ++i) {
        readers.emplace_back([&] {
            for (int turn = 0; turn < 20; ++turn) {
                const Generations::Use use = generations.use();
                std::this_thread::yield();
                if (use->verifier && use->verifier->verify(rig.good(), at(test_now)).ok()) ++good;
            }
        });
    }
    for (int i = 0; i < 50; ++i) generations.replace(rig.verifier());
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(good, 80 * 20);
}

}    // namespace
}    // namespace countersign::jose
