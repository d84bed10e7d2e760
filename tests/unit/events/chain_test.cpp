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

TEST_F(ChainOf, ERR_05_tampering_is_found_and_said_exactly_where) {
    struct Tampering {
        std::string_view name, sql;
        Faults found;
    };
    const Tampering table[]{
        {"a user is altered", "UPDATE auditEvent SET userId='x' WHERE userId='u2'", {"row.altered A:2"}},
        {"a time is altered",
         "UPDATE auditEvent SET at='2026-01-01T00:00:00.000Z' WHERE userId='u2'",
         {"row.altered A:2"}},
        {"a kind is altered", "UPDATE auditEvent SET kind='sign_out' WHERE userId='u2'", {"row.altered A:2"}},
        {"two rows are altered",
         "UPDATE auditEvent SET agent='' WHERE userId IN ('u1','u3')",
         {"row.altered A:1", "row.altered A:3"}},
        {"text moves to the next column",
         "UPDATE auditEvent SET network=network||substr(agent,1,1), agent=substr(agent,2) WHERE userId='u2'",
         {"row.altered A:2"}},
        {"a link is altered",
         "UPDATE auditEvent SET link=substr(link,2)||substr(link,1,1) WHERE userId='u2'",
         {"row.altered A:2"}},
        {"the last link of a closed segment is altered",
         "UPDATE auditEvent SET link=substr(link,2)||substr(link,1,1) WHERE userId='u3'",
         {"row.altered A:3"}},
        {"a link is no link", "UPDATE auditEvent SET link='x' WHERE userId='u2'", {"row.unreadable A:2"}},
        {"a time is no time", "UPDATE auditEvent SET at='yesterday' WHERE userId='u2'", {"row.unreadable A:2"}},
        {"a cell is of another type", "UPDATE auditEvent SET sequence='two' WHERE userId='u2'", {"row.unreadable A:2"}},
        {"an id lies about its row", "UPDATE auditEvent SET sequence=9 WHERE userId='u2'", {"row.unreadable A:2"}},
        {"an opening row cannot be read",
         "UPDATE auditEvent SET at='' WHERE detail LIKE 'after=%'",
         {"row.unreadable B:0"}},
        {"a row is removed", "DELETE FROM auditEvent WHERE userId='u2'", {"row.missing A:2"}},
        {"two rows are removed", "DELETE FROM auditEvent WHERE userId IN ('u1','u2')", {"row.missing A:1-2"}},
        {"one is removed and another altered",
         "DELETE FROM auditEvent WHERE userId='u1'; UPDATE auditEvent SET agent='' WHERE userId='u3'",
         {"row.missing A:1", "row.altered A:3"}},
        {"the first row of a segment is removed", "DELETE FROM auditEvent WHERE detail='first'", {"row.missing A:0"}},
        {"a closed segment loses its end", "DELETE FROM auditEvent WHERE userId='u3'", {"segment.cut_off A:3"}},
        {"a closed segment loses more of its end",
         "DELETE FROM auditEvent WHERE userId IN ('u2','u3')",
         {"segment.cut_off A:2-3"}},
        {"a segment is removed",
         "DELETE FROM auditEvent WHERE segment<>(SELECT max(segment) FROM auditEvent)",
         {"segment.missing A"}},
        {"two rows change places",
         "UPDATE auditEvent SET userId=CASE userId WHEN 'u1' THEN 'u2' ELSE 'u1' END WHERE userId IN ('u1','u2')",
         {"row.altered A:1", "row.altered A:2"}},
        {"a row is put in at the end",
         "INSERT INTO auditEvent SELECT segment||'0000000000000004', segment, 4, at, kind, 'x', session, network, "
         "agent, reference, detail, link FROM auditEvent WHERE userId='u6'",
         {"row.altered B:4"}},
        {"a row is put in between two",
         "INSERT INTO auditEvent SELECT id||'!', segment, sequence, at, kind, 'x', session, network, agent, "
         "reference, detail, link FROM auditEvent WHERE userId='u1'",
         {"row.unreadable A0000000000000001!"}},
        {"a row is put in under a short id",
         "INSERT INTO auditEvent SELECT '0', segment, sequence, at, kind, 'x', session, network, agent, "
         "reference, detail, link FROM auditEvent WHERE userId='u1'",
         {"row.unreadable 0"}},
        {"a row is put in behind all ids of its segment",
         "INSERT INTO auditEvent SELECT segment||'zz', segment, sequence, at, kind, 'x', session, network, agent, "
         "reference, detail, link FROM auditEvent WHERE userId='u1'",
         {"row.unreadable Azz"}},
        {"a row is put in where no query looks",
         "INSERT INTO auditEvent SELECT x'ff', segment, sequence, at, kind, 'x', session, network, agent, "
         "reference, detail, link FROM auditEvent WHERE userId='u1'",
         {"row.foreign 1 rows"}},
        {"the opening row names another predecessor",
         "UPDATE auditEvent SET detail='first' WHERE detail LIKE 'after=%'",
         {"segment.unknown B:0"}},
    };
    for (const Tampering& one : table) {
        SCOPED_TRACE(one.name);
        neighbour().run("DELETE FROM auditEvent");
        fill();
        name_segments();
        ASSERT_EQ(faults(), Faults{});
        neighbour().run(std::string{one.sql});
        EXPECT_EQ(faults(), one.found);
    }
}

TEST_F(ChainOf, ERR_05_a_cut_off_end_is_found_by_a_checkpoint_only) {
    fill();
    name_segments();
    const ReadCheckpoint read = checkpoint_of(last);
    neighbour().run("DELETE FROM auditEvent WHERE userId IN ('u5','u6')");
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(faults({&read, 1}), Faults{"checkpoint.missing B:3"});
    neighbour().run("DELETE FROM auditEvent");
    EXPECT_EQ(faults({&read, 1}), Faults{"checkpoint.missing B:3"});
}

TEST_F(ChainOf, ERR_05_what_was_written_over_a_cut_differs_from_the_checkpoint) {
    Chain one = chain();
    append(one, event("u1"));
    const ReadCheckpoint read = checkpoint_of(append(one, event("u2")));
    name_segments();
    neighbour().run("DELETE FROM auditEvent WHERE userId='u2'");
    append(one, event("u3"));    // under the number of the row that is gone
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(faults({&read, 1}), Faults{"checkpoint.differs A:2"});
}

TEST_F(ChainOf, ERR_05_a_checkpoint_of_nobody_ours_is_refused) {
    fill();
    name_segments();
    ReadCheckpoint read = checkpoint_of(last);
    read.mac[0] ^= std::byte{1};
    EXPECT_EQ(faults({&read, 1}), Faults{"checkpoint.forged B:3"});
    read.mac[0] ^= std::byte{1};
    EXPECT_EQ(faults({&read, 1}), Faults{});
}

TEST_F(ChainOf, ERR_05_a_running_server_sees_that_durable_rows_are_gone_and_says_so_once) {
    Chain one = chain();
    append(one, event("u1"));
    one.confirm(append(one, event("u2")));
    append(one, event("u3"));
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(one.take_damage(), std::nullopt);
    neighbour().run("DELETE FROM auditEvent WHERE userId IN ('u2','u3')");
    append(one, event("u4"));
    append(one, event("u5"));
    name_segments();
    EXPECT_EQ(faults(), Faults{"events.cut B:1"});
    EXPECT_EQ(segments.size(), 2U);
    EXPECT_TRUE(one.take_damage().value_or("").starts_with("missing " + segments.front() + ":2:"));
    EXPECT_EQ(one.take_damage(), std::nullopt);
}

TEST_F(ChainOf, ERR_05_events_go_on_behind_what_somebody_else_has_put_at_the_end) {
    struct Obstacle {
        std::string_view name, id, sequence;
        Faults found;
    };
    const Obstacle table[]{
        {"a row that cannot be read",
         "segment||'000000000000000f'",
         "'seven'",
         {"row.missing A:2-14", "row.unreadable A:15", "events.cut B:0", "events.cut B:1"}},
        {"a row of a great number",
         "segment||'001fffffffffffff'",
         "9007199254740991",
         {"row.missing A:2-9007199254740990"}},
        {"a row of a greater one than there are",
         "segment||'7fffffffffffffff'",
         "9223372036854775807",
         {"row.unreadable A7fffffffffffffff", "events.cut B:0", "events.cut B:1"}},
        {"the greatest id",
         "'ffffffffffffffffffffffffffffffff'",
         "1",
         {"row.unreadable ffffffffffffffffffffffffffffffff"}},
    };
    for (const Obstacle& one : table) {
        SCOPED_TRACE(one.name);
        neighbour().run("DELETE FROM auditEvent");
        Chain writer = chain();
        append(writer, event("u1"));
        neighbour().run("INSERT INTO auditEvent SELECT " + std::string{one.id} + ", segment, " +
                        std::string{one.sequence} +
                        ", at, kind, 'x', session, network, agent, reference, detail, link FROM auditEvent WHERE "
                        "userId='u1'");
        append(writer, event("u2"));
        EXPECT_EQ(neighbour().one("SELECT count(*) FROM auditEvent WHERE userId='u2'"), "1");
        name_segments();
        EXPECT_EQ(faults(), one.found);
    }
}

TEST_F(ChainOf, ERR_05_two_that_write_at_once_are_found) {
    Chain one = chain(), other = chain();
    append(one, event("u1"));
    append(other, event("u2"));
    name_segments();
    EXPECT_EQ(faults(), Faults{});
    append(one, event("u3"));
    append(one, event("u4"));
    EXPECT_EQ(faults(), Faults{"segment.forked A:2-3"});
}

TEST_F(ChainOf, ERR_05_rows_of_another_table_do_not_fit_in) {
    fill();
    const std::string kept = "ATTACH '" + folder.file("kept.db") + "' AS kept; ";
    neighbour().run(kept + "CREATE TABLE kept.rows AS SELECT * FROM auditEvent; DELETE FROM auditEvent");
    clock.advance(Seconds{1});
    fill();    // with the same secret
    EXPECT_EQ(faults(), Faults{});
    neighbour().run(kept + "INSERT INTO auditEvent SELECT * FROM kept.rows");
    name_segments();
    EXPECT_EQ(faults(), Faults{"segment.forked C:0"});
}

TEST_F(ChainOf, ERR_05_without_the_secret_nothing_verifies) {
    fill();
    keys = event_keys(crypto::Keyring{Secret::from_text("another secret, as long as that!")});
    name_segments();
    EXPECT_EQ(faults(), (Faults{"segment.unknown A:0", "segment.unknown B:0"}));
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

class RetentionOf : public ChainOf {
  protected:
    static constexpr ChainOptions options{.segment_rows = 2, .retention = Seconds{1000}};
    std::int64_t trim(Chain& of) {
        std::int64_t removed = 0;
        const Result<void> done = storage->transact([&](storage::Tx& tx) -> Result<void> {
            CS_TRY(removed, of.trim(tx));
            return {};
        });
        EXPECT_TRUE(done.ok());
        return removed;
    }
    std::string users() { return neighbour().one("SELECT group_concat(userId,'') FROM auditEvent"); }
};

TEST_F(RetentionOf, takes_whole_closed_segments_and_says_so) {
    Chain one = chain(options);
    const ReadCheckpoint read = checkpoint_of(append(one, event("old")));
    append(one, event("middle"));
    clock.advance(Seconds{500});
    append(one, event("young"));
    EXPECT_EQ(trim(one), 0);
    clock.advance(Seconds{501});
    EXPECT_EQ(trim(one), 2) << "what the next segment shows to be old enough";
    EXPECT_EQ(users(), "middleyoung");
    EXPECT_EQ(trim(one), 0) << "the segment behind it was opened too lately";
    name_segments();
    EXPECT_EQ(faults(), Faults{});
    EXPECT_EQ(faults({&read, 1}), Faults{}) << "of a row that retention took";
    neighbour().run("DELETE FROM auditEvent WHERE segment=(SELECT min(segment) FROM auditEvent)");
    EXPECT_EQ(faults(), Faults{"segment.missing A"});
}

TEST_F(RetentionOf, leaves_the_open_segment_however_old) {
    Chain one = chain(options);
    append(one, event("u1"));
    clock.advance(Seconds{5000});
    EXPECT_EQ(trim(one), 0);
    EXPECT_EQ(users(), "u1");
}

TEST_F(RetentionOf, takes_the_segment_of_a_server_that_was_quiet_for_long_without_crying_wolf) {
    Chain server = chain({.segment_life = Seconds{100}, .retention = Seconds{1000}});
    server.confirm(append(server, event("u1")));
    clock.advance(Seconds{101});
    Chain command = chain({.segment_life = Seconds{100}}, Begin::newest_segment);
    append(command, event("u2"));
    clock.advance(Seconds{1001});
    EXPECT_EQ(trim(server), 2);
    EXPECT_EQ(server.take_damage(), std::nullopt);
    append(server, event("u3"));
    EXPECT_EQ(users(), "u2u3");
    EXPECT_EQ(faults(), Faults{});
}

TEST_F(RetentionOf, ERR_05_is_not_talked_into_removing_what_is_young) {
    struct Trick {
        std::string_view name, sql;
    };
    const Trick table[]{
        {"a row claims to be old", "UPDATE auditEvent SET at='2001-01-01T00:00:00.000Z' WHERE userId='u1'"},
        {"every row claims to be old", "UPDATE auditEvent SET at='2001-01-01T00:00:00.000Z'"},
        {"an old segment is put behind",
         "INSERT INTO auditEvent SELECT '00000000000000010000000000000000', '0000000000000001', 0, at, kind, userId, "
         "session, network, agent, reference, detail, link FROM auditEvent WHERE detail='first'"},
    };
    for (const Trick& one : table) {
        SCOPED_TRACE(one.name);
        neighbour().run("DELETE FROM auditEvent");
        Chain writer = chain(options);
        append(writer, event("u1"));
        append(writer, event("u2"));
        neighbour().run(std::string{one.sql});
        trim(writer);
        trim(writer);
        EXPECT_TRUE(users().contains("u1u2")) << users();
        EXPECT_FALSE(faults().empty());
    }
}

TEST_F(RetentionOf, ERR_05_of_a_tampered_segment_takes_it_when_it_is_old_and_no_more) {
    Chain one = chain(options);
    append(one, event("u1"));
    const ReadCheckpoint young = [&] {
        clock.advance(Seconds{1001});
        return checkpoint_of(append(one, event("u2")));
    }();
    neighbour().run("UPDATE auditEvent SET at='never' WHERE userId='u1'");
    clock.advance(Seconds{500});
    append(one, event("u3"));
    clock.advance(Seconds{501});
    EXPECT_EQ(trim(one), 2);
    EXPECT_EQ(faults(), Faults{});
    name_segments();
    neighbour().run("DELETE FROM auditEvent WHERE userId='u2'");
    EXPECT_EQ(faults({&young, 1}), (Faults{"segment.cut_off A:1", "checkpoint.missing A:1"}));
}

TEST_F(RetentionOf, removes_segments_of_a_secret_that_is_gone_when_those_behind_are_old) {
    Chain before = chain(options);
    append(before, event("u1"));
    append(before, event("u2"));
    keys = event_keys(crypto::Keyring{Secret::from_text("another secret, as long as that!")});
    Chain one = chain(options);
    append(one, event("u3"));
    EXPECT_EQ(trim(one), 0);
    clock.advance(Seconds{1001});
    EXPECT_EQ(trim(one), 2);
    EXPECT_EQ(trim(one), 2);
    EXPECT_EQ(trim(one), 0);
    EXPECT_EQ(users(), "u3");
    EXPECT_EQ(faults(), Faults{});
}

TEST_F(ChainOf, ERR_04_a_kind_leaves_out_what_its_row_does_not_list_and_cuts_the_rest) {
    Event key{.kind = Kind::key_made, .at = start, .user = "u", .agent = "a", .detail = "kid=1"};
    EXPECT_EQ(record_of(key).user + record_of(key).agent, "");
    EXPECT_EQ(record_of(key).detail, "kid=1");
    Event signed_in = event();
    signed_in.agent = "\x1b[31m\r\n" + std::string(500, 'x');
    EXPECT_EQ(record_of(signed_in).agent, "?[31m??" + std::string(121, 'x'));
}

TEST_F(ChainOf, ERR_04_a_client_cannot_put_a_checkpoint_into_the_log) {
    fill();
    Event hostile = event();
    const std::string text = checkpoint_text(keys.front(), {.position = {.segment = last.segment}, .at = start});
    hostile.agent = hostile.reference = hostile.network = text;
    const Record record = record_of(hostile);
    ASSERT_TRUE(parse_checkpoint(text).has_value());
    for (const std::string& part : {record.agent, record.reference, record.network})
        EXPECT_FALSE(parse_checkpoint(part + "\",\"x\":\"" + text.substr(part.size())).has_value()) << part;
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
