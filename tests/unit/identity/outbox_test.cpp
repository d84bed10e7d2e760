// Messages on their way out: sealed, in order, bounded, and there exactly if their transaction is.
#include "identity/outbox.hpp"

#include "base/json.hpp"
#include "storage/cells.hpp"
#include "support/domain.hpp"

namespace countersign::identity {
namespace {

namespace st = storage::statements;

class OutboxOf : public testing::Test, protected testing_support::Domain {
  protected:
    static crypto::Keyring keys(std::string_view secret = "a secret of the test, 32 bytes!!") {
        return crypto::Keyring{Secret::from_text(secret)}.for_purpose("outbox");
    }
    void SetUp() override { open(keys()); }
    void open(crypto::Keyring with) { outbox_.emplace(*storage, clock, random, std::move(with)); }
    static Message mail(const std::string& token) {
        return {.at = {},
                .to = "ann@x.co",
                .kind = "reset-password",
                .subject = "s",
                .text = "t\n\"🔑\"",
                .url = "http://x/" + token,
                .token = token,
                .otp = {}};
    }
    void put(const std::string& token) {
        ASSERT_TRUE(storage->transact([&](storage::Tx& tx) { return outbox_->put(tx, mail(token)); }).ok());
    }
    Result<void> put_nothing(std::int64_t times) {
        return storage->transact([&](storage::Tx& tx) -> Result<void> {
            for (std::int64_t i = 0; i < times; ++i) CS_CHECK(outbox_->put_nothing(tx, mail("nobody")));
            return {};
        });
    }
    std::int64_t rows() {
        constexpr storage::Unowned all{
            .statement = {.id = "t.outbox", .op = storage::Op::count, .table = &storage::outbox_table},
            .reason = "test"};
        const auto found = storage->reader().count(all, {});
        return found.ok() ? *found : -1;
    }
    std::vector<std::string> tokens() {
        std::vector<std::string> found;
        const auto messages = outbox_->newest();
        EXPECT_TRUE(messages.ok());
        for (const Message& message : *messages) found.push_back(message.token);
        return found;
    }
    std::optional<Outbox> outbox_;
};

TEST_F(OutboxOf, messages_are_whole_and_newest_first) {
    put("one");
    clock.advance(Seconds{5});
    put("two");
    EXPECT_EQ(tokens(), (std::vector<std::string>{"two", "one"}));
    const auto messages = outbox_->newest();
    ASSERT_TRUE(messages.ok());
    EXPECT_EQ(messages->front().text, "t\n\"🔑\"");
    EXPECT_EQ(messages->front().at, testing_support::noon + Seconds{5});
    const auto read = json::parse(inbox_json(*messages));
    ASSERT_TRUE(read.ok() && read->as_array() != nullptr && read->as_array()->size() == 2);
    for (const char* name : {"at", "to", "kind", "subject", "text", "url", "token", "otp"})
        EXPECT_NE(read->as_array()->front().find(name), nullptr) << name;
}

TEST_F(OutboxOf, a_message_is_there_exactly_if_its_transaction_is) {
    const auto failed = storage->transact([&](storage::Tx& tx) -> Result<void> {
        CS_CHECK(outbox_->put(tx, mail("lost")));
        return fail(Code::storage_unavailable);
    });
    EXPECT_FALSE(failed.ok());
    EXPECT_TRUE(tokens().empty());
    const auto refused = storage->transact([&](storage::Tx& tx) -> Result<void> {
        CS_CHECK(outbox_->put(tx, mail("kept")));
        return tx.refuse(AuthError{Code::login_unverified});
    });
    EXPECT_FALSE(refused.ok());
    EXPECT_EQ(tokens(), (std::vector<std::string>{"kept"}));
}

TEST_F(OutboxOf, ENU_04_a_message_to_nobody_is_not_shown_and_says_nothing_of_what_was_asked) {
    put("before");
    ASSERT_TRUE(put_nothing(1).ok());
    put("after");
    EXPECT_EQ(tokens(), (std::vector<std::string>{"after", "before"}));
    const auto row = storage->reader().find_one(st::outbox_first, {});
    ASSERT_TRUE(row.ok() && row->has_value());
    const auto sealed = storage::cell<std::string>(**row, *storage::outbox_table.index_of("payload"));
    const auto opened = crypto::symmetric_decrypt(keys(), *sealed);
    ASSERT_TRUE(opened.ok());
    EXPECT_FALSE(opened->reveal_text().contains("ann@x.co"));
    EXPECT_FALSE(opened->reveal_text().contains("nobody"));
}

TEST_F(OutboxOf, ENU_04_messages_to_nobody_take_no_place_of_messages_and_are_bounded) {
    put("real");
    ASSERT_TRUE(put_nothing(Outbox::kept + 3).ok());
    EXPECT_EQ(tokens(), (std::vector<std::string>{"real"}));
    EXPECT_EQ(rows(), Outbox::kept + 1);
    ASSERT_TRUE(storage
                    ->transact([&](storage::Tx& tx) -> Result<void> {
                        for (std::int64_t i = 0; i < Outbox::kept; ++i)
                            CS_CHECK(outbox_->put(tx, mail(std::to_string(i))));
                        return {};
                    })
                    .ok());
    EXPECT_EQ(rows(), 2 * Outbox::kept);    // the first real one gave way to real ones, and none of the others to them
    ASSERT_TRUE(put_nothing(1).ok());
    EXPECT_EQ(rows(), 2 * Outbox::kept);
}

TEST_F(OutboxOf, numbers_of_messages_begin_above_those_to_nobody) {
    ASSERT_TRUE(put_nothing(2).ok());
    put("first");
    const auto row = storage->reader().find_one(st::outbox_last, {});
    ASSERT_TRUE(row.ok() && row->has_value());
    EXPECT_EQ(*storage::cell<std::int64_t>(**row, *storage::outbox_table.index_of("number")), 1);
}

TEST_F(OutboxOf, REC_01_the_table_shows_neither_token_nor_address) {
    put("the-token-of-the-mail");
    const auto row = storage->reader().find_one(st::outbox_last, {});
    ASSERT_TRUE(row.ok() && row->has_value());
    for (const storage::Value& cell : **row) {
        const std::string* text = std::get_if<std::string>(&cell);
        if (text == nullptr) continue;
        EXPECT_FALSE(text->contains("the-token")) << *text;
        EXPECT_FALSE(text->contains("ann@x.co")) << *text;
    }
}

TEST_F(OutboxOf, the_oldest_give_way) {
    ASSERT_TRUE(storage
                    ->transact([&](storage::Tx& tx) -> Result<void> {
                        for (std::int64_t i = 0; i < Outbox::kept + 3; ++i)
                            CS_CHECK(outbox_->put(tx, mail(std::to_string(i))));
                        return {};
                    })
                    .ok());
    const std::vector<std::string> found = tokens();
    ASSERT_EQ(found.size(), static_cast<std::size_t>(Outbox::kept));
    EXPECT_EQ(found.front(), std::to_string(Outbox::kept + 2));
    EXPECT_EQ(found.back(), "3");
}

TEST_F(OutboxOf, two_servers_of_one_database_write_one_after_the_other) {
    Outbox other{*storage, clock, random, keys()};
    for (const std::string token : {"a", "b", "c"}) {
        put(token);
        ASSERT_TRUE(storage->transact([&](storage::Tx& tx) { return other.put(tx, mail("other " + token)); }).ok());
    }
    EXPECT_EQ(tokens(), (std::vector<std::string>{"other c", "c", "other b", "b", "other a", "a"}));
}

TEST_F(OutboxOf, numbers_go_on_after_a_restart_and_a_lost_secret_hides_its_messages_only) {
    put("one");
    open(keys());
    put("two");
    EXPECT_EQ(tokens(), (std::vector<std::string>{"two", "one"}));
    open(keys("another secret, also 32 bytes ok"));
    put("three");
    EXPECT_EQ(tokens(), (std::vector<std::string>{"three"}));
}

}    // namespace
}    // namespace countersign::identity
