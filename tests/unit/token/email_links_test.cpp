// What mailed links cost: counted, since nobody should see by the time whether somebody was there.
#include "token/email_links.hpp"

#include "base/encoding.hpp"
#include "support/domain.hpp"

namespace countersign::token {
namespace {

using testing_support::noon;

/// Counts what is asked of it, and does nothing.
class Counter final : public storage::Executor {
  public:
    Result<void> query(const storage::Statement& statement, storage::Values,
                       const std::function<void(storage::Row)>&) override {
        // Its first row or its last one: the same look at an end of the same index.
        const bool end_of_outbox = *statement.id == "outbox.first" || *statement.id == "outbox.last";
        asked.push_back(end_of_outbox ? "an end of the outbox" : std::string{*statement.id});
        return {};
    }
    Result<std::int64_t> execute(const storage::Statement& statement, storage::Values) override {
        asked.push_back(std::string{*statement.table->name});
        return std::int64_t{1};
    }
    std::vector<std::string> asked;
};

class Links : public testing::TestWithParam<LinkUse>, protected testing_support::Domain {
  protected:
    Links()
        : verifications{*storage,
                        clock,
                        random,
                        {.store = identity::StoreIdentifier::hashed,
                         .earlier =
                             GetParam() == LinkUse::once ? identity::Earlier::replaced : identity::Earlier::kept}},
          outbox{*storage, clock, random, crypto::Keyring{Secret::from_text("a secret of the test, 32 bytes!!")}},
          links{verifications,
                outbox,
                EmailTokens{crypto::HmacKey{bytes_of("a key of the test")}},
                random,
                clock,
                {.base = "https://id.example/api/auth", .life = Seconds{3600}, .use = GetParam()}} {}

    std::vector<std::string> cost(const std::function<Result<void>(storage::Tx&)>& work) {
        Counter counter;
        storage::Tx tx{counter};
        EXPECT_TRUE(work(tx).ok());
        return counter.asked;
    }

    identity::Verifications verifications;
    identity::Outbox outbox;
    EmailLinks links;
    const identity::User ann{.id = UserId{"ann"}, .name = "Ann", .email = "ann@x.co"};
};
INSTANTIATE_TEST_SUITE_P(Uses, Links, testing::Values(LinkUse::once, LinkUse::until_it_ends),
                         [](const auto& info) { return info.param == LinkUse::once ? "once" : "until_it_ends"; });

TEST_P(Links, ENU_04_a_taken_new_address_costs_the_statements_of_a_free_one) {
    const auto nobody = cost([&](storage::Tx& tx) { return links.mail_nobody(tx, "bob@x.co", "/"); });
    EXPECT_EQ(nobody.size(), GetParam() == LinkUse::once ? 5U : 3U);
    auto sorted = nobody;
    std::ranges::sort(sorted);
    for (const LinkKind kind : {LinkKind::change_verify, LinkKind::change_confirm}) {
        auto somebody = cost([&](storage::Tx& tx) { return links.mail_change(tx, ann, "bob@x.co", "/", kind); });
        std::ranges::sort(somebody);
        EXPECT_EQ(somebody, sorted);
    }
    auto verify = cost([&](storage::Tx& tx) { return links.mail_verify(tx, ann, "/"); });
    std::ranges::sort(verify);
    EXPECT_EQ(verify, sorted);
    auto taken = cost([&](storage::Tx& tx) { return links.mail_taken(tx, ann); });
    std::ranges::sort(taken);
    EXPECT_EQ(taken, sorted);
}

}    // namespace
}    // namespace countersign::token
