// KEY-10: the age of a secret is counted from its first use with the database, over restarts and new orders of the
// list.
#include "app/secret_ages.hpp"

#include <gmock/gmock.h>

#include "storage/tables.hpp"

namespace countersign::app {
namespace {

constexpr Instant noon = Instant::from_unix(Seconds{1'795'000'000});
constexpr Seconds day{86'400};

class SecretAgesTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = storage::open_sqlite({.path = ":memory:"});
        ASSERT_TRUE(opened.ok());
        storage_ = *std::move(opened);
        constexpr const storage::Table* tables[]{&storage::user_table};
        ASSERT_TRUE(storage_->migrate(tables).ok());
    }
    /// The samples of a server that started and was asked at this time.
    std::string samples(const crypto::Keyring& secrets, Instant now) {
        const auto ages = SecretAges::read(*storage_, secrets, now);
        EXPECT_TRUE(ages.ok());
        http::Exposition out;
        ages->expose(out, now);
        const std::string text = out.text();
        return text.substr(text.rfind("gauge\n") + 6);
    }
    std::unique_ptr<storage::Storage> storage_;
};

crypto::Keyring single(std::string secret) { return crypto::Keyring{Secret::from_text(std::move(secret))}; }

TEST_F(SecretAgesTest, KEY_10_a_secret_keeps_its_age_under_every_version) {
    const std::string old = "the first secret of thirty-two letters", next = "the second secret of thirty-two letters";
    EXPECT_EQ(samples(single(old), noon), "countersign_secret_age_seconds{version=\"none\",use=\"current\"} 0\n");
    crypto::Keyring listed = single(old);
    listed.add_version(2, Secret::from_text(next));
    listed.add_version(1, Secret::from_text(old));
    EXPECT_EQ(samples(listed, noon + day),
              "countersign_secret_age_seconds{version=\"2\",use=\"current\"} 0\n"
              "countersign_secret_age_seconds{version=\"1\",use=\"older\"} 86400\n");
    crypto::Keyring dropped = single(next);
    dropped.add_version(2, Secret::from_text(next));
    EXPECT_EQ(samples(dropped, noon + 3 * day),
              "countersign_secret_age_seconds{version=\"2\",use=\"current\"} 172800\n");
    EXPECT_EQ(samples(dropped, noon),
              "countersign_secret_age_seconds{version=\"2\",use=\"current\"} 0\n");    // set back
}

}    // namespace
}    // namespace countersign::app
