#include "base/random.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/secret.hpp"

namespace countersign {
namespace {

/// Gives the bytes 0, 1, 2, ... 255, 0, ... so that what random_text makes of each byte can be seen.
class Counter final : public Random {
  public:
    void fill(std::span<std::byte> out) override {
        for (std::byte& byte : out) byte = static_cast<std::byte>(next_++);
    }

  private:
    unsigned char next_ = 0;
};

TEST(Random, SES_01_every_letter_comes_from_equally_many_bytes) {
    for (const std::size_t size : {2U, 3U, 10U, 32U, 62U, 64U, 200U, 256U}) {
        std::string alphabet;
        for (std::size_t i = 0; i < size; ++i) alphabet.push_back(static_cast<char>(i));
        const std::size_t usable = 256 - 256 % size;    // one turn of the counter
        Counter counter;
        const std::string text = random_text(counter, usable, alphabet);
        ASSERT_EQ(text.size(), usable);
        for (const char letter : alphabet) {
            EXPECT_EQ(std::ranges::count(text, letter), static_cast<std::ptrdiff_t>(usable / size)) << size;
        }
    }
}

TEST(Random, SES_01_lengths_are_exact) {
    SystemRandom random;
    for (const std::size_t length : {0U, 1U, 32U, 63U, 64U, 65U, 1000U}) {
        EXPECT_EQ(random_text(random, length).size(), length);
    }
    static_assert(alphanumeric.size() == 62);
    EXPECT_EQ(std::set<char>(alphanumeric.begin(), alphanumeric.end()).size(), 62U);
}

TEST(Random, SES_01_letters_are_spread_evenly) {
    SystemRandom random;
    constexpr std::size_t drawn = 620'000;
    const std::string text = random_text(random, drawn);
    double chi_square = 0;
    for (const char letter : alphanumeric) {
        const double apart = static_cast<double>(std::ranges::count(text, letter)) - 10'000.0;
        chi_square += apart * apart / 10'000.0;
    }
    // 61 degrees of freedom: more than 150 comes by chance once in 10^8 runs; `byte % 62` alone gives over 5000.
    EXPECT_LT(chi_square, 150.0);
}

TEST(Random, KEY_11_parent_and_child_of_a_fork_draw_different_ids) {
    constexpr std::size_t ids = 1000;
    SystemRandom random;
    static_cast<void>(random_text(random, id_length));    // whatever state there might be is filled before the fork
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const std::string drawn = random_text(random, ids * id_length);
        const ssize_t written = ::write(pipe[1], drawn.data(), drawn.size());
        ::_exit(written == static_cast<ssize_t>(drawn.size()) ? 0 : 1);
    }
    ::close(pipe[1]);
    std::string theirs(ids * id_length, '\0');
    for (std::size_t got = 0; got < theirs.size();) {
        const ssize_t step = ::read(pipe[0], theirs.data() + got, theirs.size() - got);
        ASSERT_GT(step, 0);
        got += static_cast<std::size_t>(step);
    }
    ::close(pipe[0]);
    int status = 1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    const std::string ours = random_text(random, ids * id_length);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < ids; ++i) {
        EXPECT_TRUE(seen.insert(ours.substr(i * id_length, id_length)).second);
        EXPECT_TRUE(seen.insert(theirs.substr(i * id_length, id_length)).second);
    }
}

TEST(Secret, PWD_17_every_differing_byte_is_seen) {
    const std::string text(64, 'a');
    const Secret secret = Secret::from_text(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (const unsigned bit : {0U, 3U, 7U}) {
            std::string other = text;
            other[i] = static_cast<char>(static_cast<unsigned char>(other[i]) ^ (1U << bit));
            EXPECT_FALSE(secret.equals(Secret::from_text(other))) << i;
            EXPECT_FALSE(equal_constant_time(text, other)) << i;
        }
    }
    EXPECT_TRUE(secret.equals(secret.clone()));
}

TEST(Secret, owns_its_bytes) {
    static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
    std::string text = "key";
    Secret secret = Secret::from_text(text);
    text = "???";
    EXPECT_EQ(secret.reveal_text(), "key");
    Secret moved = std::move(secret);
    moved.writable()[0] = std::byte{'K'};
    EXPECT_EQ(moved.reveal_text(), "Key");
    Secret other = Secret::from_text("other");
    other = std::move(moved);
    EXPECT_EQ(other.reveal_text(), "Key");
    EXPECT_TRUE(Secret{}.empty());
    EXPECT_TRUE(Secret::from_text("").empty());
    EXPECT_EQ(Secret::sized(32).size(), 32U);
}

TEST(Secret, KEY_11_wiping_leaves_no_byte) {
    std::array<std::byte, 40> bytes{};
    bytes.fill(std::byte{0xA5});
    wipe(std::span{bytes}.subspan(4, 32));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_EQ(bytes[i], i >= 4 && i < 36 ? std::byte{0} : std::byte{0xA5}) << i;
    }
    wipe({});
}

}    // namespace
}    // namespace countersign
