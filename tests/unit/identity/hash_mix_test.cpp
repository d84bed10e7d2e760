// Which scheme a stranger costs: drawn from the table, the same one each time, and counted rarely.
#include "identity/hash_mix.hpp"

#include "base/encoding.hpp"
#include "support/domain.hpp"

namespace countersign::identity {
namespace {

const std::string argon2id = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA";
const std::string scrypt = std::string(32, 'a') + ":" + std::string(128, 'b');

class Mix : public testing::Test, protected testing_support::Domain {
  protected:
    void add(const std::string& hash, int count) {
        for (int i = 0; i < count; ++i) {
            const std::string id = "u" + std::to_string(next_++);
            add_user(id, id + "@x.co");
            add_credential(id, hash);
        }
    }
    HashMix make(std::string_view key = "a key of the test", HashScheme usual = HashScheme::argon2id) {
        return HashMix{*storage, clock, crypto::HmacKey{bytes_of(key)}, usual};
    }
    /// Of a thousand strangers, how many cost Argon2id. The key is fixed, so the number is as well.
    static int argon2id_in_thousand(const HashMix& mix) {
        int found = 0;
        for (int i = 0; i < 1000; ++i) {
            if (mix.scheme_for("stranger" + std::to_string(i) + "@x.co") == HashScheme::argon2id) ++found;
        }
        return found;
    }
    int next_ = 0;
};

TEST_F(Mix, ENU_02_strangers_are_as_mixed_as_the_table) {
    struct Case {
        int argon2id, scrypt, least, most;
    };
    for (const Case& c : {Case{0, 0, 1000, 1000}, Case{0, 4, 0, 0}, Case{4, 0, 1000, 1000}, Case{2, 2, 430, 570},
                          Case{1, 3, 190, 310}, Case{3, 1, 690, 810}}) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        add(argon2id, c.argon2id);
        add(scrypt, c.scrypt);
        HashMix mix = make();
        ASSERT_TRUE(mix.count().ok());
        const int found = argon2id_in_thousand(mix);
        EXPECT_GE(found, c.least) << c.argon2id << " and " << c.scrypt;
        EXPECT_LE(found, c.most) << c.argon2id << " and " << c.scrypt;
    }
}

TEST_F(Mix, ENU_02_a_stranger_costs_the_same_each_time_and_only_the_key_tells_what) {
    add(argon2id, 1);
    add(scrypt, 1);
    HashMix mix = make(), same = make(), other = make("another key");
    for (HashMix* each : {&mix, &same, &other}) ASSERT_TRUE(each->count().ok());
    int differ = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string who = "stranger" + std::to_string(i) + "@x.co";
        EXPECT_EQ(mix.scheme_for(who), same.scheme_for(who));
        if (mix.scheme_for(who) != other.scheme_for(who)) ++differ;
    }
    EXPECT_GT(differ, 50);
}

TEST_F(Mix, a_stranger_moves_from_scrypt_to_Argon2id_only_and_once_as_users_do) {
    add(argon2id, 1);
    add(scrypt, 3);
    HashMix mix = make();
    ASSERT_TRUE(mix.count().ok());
    std::vector<HashScheme> before;
    for (int i = 0; i < 200; ++i) before.push_back(mix.scheme_for(std::to_string(i)));
    add(argon2id, 4);
    ASSERT_TRUE(mix.count().ok());
    for (int i = 0; i < 200; ++i) {
        if (before[static_cast<std::size_t>(i)] == HashScheme::argon2id)
            EXPECT_EQ(mix.scheme_for(std::to_string(i)), HashScheme::argon2id);
    }
}

TEST_F(Mix, the_table_is_counted_again_after_ten_minutes_and_not_before) {
    HashMix mix = make();
    ASSERT_TRUE(mix.count().ok());
    add(scrypt, 1);
    struct Step {
        Seconds later;
        int expected;
    };
    for (const Step& step : {Step{Seconds{0}, 1000}, Step{Seconds{599}, 1000}, Step{Seconds{1}, 0}}) {
        clock.advance(step.later);
        mix.count_if_due();
        EXPECT_EQ(argon2id_in_thousand(mix), step.expected);
    }
    add(argon2id, 1);
    mix.count_if_due();
    EXPECT_EQ(argon2id_in_thousand(mix), 0);    // the next ten minutes have begun
}

TEST_F(Mix, accounts_of_other_providers_do_not_count) {
    add_user("g", "g@x.co");
    add_credential("g", argon2id, "github");
    add(scrypt, 1);
    HashMix mix = make();
    ASSERT_TRUE(mix.count().ok());
    EXPECT_EQ(argon2id_in_thousand(mix), 0);
}

}    // namespace
}    // namespace countersign::identity
