// Wrong passwords that are counted in the database: by as many servers as there are, what one would count in memory.
#include "guard/stored_failures.hpp"

#include <atomic>
#include <random>
#include <thread>

#include "storage/tables.hpp"
#include "support/any_database.hpp"

namespace countersign::guard {
namespace {

using testing_support::AnyDatabase;
using Kind = Standing::Kind;

constexpr Instant noon = Instant::from_unix(Seconds{1'795'000'000});
constexpr FailureRules rules{
    FailureRule{.free = 5U, .first_wait = Seconds{60}, .longest_wait = Seconds{3600}, .window = Seconds{900}},
    FailureRule{.free = 5U, .first_wait = Seconds{2}, .longest_wait = Seconds{900}, .stop = 12},
    FailureRule{.free = 5U, .first_wait = Seconds{60}, .longest_wait = Seconds{3600}, .stop = 20},
    FailureRule{.free = 5U, .first_wait = Seconds{60}, .longest_wait = Seconds{3600}, .stop = 20},
    FailureRule{.free = 100U, .first_wait = Seconds{2}, .longest_wait = Seconds{900}, .stop = 100},
    FailureRule{.free = 10U, .first_wait = Seconds{0}, .longest_wait = Seconds{0}, .stop = 10},
    FailureRule{.free = 1U, .first_wait = Seconds{86'400}, .longest_wait = Seconds{86'400}},
};

FailureKey key_of(Whose whose, std::uint64_t number) {
    FailureKey key{.whose = whose, .tag = {}};
    for (std::size_t i = 0; i < 8; ++i) {
        key.tag[i] = static_cast<std::byte>(number >> (8 * i));
        key.tag[key.tag.size() - 1 - i] = key.tag[i];
    }
    return key;
}

/// One server.
struct Node {
    explicit Node(const AnyDatabase& database, std::int64_t most = 1000) {
        auto opened = database.open();
        EXPECT_TRUE(opened.ok());
        storage = *std::move(opened);
        constexpr const storage::Table* tables[]{&storage::failure_table};
        EXPECT_TRUE(storage->migrate(tables).ok());
        counts.emplace(*storage, rules, most);
    }
    Kind add(const FailureKey& key, Instant now) {
        const Result<Standing> standing = counts->add({&key, 1}, {}, now);
        EXPECT_TRUE(standing.ok());
        return standing.ok() ? standing->kind : Kind::stopped;
    }
    Kind look(const FailureKey& key, Instant now) {
        const Result<Standing> standing = counts->look({&key, 1}, now);
        EXPECT_TRUE(standing.ok());
        return standing.ok() ? standing->kind : Kind::stopped;
    }
    std::unique_ptr<storage::Storage> storage;
    std::optional<StoredFailureCounts> counts;
};

class StoredFailures : public testing::TestWithParam<testing_support::Kind> {
  protected:
    std::string rows() { return database.one("SELECT count(*) FROM countersignFailure"); }
    AnyDatabase database{GetParam()};
    Node one{database}, other{database};
    const FailureKey network = key_of(Whose::network, 1), account = key_of(Whose::account, 1);
};
INSTANTIATE_TEST_SUITE_P(Databases, StoredFailures, testing::ValuesIn(testing_support::lasting_kinds),
                         testing_support::name_of_parameter);

TEST_P(StoredFailures, ENU_07_two_servers_together_answer_what_one_would_from_memory) {
    MemoryFailureCounts memory{rules, 64'000};
    std::mt19937 dice{20'261'130};    // NOLINT(cert-msc32-c,cert-msc51-cpp): the same steps each time
    const auto roll = [&](unsigned sides) { return static_cast<unsigned>(dice() % sides); };
    constexpr std::array whose{Whose::network, Whose::account, Whose::device, Whose::session, Whose::notice};
    Instant now = noon;
    std::array<int, 3> seen{};
    for (int step = 0; step < 600; ++step) {
        now = now + Milliseconds{roll(roll(20) == 0 ? 4'000'000 : 40'000)};
        const std::array deciding{key_of(whose[roll(5)], roll(3)), key_of(whose[roll(5)], roll(3))};
        const FailureKey also = key_of(Whose::network, roll(3));
        StoredFailureCounts& server = *(roll(2) == 0 ? one : other).counts;
        const unsigned what = roll(10);
        SCOPED_TRACE(step);
        if (what == 0) {
            ASSERT_TRUE(memory.forgive(deciding[0]).ok() && server.forgive(deciding[0]).ok());
            continue;
        }
        const Result<Standing> wanted = what < 3 ? memory.look(deciding, now) : memory.add(deciding, {&also, 1}, now);
        const Result<Standing> found = what < 3 ? server.look(deciding, now) : server.add(deciding, {&also, 1}, now);
        ASSERT_TRUE(wanted.ok() && found.ok());
        ASSERT_EQ(found->kind, wanted->kind);
        ASSERT_EQ(found->wait, wanted->wait);
        ASSERT_EQ(found->whose, wanted->whose);
        ++seen[static_cast<std::size_t>(found->kind)];
    }
    for (const int times : seen) EXPECT_GT(times, 10) << "the steps came to every answer";
}

TEST_P(StoredFailures, ENU_11_of_failures_at_once_at_two_servers_exactly_five_are_told) {
    std::atomic<int> told{0};
    {
        const FailureKey both[]{network, account};
        std::vector<std::jthread> threads;
        threads.reserve(6);
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&, i] {
                for (int n = 0; n < 20; ++n) {
                    const Result<Standing> before = (i % 2 == 0 ? one : other).counts->add(both, {}, noon);
                    told += before.ok() && before->kind == Kind::open ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(told, 5);
    EXPECT_EQ(other.look(network, noon), Kind::waiting);
}

TEST_P(StoredFailures, ENU_07_a_restart_forgets_nothing_and_a_new_password_forgives_at_every_server) {
    for (int i = 0; i < 12; ++i) EXPECT_EQ(one.add(account, noon + Seconds{900 * i}), Kind::open);
    one.counts.reset();
    Node again{database};
    const Instant later = noon + Seconds{86'400};
    EXPECT_EQ(again.look(account, later), Kind::stopped);
    ASSERT_TRUE(again.counts->forgive(account).ok());
    EXPECT_EQ(other.look(account, later), Kind::open);
    EXPECT_EQ(rows(), "0");
}

TEST_P(StoredFailures, clocks_that_differ_by_seconds_end_no_wait_and_make_none_longer) {
    for (int i = 0; i < 5; ++i) one.add(network, noon);
    const std::uint64_t commits = other.storage->commit_number();
    EXPECT_EQ(other.counts->look({&network, 1}, noon - Seconds{10})->wait, Seconds{60});
    EXPECT_EQ(other.storage->commit_number(), commits);
    EXPECT_EQ(one.counts->look({&network, 1}, noon + Seconds{1})->wait, Seconds{59});
}

TEST_P(StoredFailures, a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_rule) {
    for (int i = 0; i < 5; ++i) one.add(network, noon);
    const FailureKey another = key_of(Whose::network, 2);
    for (int i = 0; i < 4; ++i) one.add(another, noon);
    const Instant last_year = noon - Seconds{86'400 * 365};
    EXPECT_EQ(one.counts->look({&network, 1}, last_year)->wait, Seconds{60});
    EXPECT_EQ(other.look(network, last_year + Seconds{59}), Kind::waiting);
    EXPECT_EQ(other.look(network, last_year + Seconds{60}), Kind::open);
    EXPECT_EQ(one.look(another, last_year), Kind::open);
    one.add(another, last_year + Seconds{900});
    EXPECT_EQ(one.look(another, last_year + Seconds{900}), Kind::open) << "nor remembered longer than its window";
}

TEST_P(StoredFailures, only_a_failure_that_is_told_costs_a_write) {
    for (int i = 0; i < 5; ++i) one.add(network, noon);
    const std::uint64_t commits = one.storage->commit_number();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(one.add(network, noon), Kind::waiting);
    EXPECT_EQ(one.look(account, noon), Kind::open);
    EXPECT_TRUE(one.counts->forgive(account).ok()) << "who has not failed";
    EXPECT_EQ(one.storage->commit_number(), commits);
    one.add(account, noon);
    EXPECT_GT(one.storage->commit_number(), commits);
}

TEST_P(StoredFailures, what_a_window_has_ended_goes_from_the_table) {
    one.add(network, noon);
    for (int i = 0; i < 5; ++i) one.add(key_of(Whose::network, 2), noon);
    one.add(account, noon);
    one.add(key_of(Whose::network, 3), noon + Seconds{901});
    EXPECT_EQ(rows(), "3") << "the wait of the second ended 60 s later";
    one.add(key_of(Whose::network, 4), noon + Seconds{962});
    EXPECT_EQ(rows(), "3") << "an account has no window";
}

TEST_P(StoredFailures, ENU_13_a_flood_pushes_no_offender_out_and_the_table_stays_small) {
    Node small{database, 20};
    const FailureKey waiting = key_of(Whose::account, 1), stopped = key_of(Whose::account, 2),
                     failed = key_of(Whose::account, 3);
    Instant now = noon;
    for (int i = 0; i < 12; ++i, now = now + Seconds{900}) EXPECT_EQ(small.add(stopped, now), Kind::open);
    for (int i = 0; i < 4; ++i) small.add(failed, now);
    for (int i = 0; i < 5; ++i) small.add(waiting, now);
    for (std::uint64_t i = 0; i < 200; ++i) small.add(key_of(Whose::account, 1000 + i), now);
    EXPECT_LE(std::stoi(rows()), 21) << "and one row for those who found no place";
    EXPECT_EQ(small.look(waiting, now), Kind::waiting);
    EXPECT_EQ(small.look(stopped, now), Kind::stopped);
    EXPECT_EQ(small.add(failed, now), Kind::open);
    EXPECT_EQ(small.look(failed, now), Kind::waiting) << "who failed more stays longer";
}

TEST_P(StoredFailures, ENU_13_where_there_is_no_room_newcomers_are_counted_as_one_and_never_stopped) {
    Node small{database, 4};
    for (std::uint64_t i = 0; i < 4; ++i) {
        for (int n = 0; n < 5; ++n) EXPECT_EQ(small.add(key_of(Whose::account, i), noon), Kind::open);
    }
    int told = 0;
    for (std::uint64_t i = 0; i < 50; ++i) told += small.add(key_of(Whose::account, 100 + i), noon) == Kind::open;
    EXPECT_EQ(told, 5);
    EXPECT_EQ(other.look(key_of(Whose::account, 500), noon), Kind::waiting) << "at every server";
    EXPECT_EQ(other.look(key_of(Whose::network, 500), noon), Kind::open) << "of this kind alone";
    EXPECT_EQ(small.add(key_of(Whose::account, 900), noon + Seconds{11}), Kind::open) << "the first wait no more";
    EXPECT_EQ(other.look(key_of(Whose::account, 500), noon), Kind::open) << "nor does the crowd";
}

TEST_P(StoredFailures, a_row_that_cannot_be_read_lets_nobody_in) {
    one.add(network, noon);
    database.run("UPDATE countersignFailure SET failures=-1");
    EXPECT_FALSE(one.counts->look({&network, 1}, noon).ok());
    EXPECT_FALSE(one.counts->add({&network, 1}, {}, noon).ok());
}

}    // namespace
}    // namespace countersign::guard
