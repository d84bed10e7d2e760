#include "base/guessable.hpp"

#include <string>

namespace countersign {
namespace {

TEST(Guessable, KEY_09_samples_repetitions_and_stairs_and_nothing_that_a_generator_makes) {
    const std::pair<std::string, bool> table[]{
        {"k3J9dLq2Zx8Vb1TtWm5RyPs7fQ4hNc6e", false},
        {"k3J9dLq2Zx8Vb1TtWm5RyPs7fQ4hNc6e-change-me", true},
        {"CHANGE_ME-k3J9dLq2Zx8Vb1TtWm5RyPs", true},
        {"Your 256 Bit Secret k3J9dLq2Zx8Vb1", true},
        {std::string(32, 'a'), true},
        {"abcabdabcabdabcabdabcabdabcabdab", true},
        {"k3J9dLq2Zx8Vk3J9dLq2Zx8Vk3J9dLq2Zx8V", true},
        {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10", true},
        {"\xff\xfd\xfb\xf9\xf7\xf5\xf3\xf1\xef\xed\xeb\xe9", true},
        {"\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\x44\x49", false},
        {"", true},
    };
    for (const auto& [secret, guessable] : table) EXPECT_EQ(is_guessable(secret), guessable) << secret;
}

}    // namespace
}    // namespace countersign
