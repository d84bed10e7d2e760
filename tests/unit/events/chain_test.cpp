// Each way to tamper with the table changes one thing and is found; the same table left alone is not complained of.
#include "unit/events/rig.hpp"

namespace countersign::events {
namespace {

class ChainOf : public testing::Test, protected EventsRig {
  protected:
    /// Two segments of four rows each: the opening and three events.
    void fill() {
        Chain first = chain(), second = chain();
        for (const char* user : {"u1", "u2", "u3"}) append(first, event(user));
        clock.advance(Seconds{1});
        for (const char* user : {"u4", "u5", "u6"}) last = append(second, event(user));
    }
    ReadCheckpoint checkpoint_of(const Position& position) const {
        const auto read = parse_checkpoint(checkpoint_text(keys.front(), {.position = position, .at = clock.now()}));
        EXPECT_TRUE(read.has_value());
        return *read;
    }
    Position last;
};

TEST_F(ChainOf, ERR_05_untouched_is_fine) {
    fill();
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(neighbour().one("SELECT count(*) FROM auditEvent"), "8");
    const ReadCheckpoint read = checkpoint_of(last);
    EXPECT_EQ(faults({&read, 1}), Faults{});
}

constexpr std::string_view second_segment = "(SELECT max(segment) FROM auditEvent)";

TEST_F(ChainOf, ERR_05_tampering_is_found) {
    struct Tampering {
        std::string_view name, sql;
        Faults found;
    };
    const std::string newest{second_segment};
    const Tampering table[]{
        {"a user is altered", "UPDATE auditEvent SET userId='x' WHERE userId='u2'", {"row.altered"}},
        {"a time is altered", "UPDATE auditEvent SET at='2026-01-01T00:00:00.000Z' WHERE userId='u2'", {"row.altered"}},
        {"a kind is altered", "UPDATE auditEvent SET kind='sign_out' WHERE userId='u2'", {"row.altered"}},
        {"text moves to the next column",
         "UPDATE auditEvent SET network=network||substr(agent,1,1), agent=substr(agent,2) WHERE userId='u2'",
         {"row.altered"}},
        {"a link is altered",
         "UPDATE auditEvent SET link=replace(link,substr(link,1,1),'x') WHERE userId='u2'",
         {"row.unreadable"}},
        {"a row is removed", "DELETE FROM auditEvent WHERE userId='u2'", {"row.missing"}},
        {"the first row of a segment is removed", "DELETE FROM auditEvent WHERE detail='first'", {"row.missing"}},
        {"a closed segment loses its end", "DELETE FROM auditEvent WHERE userId='u3'", {"segment.cut_off"}},
        {"a segment is removed",
         "DELETE FROM auditEvent WHERE segment<>(SELECT max(segment) FROM auditEvent)",
         {"segment.missing"}},
        {"two rows change places",
         "UPDATE auditEvent SET userId=CASE userId WHEN 'u1' THEN 'u2' ELSE 'u1' END WHERE userId IN ('u1','u2')",
         {"row.altered"}},
        {"a row is put in at the end",
         "INSERT INTO auditEvent SELECT segment||'0000000000000004', segment, 4, at, kind, 'x', session, network, "
         "agent,"
         " reference, detail, link FROM auditEvent WHERE userId='u6'",
         {"row.altered"}},
        {"the opening row names another predecessor",
         "UPDATE auditEvent SET detail='first' WHERE detail LIKE 'after=%'",
         {"secret.unknown", "row.altered"}},
        {"an id lies about its row", "UPDATE auditEvent SET sequence=9 WHERE userId='u2'", {"row.unreadable"}},
    };
    for (const Tampering& one : table) {
        SCOPED_TRACE(one.name);
        neighbour().run("DELETE FROM auditEvent");
        fill();
        ASSERT_EQ(faults(), Faults{});
        neighbour().run(std::string{one.sql});
        EXPECT_EQ(faults(), one.found);
    }
}

TEST_F(ChainOf, ERR_05_a_cut_off_end_is_found_by_a_checkpoint_only) {
    fill();
    const ReadCheckpoint read = checkpoint_of(last);
    neighbour().run("DELETE FROM auditEvent WHERE userId IN ('u5','u6')");
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(faults({&read, 1}), Faults{"checkpoint.missing"});
    neighbour().run("DELETE FROM auditEvent");
    EXPECT_EQ(faults({&read, 1}), Faults{"checkpoint.missing"});
}

TEST_F(ChainOf, ERR_05_what_was_written_over_a_cut_differs_from_the_checkpoint) {
    Chain one = chain();
    append(one, event("u1"));
    const ReadCheckpoint read = checkpoint_of(append(one, event("u2")));
    neighbour().run("DELETE FROM auditEvent WHERE userId='u2'");
    append(one, event("u3"));    // under the number of the row that is gone
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(faults({&read, 1}), Faults{"checkpoint.differs"});
}

TEST_F(ChainOf, ERR_05_a_checkpoint_of_nobody_ours_is_refused) {
    fill();
    ReadCheckpoint read = checkpoint_of(last);
    read.mac[0] ^= std::byte{1};
    EXPECT_EQ(faults({&read, 1}), Faults{"checkpoint.forged"});
    read.mac[0] ^= std::byte{1};
    EXPECT_EQ(faults({&read, 1}), Faults{});
}

TEST_F(ChainOf, ERR_05_a_running_server_sees_that_durable_rows_are_gone) {
    Chain one = chain();
    append(one, event("u1"));
    one.confirm(append(one, event("u2")));
    append(one, event("u3"));
    EXPECT_EQ(faults(), Faults{});
    neighbour().run("DELETE FROM auditEvent WHERE userId IN ('u2','u3')");
    append(one, event("u4"));
    EXPECT_EQ(faults(), Faults{"events.cut"});
    EXPECT_EQ(neighbour().one("SELECT count(DISTINCT segment) FROM auditEvent"), "2");
}

TEST_F(ChainOf, ERR_05_without_the_secret_nothing_verifies) {
    fill();
    keys = event_keys(crypto::Keyring{Secret::from_text("another secret, as long as that!")});
    EXPECT_EQ(faults(), (Faults{"secret.unknown", "secret.unknown"}));
    crypto::Keyring both{Secret::from_text(test_secret)};
    both.add_version(2, Secret::from_text("another secret, as long as that!"));
    keys = event_keys(both);
    EXPECT_EQ(faults(), Faults{});
}

TEST_F(ChainOf, a_rolled_back_row_leaves_no_gap) {
    Chain one = chain();
    append(one, event("u1"));
    const Result<void> refused = storage->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY([[maybe_unused]] const Position at, one.append(tx, event("u2")));
        return fail(Code::login_password);
    });
    EXPECT_FALSE(refused.ok());
    EXPECT_EQ(append(one, event("u3")).sequence, 2);
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(neighbour().one("SELECT count(*) FROM auditEvent WHERE userId='u2'"), "0");
}

TEST_F(ChainOf, a_command_goes_on_with_the_newest_segment) {
    Chain server = chain(), command = chain({}, Begin::newest_segment);
    append(server, event("u1"));
    EXPECT_EQ(append(command, event("u2")).sequence, 2);
    EXPECT_EQ(append(server, event("u3")).sequence, 3);
    EXPECT_EQ(faults(), Faults{});
}

TEST_F(ChainOf, a_full_or_old_segment_is_followed_by_another) {
    Chain one = chain({.segment_rows = 3, .segment_life = Seconds{100}});
    append(one, event());
    EXPECT_EQ(append(one, event()).sequence, 2);
    const Position third = append(one, event());
    EXPECT_EQ(third.sequence, 1);
    clock.advance(Seconds{101});
    EXPECT_NE(append(one, event()).segment, third.segment);
    clock.set(start - Seconds{1000});    // segments stay in order when the clock goes back
    Chain later = chain();
    EXPECT_GT(append(later, event()).segment, third.segment);
    EXPECT_EQ(faults(), Faults{});
}

TEST_F(ChainOf, retention_takes_whole_closed_segments_and_says_so) {
    const ChainOptions options{.segment_rows = 2, .retention = Seconds{1000}};
    Chain one = chain(options);
    const Position old = append(one, event("old"));
    const ReadCheckpoint read = checkpoint_of(old);
    clock.advance(Seconds{1001});
    append(one, event("young"));
    const auto trim = [&] {
        return storage->transact([&](storage::Tx& tx) -> Result<void> {
            CS_TRY([[maybe_unused]] const std::int64_t rows, one.trim(tx));
            return {};
        });
    };
    ASSERT_TRUE(trim().ok());
    EXPECT_EQ(neighbour().one("SELECT group_concat(userId,'') FROM auditEvent"), "young");
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(faults({&read, 1}), Faults{});
    neighbour().run("DELETE FROM auditEvent WHERE segment=(SELECT min(segment) FROM auditEvent)");
    EXPECT_EQ(faults(), Faults{"segment.missing"});
}

TEST_F(ChainOf, ERR_04_a_kind_leaves_out_what_its_row_does_not_list_and_cuts_the_rest) {
    Event key{.kind = Kind::key_made, .at = start, .user = "u", .agent = "a", .detail = "kid=1"};
    EXPECT_EQ(record_of(key).user + record_of(key).agent, "");
    EXPECT_EQ(record_of(key).detail, "kid=1");
    Event signed_in = event();
    signed_in.agent = "\x1b[31m\r\n" + std::string(500, 'x');
    EXPECT_EQ(record_of(signed_in).agent, "?[31m??" + std::string(121, 'x'));
}

TEST(Checkpoints, are_found_in_any_line_and_read_strictly) {
    const auto keys = event_keys(crypto::Keyring{Secret::from_text(test_secret)});
    const Checkpoint made{.position = {.segment = "0123456789abcdef", .sequence = 7, .link = {}}, .at = start};
    const std::string text = checkpoint_text(keys.front(), made);
    for (const std::string& line :
         {text, "{\"checkpoint\":\"" + text + "\"}", "12:00 info checkpoint=" + text + " x"}) {
        const auto read = parse_checkpoint(line);
        ASSERT_TRUE(read.has_value()) << line;
        EXPECT_EQ(read->checkpoint.position, made.position);
        EXPECT_TRUE(is_signed(*read, keys));
    }
    for (const std::string& line : {std::string{}, text.substr(0, text.size() - 2), text + "0",
                                    "countersign-checkpoint.01." + text.substr(text.find(".") + 15)})
        EXPECT_FALSE(parse_checkpoint(line).has_value()) << line;
}

}    // namespace
}    // namespace countersign::events
