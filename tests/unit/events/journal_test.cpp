// How events reach the table and the log, and what becomes of those that cannot.
#include "unit/events/rig.hpp"

namespace countersign::events {
namespace {

class JournalOf : public testing::Test, protected EventsRig {
  protected:
    std::unique_ptr<Journal> journal(JournalOptions options = {}) {
        return std::make_unique<Journal>(*storage, secrets, clock, random, log, options);
    }
    std::string kinds_written() { return neighbour().one("SELECT group_concat(kind,' ') FROM auditEvent"); }
    std::size_t lines(std::string_view name) const {
        std::size_t found = 0;
        const std::string text = log.text();
        for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) ++found;
        return found;
    }
    crypto::Keyring secrets{Secret::from_text(test_secret)};
    testing_support::TextLog log;
};

TEST_F(JournalOf, ERR_03_a_noted_event_is_a_row_and_a_line) {
    const auto one = journal();
    one->note(event("u1"));
    EXPECT_EQ(lines("security.event"), 0U);
    one->work();
    EXPECT_EQ(kinds_written(), "events.opened sign_in.ok");
    EXPECT_NE(log.text().find(R"("kind":"sign_in.ok","user":"u1","session":"0badcafe","network":"192.0.2.0/24")"),
              std::string::npos)
        << log.text();
    EXPECT_EQ(one->counts().written[static_cast<std::size_t>(Kind::sign_in)], 1U);
    EXPECT_EQ(faults(), Faults{});
}

TEST_F(JournalOf, a_row_goes_with_its_transaction) {
    const auto one = journal();
    const auto attempt = [&](const Event& what, const Result<void>& end) {
        return storage->transact([&](storage::Tx& tx) -> Result<void> {
            one->write(tx, what);
            return end;
        });
    };
    EXPECT_FALSE(attempt(event("refused"), fail(Code::login_password)).ok());
    EXPECT_TRUE(attempt(event("done"), {}).ok());
    EXPECT_EQ(neighbour().one("SELECT group_concat(userId,'') FROM auditEvent"), "done");
    EXPECT_EQ(one->counts().lost, 0U);
}

TEST_F(JournalOf, what_does_not_fit_is_counted_and_told) {
    const auto one = journal({.queue_limit = 2});
    for (int i = 0; i < 5; ++i) one->note(event());
    EXPECT_EQ(one->counts().lost, 3U);
    EXPECT_EQ(one->counts().waiting, 2U);
    one->work();
    EXPECT_EQ(kinds_written(), "events.opened sign_in.ok sign_in.ok events.lost");
    EXPECT_EQ(neighbour().one("SELECT detail FROM auditEvent WHERE kind='events.lost'"), "count=3");
    one->work();
    EXPECT_EQ(neighbour().one("SELECT count(*) FROM auditEvent WHERE kind='events.lost'"), "1");
}

TEST_F(JournalOf, losses_are_told_once_a_minute) {
    const auto one = journal({.queue_limit = 1});
    const auto lose_one = [&] {
        one->note(event());
        one->note(event());
        one->work();
    };
    lose_one();
    lose_one();
    lose_one();
    EXPECT_EQ(neighbour().one("SELECT count(*) FROM auditEvent WHERE kind='events.lost'"), "1");
    clock.advance(Seconds{60});
    one->work();
    EXPECT_EQ(neighbour().run("SELECT detail FROM auditEvent WHERE kind='events.lost' ORDER BY id"),
              (std::vector<std::string>{"count=1", "count=2"}));
}

class BudgetOf : public JournalOf {
  protected:
    static void note(Journal& to, Event made, Kind kind, std::string network = "192.0.2.0/24") {
        made.kind = kind;
        made.network = std::move(network);
        to.note(std::move(made));
    }
};

TEST_F(BudgetOf, ENU_13_what_anybody_can_cause_is_bounded_and_the_rest_is_not) {
    const auto one = journal({.budget = {.network_a_minute = 2, .all_a_minute = 3}});
    const auto waiting = [&] { return one->counts().waiting; };
    for (int i = 0; i < 5; ++i) note(*one, event(), Kind::limiter_refused);
    EXPECT_EQ(waiting(), 2U) << "of one network";
    note(*one, event(), Kind::sign_in_failed);
    EXPECT_EQ(waiting(), 3U) << "another kind is not hidden by the flood";
    note(*one, event(), Kind::limiter_refused, "198.51.100.0/24");
    EXPECT_EQ(waiting(), 4U) << "nor another network";
    note(*one, event(), Kind::limiter_refused, "203.0.113.0/24");
    EXPECT_EQ(waiting(), 4U) << "but all together are bounded";
    for (int i = 0; i < 5; ++i) note(*one, event(), Kind::sign_in);
    EXPECT_EQ(waiting(), 9U) << "what a proved user does is kept";
    EXPECT_EQ(one->counts().lost, 4U);
    clock.advance(Seconds{60});
    note(*one, event(), Kind::limiter_refused);
    EXPECT_EQ(waiting(), 10U) << "a minute later";
    clock.set(start - Seconds{1000});
    note(*one, event(), Kind::limiter_refused, "203.0.113.0/24");
    EXPECT_EQ(waiting(), 11U) << "also after the clock was put back";
}

TEST_F(BudgetOf, clocks_of_two_loops_do_not_refill_it) {
    const auto one = journal({.budget = {.network_a_minute = 2, .all_a_minute = 2}});
    Event early = event(), late = event();
    early.at = Instant::from_unix_ms(1'770'000'059'999);
    late.at = Instant::from_unix_ms(1'770'000'060'000);
    for (int i = 0; i < 4; ++i) {
        note(*one, late, Kind::limiter_refused);
        note(*one, early, Kind::limiter_refused);
    }
    EXPECT_EQ(one->counts().waiting, 2U);
}

TEST_F(BudgetOf, a_full_table_takes_only_what_not_anybody_can_cause) {
    const auto one = journal({.most_rows = 2});
    one->note(event());
    one->work();
    note(*one, event(), Kind::sign_in_failed);
    EXPECT_EQ(one->counts().waiting, 1U);
    one->work();
    note(*one, event(), Kind::sign_in_failed);
    note(*one, event(), Kind::sign_in);
    one->work();
    EXPECT_EQ(kinds_written(), "events.opened sign_in.ok sign_in.failed sign_in.ok events.lost");
    const auto after_restart = journal({.most_rows = 3});
    after_restart->work();
    EXPECT_EQ(after_restart->counts().rows, 5);
    note(*after_restart, event(), Kind::sign_in_failed);
    EXPECT_EQ(after_restart->counts().waiting, 0U);
}

TEST_F(JournalOf, what_cannot_be_written_to_the_end_stands_in_the_log) {
    const auto one = journal();
    neighbour().run("ALTER TABLE auditEvent RENAME TO away");
    one->start();
    one->note(event("u1"));
    one->stop();
    EXPECT_EQ(one->counts().lost, 1U);
    EXPECT_TRUE(log.text().contains(R"("security.not_written","kind":"sign_in.ok","user":"u1")")) << log.text();
}

TEST_F(JournalOf, a_table_that_cannot_be_written_loses_nothing_that_fits_and_fails_no_transaction) {
    const auto one = journal({.queue_limit = 2});
    neighbour().run("ALTER TABLE auditEvent RENAME TO away");
    one->note(event("u1"));
    one->work();
    EXPECT_EQ(one->counts().waiting, 1U);
    EXPECT_TRUE(storage
                    ->transact([&](storage::Tx& tx) -> Result<void> {
                        one->write(tx, event("u2"));
                        return {};
                    })
                    .ok());
    EXPECT_EQ(one->counts().lost, 1U);
    EXPECT_GE(lines("security.not_written"), 2U);
    neighbour().run("ALTER TABLE away RENAME TO auditEvent");
    one->work();
    EXPECT_EQ(kinds_written(), "events.opened sign_in.ok events.lost");
}

TEST_F(JournalOf, ERR_05_checkpoints_come_with_rows_and_with_time_and_hold) {
    const auto one = journal({.checkpoint_rows = 3, .checkpoint_interval = Seconds{60}});
    one->note(event());
    one->work();
    EXPECT_EQ(lines("security.checkpoint"), 1U) << "the first row";
    one->note(event());
    one->work();
    EXPECT_EQ(lines("security.checkpoint"), 1U);
    clock.advance(Seconds{60});
    one->work();
    EXPECT_EQ(lines("security.checkpoint"), 2U) << "a minute";
    clock.advance(Seconds{60});
    one->work();
    EXPECT_EQ(lines("security.checkpoint"), 2U) << "nothing new";
    for (int i = 0; i < 3; ++i) one->note(event());
    one->work();
    EXPECT_EQ(lines("security.checkpoint"), 3U) << "three rows";

    const std::string text = log.text();
    const auto read = parse_checkpoint(text.substr(text.rfind("countersign-checkpoint")));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(faults({&*read, 1}), Faults{});
    neighbour().run("DELETE FROM auditEvent WHERE sequence=(SELECT max(sequence) FROM auditEvent)");
    name_segments();
    EXPECT_EQ(faults({&*read, 1}), Faults{"checkpoint.missing A:5"});
}

TEST_F(JournalOf, stopping_writes_what_is_left) {
    const auto one = journal();
    one->start();
    for (int i = 0; i < 300; ++i) one->note(event());
    one->stop();
    EXPECT_EQ(neighbour().one("SELECT count(*) FROM auditEvent"), "301");
    EXPECT_GE(lines("security.checkpoint"), 1U);
    EXPECT_EQ(faults(), Faults{});
}

TEST_F(JournalOf, ERR_05_a_cut_under_a_running_server_is_an_event) {
    const auto one = journal();
    for (int i = 0; i < 3; ++i) one->note(event());
    one->work();
    neighbour().run("DELETE FROM auditEvent WHERE sequence=3");
    one->note(event());
    one->work();
    one->work();
    name_segments();
    EXPECT_EQ(faults(), Faults{"events.cut B:1"});
    EXPECT_EQ(lines("\"kind\":\"events.cut\""), 1U);
}

}    // namespace
}    // namespace countersign::events
