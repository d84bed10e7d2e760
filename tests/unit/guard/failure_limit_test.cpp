// Who may try a password, and whose failures are whose: attempts without a hash behind them.
#include "guard/failure_limit.hpp"

#include <atomic>
#include <thread>

#include "base/encoding.hpp"
#include "unit/http/asked.hpp"

namespace countersign::guard {
namespace {

using http::Asked;
using Outcome = identity::Attempt::Outcome;

constexpr Instant noon = Instant::from_unix(Seconds{1'795'000'000});
constexpr Seconds life{180 * 86'400};
constexpr http::Endpoint row{
    .method = http::Method::post,
    .path = "/sign-in/email",
    .caller = http::Caller::anyone,
    .origin = http::OriginRule::trusted_only,
    .limit = http::Limit::general(),
    .lane = http::Lane::hash,
    .run = [](http::Exchange&) -> Result<http::Response> { return http::Response::empty(204); },
    .summary = "s",
    .guess = http::Guess::password};

/// Whence somebody asks.
struct From {
    std::string network = "203.0.113.7";
    std::string cookie = {};
};

/// `told`: the answer says whether the password was right.
enum class Seen : std::uint8_t { told, limited, error };

class FailuresOf : public testing::Test {
  protected:
    static FailureLimit made(const FailureOptions& options, std::unique_ptr<FailureCounts> counts, const Clock& clock,
                             Random& random) {
        return {options, crypto::HmacKey{bytes_of("a")},
                KnownDevices{{}, life, crypto::HmacKey{bytes_of("b")}, crypto::HmacKey{bytes_of("c")}, random},
                std::move(counts), clock};
    }
    static std::unique_ptr<FailureCounts> memory(const FailureOptions& options) {
        return std::make_unique<MemoryFailureCounts>(failure_rules(options), 6400);
    }
    static Asked asked_from(const From& from) {
        http::Ask ask;
        if (!from.cookie.empty()) ask.headers.emplace_back("cookie", from.cookie);
        return Asked{std::move(ask)};
    }
    Seen try_it(const From& from, std::string_view account, Outcome outcome) {
        Asked asked = asked_from(from);
        asked.services().add(limit);
        asked.x().endpoint = &row;
        asked.x().set_client_address(from.network);
        PasswordAttempt attempt{asked.x()};
        Result<void> done = attempt.begin(account);
        if (done.ok()) done = attempt.end(outcome);
        headers_ = asked.x().extra().headers;
        if (done.ok()) return Seen::told;
        return done.error().code() == Code::login_limited ? Seen::limited : Seen::error;
    }
    Seen fail_it(const From& from, std::string_view account) { return try_it(from, account, Outcome::failed); }
    Seen sign_in(const From& from, std::string_view account) { return try_it(from, account, Outcome::proved); }
    /// How many of so many wrong passwords are told, each as soon as the wait before it is over.
    int told_of(int times, const From& from, std::string_view account) {
        int told = 0;
        for (int i = 0; i < times; ++i) {
            told += fail_it(from, account) == Seen::told ? 1 : 0;
            clock.advance(Seconds{3600});
        }
        return told;
    }
    /// A crowd of networks that guesses one account until it is stopped.
    void stop(std::string_view account) {
        for (int i = 0; i < 100; ++i) {
            ASSERT_EQ(fail_it(stranger(), account), Seen::told) << i;
            clock.advance(Seconds{900});
        }
        ASSERT_EQ(fail_it(stranger(), account), Seen::limited);
    }
    From stranger() { return {.network = "192.0.2." + std::to_string(++strangers_)}; }
    /// The cookie of a browser from which `account` has signed in.
    std::string device_of(std::string_view account, const std::string& before = {}) {
        const Asked asked = asked_from({.cookie = before});
        http::Response answer;
        limit.remember(answer, asked.request(), account);
        const std::string& line = answer.set_cookies.at(0);
        return line.substr(0, line.find(';'));
    }

    FixedClock clock{noon};
    SystemRandom random;
    FailureOptions on{.state = FailureOptions::State::on};
    FailureLimit limit = made(on, memory(on), clock, random);
    std::vector<std::pair<std::string, std::string>> headers_;    // what the last attempt puts on its answer
    int strangers_ = 0;
};

constexpr std::string_view ada = "ada@example.com", bob = "bob@example.com";

TEST_F(FailuresOf, ENU_07_refusals_are_counted_by_who_decided_them) {
    const auto refused = [&] {
        std::map<std::string_view, std::uint64_t> out;
        for (const auto& [whose, count] : limit.refused()) {
            if (count > 0) out[whose] = count;
        }
        return out;
    };
    using Expected = std::map<std::string_view, std::uint64_t>;
    for (int i = 0; i < 5; ++i) fail_it({}, "user" + std::to_string(i) + "@example.com");
    EXPECT_EQ(refused(), Expected{}) << "what is told is not refused";
    fail_it({}, "another@example.com");
    sign_in({}, ada);
    EXPECT_EQ(refused(), (Expected{{"network", 2}}));
    for (int i = 0; i < 5; ++i) fail_it(stranger(), ada);
    fail_it(stranger(), ada);
    EXPECT_EQ(refused(), (Expected{{"network", 2}, {"account", 1}}));
    clock.advance(Seconds{900});
    stop(bob);
    EXPECT_EQ(refused(), (Expected{{"network", 2}, {"account", 1}, {"stop", 1}}));
    const From device{.network = "203.0.113.9", .cookie = device_of("carol@example.com")};
    for (int i = 0; i < 6; ++i) fail_it(device, "carol@example.com");
    EXPECT_EQ(refused(), (Expected{{"network", 2}, {"account", 1}, {"stop", 1}, {"device", 1}}));
}

TEST_F(FailuresOf, ENU_06_a_network_has_five_whomever_they_are_for) {
    const From here, there{.network = "203.0.113.8"};
    for (int i = 0; i < 5; ++i) EXPECT_EQ(fail_it(here, "user" + std::to_string(i) + "@example.com"), Seen::told);
    EXPECT_EQ(fail_it(here, ada), Seen::limited);
    EXPECT_EQ(sign_in(here, ada), Seen::limited) << "a right one is not told either";
    EXPECT_EQ(sign_in(there, ada), Seen::told);
    clock.advance(Seconds{59});
    EXPECT_EQ(sign_in(here, ada), Seen::limited);
    clock.advance(Seconds{1});
    EXPECT_EQ(sign_in(here, ada), Seen::told);
    EXPECT_EQ(fail_it(here, bob), Seen::told);
    EXPECT_EQ(sign_in(here, ada), Seen::limited) << "an account of one's own wins no guesses at others";
    clock.advance(Seconds{119});
    EXPECT_EQ(sign_in(here, ada), Seen::limited) << "the second wait is longer";
}

TEST_F(FailuresOf, ENU_12_say_when_to_come_again) {
    for (int i = 0; i < 5; ++i) {
        fail_it({}, ada);
        EXPECT_TRUE(headers_.empty()) << i;
    }
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(fail_it({}, bob), Seen::limited);
    EXPECT_EQ(headers_, (Pairs{{"x-retry-after", "60"}, {"retry-after", "60"}}));
    clock.advance(Milliseconds{1500});
    EXPECT_EQ(fail_it({.network = "203.0.113.8"}, ada), Seen::limited);
    EXPECT_EQ(headers_, (Pairs{{"x-retry-after", "1"}, {"retry-after", "1"}})) << "rounded up";
}

TEST_F(FailuresOf, ENU_07_an_account_is_stopped_at_a_hundred_from_however_many_networks) {
    stop(ada);
    clock.advance(Seconds{366 * 86'400});
    EXPECT_EQ(sign_in(stranger(), ada), Seen::limited) << "the 101st is right";
    EXPECT_EQ(sign_in(stranger(), bob), Seen::told);
    limit.forgive(bob);
    EXPECT_EQ(sign_in(stranger(), ada), Seen::limited);
    limit.forgive(ada);
    EXPECT_EQ(sign_in(stranger(), ada), Seen::told);
}

TEST_F(FailuresOf, ENU_07_a_success_ends_the_row_of_failures) {
    for (int round = 0; round < 60; ++round) {
        for (int i = 0; i < 4; ++i) EXPECT_EQ(fail_it(stranger(), ada), Seen::told);
        EXPECT_EQ(sign_in(stranger(), ada), Seen::told) << round;
    }
}

TEST_F(FailuresOf, ENU_08_nobody_locks_the_owner_out_of_a_known_device) {
    const std::string cookie = device_of(ada);
    stop(ada);
    const From attacker{.network = "198.51.100.1"};
    for (int i = 0; i < 50; ++i) fail_it(attacker, "user" + std::to_string(i) + "@example.com");
    EXPECT_EQ(sign_in(stranger(), ada), Seen::limited);
    EXPECT_EQ(sign_in({.cookie = cookie}, ada), Seen::told);
    EXPECT_EQ(sign_in({.network = attacker.network, .cookie = cookie}, ada), Seen::told) << "not even from nearby";
    EXPECT_EQ(sign_in({.cookie = cookie}, bob), Seen::told);
    EXPECT_EQ(sign_in({.network = attacker.network, .cookie = cookie}, bob), Seen::limited) << "known to ada alone";
    EXPECT_EQ(sign_in(stranger(), ada), Seen::limited) << "the stop stays for strangers";
}

TEST_F(FailuresOf, ENU_08_who_forgets_a_password_at_a_known_device_waits_alone) {
    const std::string cookie = device_of(ada), elsewhere = device_of(ada);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(fail_it({.network = "198.51.100.9", .cookie = cookie}, ada), Seen::told);
    EXPECT_EQ(sign_in({.cookie = cookie}, ada), Seen::limited);
    EXPECT_EQ(sign_in({.cookie = elsewhere}, ada), Seen::told);
    EXPECT_EQ(sign_in(stranger(), ada), Seen::told);
    EXPECT_EQ(sign_in({.network = "198.51.100.9"}, bob), Seen::limited) << "but the network has failed too";
}

TEST_F(FailuresOf, ENU_08_a_taken_cookie_is_worth_twenty_guesses_in_all) {
    const std::string cookie = device_of(ada), owners = device_of(ada);
    stop(ada);
    EXPECT_EQ(told_of(200, {.network = "198.51.100.2", .cookie = cookie}, ada), 20);
    EXPECT_EQ(sign_in({.network = "198.51.100.3", .cookie = cookie}, ada), Seen::limited)
        << "a stranger's from then on";
    EXPECT_EQ(sign_in({.cookie = owners}, ada), Seen::told);
}

TEST_F(FailuresOf, ENU_08_a_hundred_taken_cookies_are_worth_a_hundred_guesses) {
    std::vector<std::string> taken;
    for (int i = 0; i < 100; ++i) taken.push_back(device_of(ada));
    stop(ada);
    int told = 0;
    for (const std::string& cookie : taken) told += told_of(25, {.network = stranger().network, .cookie = cookie}, ada);
    EXPECT_EQ(told, 100);
    const std::string owners = device_of(ada);
    EXPECT_EQ(sign_in({.cookie = owners}, ada), Seen::limited) << "until there is a new password";
    limit.forgive(ada);
    EXPECT_EQ(sign_in({.cookie = owners}, ada), Seen::told);
}

TEST_F(FailuresOf, ENU_08_a_success_at_a_known_device_pardons_those_of_the_account) {
    const std::string cookie = device_of(ada);
    for (int i = 0; i < 60; ++i) {
        const std::string once = device_of(ada);
        for (int n = 0; n < 3; ++n)
            EXPECT_EQ(fail_it({.network = stranger().network, .cookie = once}, ada), Seen::told);
        EXPECT_EQ(sign_in({.cookie = cookie}, ada), Seen::told) << i;
    }
}

TEST_F(FailuresOf, ENU_11_of_a_hundred_at_once_five_are_told_and_no_right_one_behind_them) {
    struct One {
        One(FailureLimit& of, int number) : asked(asked_from({})) {
            asked.services().add(of);
            asked.x().endpoint = &row;
            asked.x().set_client_address("198.51.100." + std::to_string(number));
            attempt.emplace(asked.x());
        }
        Asked asked;
        std::optional<PasswordAttempt> attempt;
    };
    std::vector<std::unique_ptr<One>> all;
    for (int i = 0; i < 101; ++i) all.push_back(std::make_unique<One>(limit, i));
    for (const auto& one : all) ASSERT_TRUE(one->attempt->begin(ada).ok()) << "none has failed yet";
    std::atomic<int> told{0};
    {
        std::vector<std::jthread> threads;
        for (std::size_t first = 0; first < 4; ++first) {
            threads.emplace_back([&, first] {
                for (std::size_t i = first; i < 100; i += 4) told += all[i]->attempt->end(Outcome::failed).ok() ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(told, 5);
    EXPECT_FALSE(all.back()->attempt->end(Outcome::proved).ok());
    EXPECT_EQ(all.back()->asked.x().extra().headers.size(), 2U);
}

TEST_F(FailuresOf, that_are_switched_off_count_nothing_and_know_no_device) {
    const FailureOptions off{};
    limit = made(off, memory(off), clock, random);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(fail_it({}, ada), Seen::told);
    http::Response answer;
    const Asked asked{{}};
    limit.remember(answer, asked.request(), ada);
    EXPECT_TRUE(answer.set_cookies.empty());
}

/// A table that cannot be asked.
class NoCounts final : public FailureCounts {
  public:
    Result<Standing> look(std::span<const FailureKey>, Instant) override { return fail(Code::storage_unavailable); }
    Result<Standing> add(std::span<const FailureKey>, std::span<const FailureKey>, Instant) override {
        return fail(Code::storage_unavailable);
    }
    Result<void> forgive(const FailureKey&) override { return fail(Code::storage_unavailable); }
};

TEST_F(FailuresOf, that_cannot_be_counted_let_nobody_try) {
    limit = made(on, std::make_unique<NoCounts>(), clock, random);
    EXPECT_EQ(fail_it({}, ada), Seen::error);
    EXPECT_EQ(sign_in({}, ada), Seen::error);
    EXPECT_EQ(sign_in({.cookie = device_of(ada)}, ada), Seen::error);
}

TEST_F(FailuresOf, ENU_13_a_flood_over_networks_and_accounts_is_bounded_and_frees_nobody) {
    auto counts = std::make_unique<MemoryFailureCounts>(failure_rules(on), 640);
    const MemoryFailureCounts& bounded = *counts;
    limit = made(on, std::move(counts), clock, random);
    for (int i = 0; i < 5; ++i) fail_it({}, ada);
    for (int i = 0; i < 20'000; ++i) {
        const std::string number = std::to_string(i);
        fail_it({.network = "n" + number}, number + "@example.com");
    }
    EXPECT_LE(bounded.size(), 2 * 640U);
    EXPECT_EQ(fail_it({}, bob), Seen::limited);
    EXPECT_EQ(fail_it(stranger(), ada), Seen::limited);
}

}    // namespace
}    // namespace countersign::guard
