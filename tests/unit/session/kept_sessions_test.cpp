// Sessions in a key-value store: in Better Auth's form, nobody else's, and neither lost nor brought back by a race.
#include <atomic>
#include <thread>

#include "crypto/digest.hpp"
#include "support/at_once.hpp"
#include "unit/session/rig.hpp"

namespace countersign::session {
namespace {

using Keys = std::vector<std::string>;

class KeptSessionsOf : public SessionRig {
  protected:
    Place place() const override { return place_; }
    void keep_in(Place where, SessionOptions options = usual) {
        place_ = where;
        use(options);
    }
    Actor actor(const Session& session) { return identify(session.token)->actor; }
    bool is_alive(const Session& session) { return identify(session.token).ok(); }
    std::string value_of(const std::string& key) { return store.get(key)->value_or("absent"); }
    storage::MemoryKeyValues::Entry entry(const std::string& key) {
        for (auto& one : store.entries()) {
            if (one.key == key) return one;
        }
        return {.key = "absent", .value = "", .ttl = Seconds{0}, .ends = {}};
    }
    std::string end_in_table(const Session& session) {
        for (const storage::Row& row : identify_any(session.user.text())) {
            if (row[0] == storage::Value{session.id.text()}) return to_iso8601(std::get<Instant>(row[1]));
        }
        return "absent";
    }
    void must(const std::function<Result<void>(storage::Tx&)>& work) {
        const auto done = storage->transact(work);
        ASSERT_TRUE(done.ok()) << done.error().label();
    }
    void rename(const std::string& user, const std::string& email) {
        must([&](storage::Tx& tx) -> Result<void> {
            const storage::Value set[]{email, false, clock.now()};
            const storage::Value where[]{user};
            CS_TRY(const auto row, tx.update(st::user_set_email, set, where));
            EXPECT_TRUE(row.has_value());
            sessions_->user_changed(tx, UserId{user});
            return {};
        });
    }
    Place place_ = Place::store;
};

TEST_F(KeptSessionsOf, stand_in_the_store_as_Better_Auth_writes_them_and_nowhere_else) {
    const Session first = issue();
    clock.advance(Milliseconds{1500});
    const Session second = issue("ann", Remember::no);
    EXPECT_TRUE(identify_any("ann").empty()) << "no row";
    Keys keys{first.token, second.token, "active-sessions-ann"};
    std::ranges::sort(keys);
    EXPECT_EQ(stored_keys(), keys);
    EXPECT_EQ(value_of(first.token),
              R"({"session":{"expiresAt":"2026-12-01T12:00:00.000Z","token":")" + first.token +
                  R"(","createdAt":"2026-11-24T12:00:00.000Z","updatedAt":"2026-11-24T12:00:00.000Z",)" +
                  R"("ipAddress":"192.0.2.7","userAgent":"agent/1","userId":"ann","id":")" + first.id.text() +
                  R"("},"user":{"name":"Ann","email":"ann@x.co","emailVerified":true,"image":null,)" +
                  R"("createdAt":"2026-11-24T12:00:00.000Z","updatedAt":"2026-11-24T12:00:00.000Z","id":"ann"}})");
    EXPECT_EQ(entry(first.token).ttl, week);
    EXPECT_EQ(entry(second.token).ttl, day);
    EXPECT_EQ(value_of("active-sessions-ann"), R"([{"token":")" + second.token + R"(","expiresAt":)" +
                                                   std::to_string(second.expires_at.unix_ms()) + R"(},{"token":")" +
                                                   first.token + R"(","expiresAt":)" +
                                                   std::to_string(first.expires_at.unix_ms()) + "}]")
        << "by their ends";
    EXPECT_EQ(entry("active-sessions-ann").ttl, week - Seconds{2}) << "whole seconds of the last, rounded down";
    const Actor who = actor(first);
    clock.advance(Milliseconds{1});
    ASSERT_TRUE(sessions_->revoke_all(who).ok());
    EXPECT_EQ(stored_keys(), Keys{"revoked-sessions-before-ann"});
    EXPECT_EQ(value_of("revoked-sessions-before-ann"), std::to_string(clock.now().unix_ms()));
    EXPECT_EQ(entry("revoked-sessions-before-ann").ttl, week);
}

TEST_F(KeptSessionsOf, a_refresh_moves_the_entry_and_its_place_in_the_list) {
    const Session first = issue();
    clock.advance(hour);
    const Session second = issue();
    clock.advance(day);
    ASSERT_TRUE(sessions_->refresh(actor(first), first).ok());
    EXPECT_EQ(entry(first.token).ttl, week);
    EXPECT_EQ(entry("active-sessions-ann").ttl, week);
    EXPECT_LT(value_of("active-sessions-ann").find(second.token), value_of("active-sessions-ann").find(first.token));
    ASSERT_TRUE(sessions_->revoke_by_token(first.token).ok());
    EXPECT_EQ(stored_keys(), (second.token < "active" ? Keys{second.token, "active-sessions-ann"}
                                                      : Keys{"active-sessions-ann", second.token}));
    ASSERT_TRUE(sessions_->revoke_by_token(second.token).ok());
    EXPECT_TRUE(stored_keys().empty()) << "the list goes with the last of it";
}

TEST_F(KeptSessionsOf, SES_10_a_hashed_store_holds_no_token_and_takes_none_that_it_holds) {
    SessionOptions options = usual;
    options.at_rest = TokenAtRest::hashed;
    keep_in(Place::store, options);
    const Session made = issue();
    const std::string key = crypto::token_hash(made.token);
    ASSERT_NE(value_of(key), "absent");
    for (const auto& one : store.entries()) EXPECT_FALSE((one.key + one.value).contains(made.token)) << one.key;
    EXPECT_EQ(identify(made.token)->signed_in.session.token, made.token);
    EXPECT_EQ(refusal(key), Code::session_unknown);
}

TEST_F(KeptSessionsOf, SES_03_what_is_no_session_opens_nothing_and_is_not_ended_by_its_key) {
    const Session made = issue(), other = issue("bob");
    const Actor who = actor(made);
    ASSERT_TRUE(sessions_->revoke_all(actor(other)).ok());
    ASSERT_TRUE(store.set("verification:reset-password:x", R"({"value":"ann"})", hour).ok());
    ASSERT_TRUE(store.set("a copy under another key", value_of(made.token), hour).ok());
    ASSERT_TRUE(store.increment("192.0.2.7|/sign-in/email", hour).ok());
    const Keys before = stored_keys();
    for (const std::string& key : before) {
        if (key == made.token) continue;
        EXPECT_EQ(refusal(key), Code::session_unknown) << key;
        EXPECT_TRUE(sessions_->revoke_by_token(key).ok()) << key;
        EXPECT_EQ(*sessions_->revoke(who, key), 0) << key;
    }
    EXPECT_EQ(stored_keys(), before);
    EXPECT_EQ(before.size(), 6U);
}

/// Every operation on entries, as bob and with what ann has.
TEST_F(KeptSessionsOf, ISO_01_the_owner_of_an_entry_is_looked_at_in_every_operation) {
    for (const Place where : {Place::store, Place::both, Place::store_with_record}) {
        store.clear();
        keep_in(where);
        const Session of_ann = issue("ann"), of_bob = issue("bob"), second_of_bob = issue("bob");
        const Actor bob = actor(of_bob);
        // Somebody has put ann's token among bob's.
        ASSERT_TRUE(store
                        .set("active-sessions-bob",
                             R"([{"token":")" + of_bob.token + R"(","expiresAt":9999999999999},{"token":")" +
                                 of_ann.token + R"(","expiresAt":9999999999999}])",
                             week)
                        .ok());
        const std::string before = value_of(of_ann.token), name = name_of(where);
        clock.advance(day);
        const auto refused = [&](const auto& result) {
            return !result.ok() && result.error().code() == Code::session_unknown;
        };
        EXPECT_TRUE(refused(sessions_->refresh(bob, of_ann))) << name;
        EXPECT_TRUE(refused(sessions_->update(bob, of_ann, {}))) << name;
        EXPECT_EQ(*sessions_->revoke(bob, of_ann.token), 0) << name;
        for (const Session& one : *sessions_->list(bob, of_bob)) EXPECT_EQ(one.user, UserId{"bob"}) << name;
        rename("bob", "robert" + name + "@x.co");
        EXPECT_TRUE(sessions_->revoke_others(bob).ok());
        EXPECT_TRUE(sessions_->revoke_all(bob).ok());
        EXPECT_EQ(value_of(of_ann.token), before) << name;
        EXPECT_TRUE(is_alive(of_ann)) << name;
        EXPECT_FALSE(is_alive(of_bob)) << name;
    }
}

TEST_F(KeptSessionsOf, an_id_and_a_token_that_do_not_belong_together_change_nothing) {
    const Session first = issue(), second = issue();
    const Actor who = actor(first);
    Session mixed = first;
    mixed.token = second.token;
    clock.advance(day);
    const std::string before = value_of(first.token) + value_of(second.token);
    EXPECT_FALSE(sessions_->refresh(who, mixed).ok());
    EXPECT_FALSE(sessions_->update(who, mixed, {}).ok());
    EXPECT_EQ(value_of(first.token) + value_of(second.token), before);
}

TEST_F(KeptSessionsOf, are_found_in_the_table_when_the_store_has_lost_them) {
    keep_in(Place::both);
    const Session made = issue(), brief = issue("ann", Remember::no);
    EXPECT_EQ(identify_any("ann").size(), 2U);
    store.clear();
    EXPECT_EQ(identify(made.token)->signed_in.user.email, "ann@x.co");
    EXPECT_EQ(sessions_->list(actor(made), made)->size(), 2U);
    EXPECT_TRUE(store.entries().empty()) << "a read writes nothing";
    clock.advance(day);
    ASSERT_TRUE(sessions_->refresh(actor(made), made).ok());
    EXPECT_EQ(end_in_table(made), to_iso8601(noon + day + week));
    EXPECT_EQ(refusal(brief.token), Code::session_expired);
    ASSERT_TRUE(sessions_->revoke_by_token(made.token).ok());
    EXPECT_FALSE(is_alive(made));
}

TEST_F(KeptSessionsOf, SES_05_nothing_that_was_revoked_comes_back_by_its_row) {
    keep_in(Place::both);
    using End = std::function<Result<void>(const Session&, const Actor&)>;
    const std::pair<std::string_view, End> ends[]{
        {"signing out", [&](const Session& one, const Actor&) { return sessions_->revoke_by_token(one.token); }},
        {"ending one",
         [&](const Session& one, const Actor& who) -> Result<void> {
             CS_TRY(const auto ended, sessions_->revoke(who, one.token));
             EXPECT_EQ(ended, 1);
             return {};
         }},
        {"ending the others",
         [&](const Session&, const Actor& who) -> Result<void> {
             CS_TRY(const auto ended, sessions_->revoke_others(who));
             EXPECT_GE(ended, 1);
             return {};
         }},
        {"ending all", [&](const Session&, const Actor& who) { return sessions_->revoke_all(who); }},
        {"a reset of the password",
         [&](const Session&, const Actor& who) {
             return storage->transact([&](storage::Tx& tx) { return sessions_->revoke_proved(tx, who.user()); });
         }},
    };
    for (const auto& [name, end] : ends) {
        const Session made = issue(), other = issue();
        ASSERT_TRUE(end(made, actor(other)).ok()) << name;
        EXPECT_EQ(refusal(made.token), Code::session_unknown) << name;
        EXPECT_EQ(end_in_table(made), "absent") << name;
        store.clear();
        EXPECT_EQ(refusal(made.token), Code::session_unknown) << name << ", and the store lost everything";
        clock.advance(Milliseconds{1});
    }
}

TEST_F(KeptSessionsOf, SES_05_a_row_that_stays_behind_is_refused_by_the_moment_of_the_revocation) {
    keep_in(Place::both);
    const Session made = issue();
    const Actor who = actor(made);
    clock.advance(Milliseconds{1});
    ASSERT_TRUE(sessions_->revoke_all(who).ok());
    must([&](storage::Tx& tx) {
        return tx.create(st::session_create, storage::Row{made.id.text(), made.expires_at, made.token, made.created_at,
                                                          made.updated_at, "", "", "ann"});
    });
    EXPECT_EQ(refusal(made.token), Code::session_unknown);
    const Session later = issue();
    EXPECT_TRUE(is_alive(later));
}

TEST_F(KeptSessionsOf, rows_kept_for_the_record_end_with_the_session_and_open_nothing) {
    keep_in(Place::store_with_record);
    const Session made = issue(), other = issue(), third = issue(), of_bob = issue("bob");
    const Actor who = actor(other);
    EXPECT_EQ(end_in_table(made), to_iso8601(noon + week));
    clock.advance(hour);
    ASSERT_TRUE(sessions_->revoke_by_token(made.token).ok());
    EXPECT_EQ(end_in_table(made), to_iso8601(noon + hour));
    clock.advance(hour);
    EXPECT_EQ(*sessions_->revoke(who, third.token), 1);
    EXPECT_EQ(*sessions_->revoke_others(who), 0);
    EXPECT_EQ(end_in_table(made), to_iso8601(noon + hour)) << "an end is written once";
    EXPECT_EQ(end_in_table(third), to_iso8601(noon + 2 * hour));
    ASSERT_TRUE(sessions_->revoke_all(who).ok());
    EXPECT_EQ(end_in_table(other), to_iso8601(noon + 2 * hour));
    EXPECT_EQ(end_in_table(of_bob), to_iso8601(noon + week));
    EXPECT_FALSE(sessions_->refresh(who, other).ok());
    EXPECT_EQ(end_in_table(other), to_iso8601(noon + 2 * hour)) << "what has ended is not prolonged";
    const Session fourth = issue();
    store.clear();
    EXPECT_EQ(refusal(fourth.token), Code::session_unknown) << "a record is not asked";
}

TEST_F(KeptSessionsOf, carry_the_user_as_the_table_has_them) {
    keep_in(Place::store);
    const Session first = issue(), second = issue(), of_bob = issue("bob");
    clock.advance(Milliseconds{900});
    rename("ann", "anna@x.co");
    for (const Session& one : {first, second}) {
        const auto found = identify(one.token);
        ASSERT_TRUE(found.ok());
        EXPECT_EQ(found->signed_in.user.email, "anna@x.co");
        EXPECT_EQ(found->signed_in.session.expires_at, noon + week);
        EXPECT_EQ(entry(one.token).ttl, week - Seconds{1});
    }
    EXPECT_EQ(identify(of_bob.token)->signed_in.user.email, "bob@x.co");
}

TEST_F(KeptSessionsOf, keep_fields_that_no_client_sees) {
    const identity::AdditionalFields session_fields{{.name = "seat",
                                                     .need = identity::FieldNeed::optional,
                                                     .shown = identity::FieldShown::hidden,
                                                     .default_value = json::Value{std::string{"12a"}}},
                                                    {.name = "theme", .need = identity::FieldNeed::optional}};
    SessionOptions options = usual;
    options.rows.fields = &session_fields;
    keep_in(Place::store, options);
    const Session made = issue();
    clock.advance(hour);
    const auto updated =
        sessions_->update(actor(made), made, {{&session_fields[1], storage::Value{std::string{"dark"}}}});
    ASSERT_TRUE(updated.ok());
    EXPECT_EQ(updated->updated_at, noon + hour);
    EXPECT_EQ(updated->token, made.token);
    const auto found = identify(made.token);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->signed_in.session.fields[0].value, storage::Value{std::string{"12a"}});
    EXPECT_EQ(found->signed_in.session.fields[1].value, storage::Value{std::string{"dark"}});
    EXPECT_EQ(entry(made.token).ttl, week - hour);
}

TEST_F(KeptSessionsOf, SES_05_one_that_reaches_the_store_behind_its_revocation_is_refused) {
    const Session own = issue();
    const Actor who = actor(own);
    std::optional<Session> late;
    must([&](storage::Tx& tx) -> Result<void> {
        CS_TRY(late, sessions_->issue(tx, UserId{"ann"}, Remember::yes, {}));
        clock.advance(Milliseconds{1});
        return sessions_->revoke_all(who);    // of another thread, while this one waits for its commit
    });
    ASSERT_TRUE(late);
    EXPECT_NE(value_of(late->token), "absent");
    EXPECT_EQ(refusal(late->token), Code::session_unknown);
    EXPECT_TRUE(sessions_->list(who, own)->empty());
    EXPECT_FALSE(sessions_->refresh(who, *late).ok());
}

TEST_F(KeptSessionsOf, of_a_user_who_is_gone_are_not_made) {
    const auto made = storage->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY([[maybe_unused]] const Session one, sessions_->issue(tx, UserId{"nobody"}, Remember::yes, {}));
        return {};
    });
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code(), Code::verification_user_gone);
    EXPECT_EQ(stored_keys(), Keys{"active-sessions-nobody"}) << "which ends by itself, and opens nothing";
}

TEST_F(KeptSessionsOf, SES_02_the_one_that_the_browser_had_ends_with_the_new_one) {
    SessionOptions options = usual;
    options.held = HeldSession::ended;
    for (const Place where : {Place::store, Place::both}) {
        keep_in(where, options);
        const Session before = issue(), other = issue();
        std::optional<Session> after;
        must([&](storage::Tx& tx) -> Result<void> {
            CS_TRY(after, sessions_->issue(tx, UserId{"bob"}, Remember::yes,
                                           {.ip_address = "", .user_agent = "", .held = before.token}));
            return {};
        });
        EXPECT_TRUE(!is_alive(before) && is_alive(other) && is_alive(*after)) << name_of(where);
    }
}

TEST_F(KeptSessionsOf, a_full_store_refuses_a_sign_in_and_ends_nobodys_session) {
    storage::MemoryKeyValues small{
        clock, {.values = {.entries = 5, .bytes = 100'000}, .counters = {.entries = 1, .bytes = 1000}}};
    sessions_.emplace(*storage, clock, random, usual, &small);
    const Session first = issue(), second = issue(), of_bob = issue("bob");
    const auto more = storage->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY([[maybe_unused]] const Session one, sessions_->issue(tx, UserId{"ann"}, Remember::yes, {}));
        return {};
    });
    ASSERT_FALSE(more.ok());
    EXPECT_EQ(more.error().code(), Code::storage_unavailable);
    EXPECT_TRUE(is_alive(first) && is_alive(second) && is_alive(of_bob));
    // There is no room for the mark either: what is listed ends all the same, and the failure is told.
    EXPECT_FALSE(sessions_->revoke_all(actor(first)).ok());
    EXPECT_TRUE(!is_alive(first) && !is_alive(second) && is_alive(of_bob));
}

constexpr int threads = 6;

TEST_F(KeptSessionsOf, of_one_user_who_signs_in_many_times_at_once_none_is_lost) {
    for (const Place where : {Place::store, Place::both}) {
        store.clear();
        keep_in(where);
        constexpr int rounds = 20;
        std::vector<std::vector<Session>> made(threads);
        testing_support::at_once(threads, [&](int own) {
            for (int i = 0; i < rounds; ++i) {
                auto done = storage->transact([&](storage::Tx& tx) -> Result<void> {
                    CS_TRY(Session one, sessions_->issue(tx, UserId{"ann"}, Remember::yes, {}));
                    made[static_cast<std::size_t>(own)].push_back(std::move(one));
                    return {};
                });
                EXPECT_TRUE(done.ok());
            }
        });
        const std::string list = value_of("active-sessions-ann");
        for (const auto& of_thread : made) {
            for (const Session& one : of_thread) {
                EXPECT_TRUE(list.contains(one.token)) << name_of(where);
                EXPECT_TRUE(is_alive(one)) << name_of(where);
            }
        }
        ASSERT_TRUE(sessions_->revoke_all(actor(made[0][0])).ok());
        EXPECT_EQ(stored_keys(), Keys{"revoked-sessions-before-ann"}) << name_of(where);
    }
}

TEST_F(KeptSessionsOf, SES_05_that_are_signed_out_while_they_are_prolonged_do_not_come_back) {
    for (const Place where : {Place::store, Place::both, Place::store_with_record}) {
        store.clear();
        keep_in(where);
        for (int round = 0; round < 50; ++round) {
            const Session made = issue();
            const Actor who = actor(made);
            testing_support::at_once(threads, [&](int own) {
                if (own == 0) {
                    EXPECT_TRUE(sessions_->revoke_by_token(made.token).ok());
                } else if (own % 2 == 0) {
                    const auto copied = storage->transact([&](storage::Tx& tx) -> Result<void> {
                        sessions_->user_changed(tx, UserId{"ann"});
                        return {};
                    });
                    EXPECT_TRUE(copied.ok());
                } else {
                    const auto fresh = sessions_->refresh(who, made);
                    EXPECT_TRUE(fresh.ok() || fresh.error().code() == Code::session_unknown);
                }
            });
            ASSERT_EQ(refusal(made.token), Code::session_unknown) << name_of(where);
            ASSERT_TRUE(stored_keys().empty()) << name_of(where);
        }
    }
}

TEST_F(KeptSessionsOf, carry_the_last_of_many_changes_of_their_user) {
    const Session before = issue();
    std::vector<Session> made(threads);
    testing_support::at_once(threads, [&](int own) {
        for (int i = 0; i < 20; ++i) {
            if (own % 2 == 0) {
                rename("ann", "ann" + std::to_string(own) + "-" + std::to_string(i) + "@x.co");
            } else if (i % 5 == 0) {
                made[static_cast<std::size_t>(own)] = issue();
            }
        }
    });
    const storage::Value key = std::string{"ann"};
    const auto row = storage->reader().find_one(st::user_by_id, {&key, 1});
    ASSERT_TRUE(row.ok() && row->has_value());
    const std::string email = *storage::cell<std::string>(**row, 2);
    made[0] = before;
    for (const Session& one : made) {
        if (one.token.empty()) continue;
        EXPECT_EQ(identify(one.token)->signed_in.user.email, email);
    }
}

TEST_F(KeptSessionsOf, that_begin_while_all_are_ended_are_ended_too_or_begin_later) {
    for (int round = 0; round < 30; ++round) {
        const Session own = issue();
        const Actor who = actor(own);
        clock.advance(Milliseconds{1});
        std::vector<std::optional<Session>> made(threads);
        testing_support::at_once(threads, [&](int thread) {
            if (thread == 0) {
                EXPECT_TRUE(sessions_->revoke_all(who).ok());
            } else {
                made[static_cast<std::size_t>(thread)] = issue();
            }
        });
        EXPECT_FALSE(is_alive(own));
        // The list and the entries say the same, whichever came first.
        const std::string list = value_of("active-sessions-ann");
        for (const auto& one : made) {
            if (one && is_alive(*one)) EXPECT_TRUE(list.contains(one->token));
        }
    }
}

}    // namespace
}    // namespace countersign::session
