// Which scheme a stranger costs: drawn from the table, the same one each time, and counted rarely.
#include "identity/hash_mix.hpp"

#include "base/encoding.hpp"
#include "crypto/password.hpp"
#include "support/domain.hpp"

namespace countersign::identity {
namespace {

const std::string argon2id = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + std::string(43, 'A');
const std::string bcrypt = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const std::string bcrypt_5 = "$2b$05$" + bcrypt, bcrypt_12 = "$2b$12$" + bcrypt,
                  of_django = "bcrypt_sha256$$2b$12$" + bcrypt;
const std::string argon2_of_django =
    "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHRzYWx0c2FsdA$" + std::string(43, 'A');
const std::string md5 = "md5$$" + std::string(32, 'a'), unreadable = "$2b$31$" + bcrypt,
                  hex_garbage = std::string(32, 'd');
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
    /// The kind that a stranger costs: what the texts of it begin with.
    static std::string kind_for(const HashMix& mix, std::string_view who) {
        const std::string decoy = mix.decoy_for(who);
        return decoy.substr(0, crypto::parse_stored_hash(decoy)->cost_end);
    }
    /// Of a thousand strangers, how many cost Argon2id. The key is fixed, so the number is as well.
    static int argon2id_in_thousand(const HashMix& mix) {
        int found = 0;
        for (int i = 0; i < 1000; ++i) {
            if (kind_for(mix, "stranger" + std::to_string(i) + "@x.co") == crypto::our_argon2id) ++found;
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
        EXPECT_EQ(mix.decoy_for(who), same.decoy_for(who));
        if (mix.decoy_for(who) != other.decoy_for(who)) ++differ;
    }
    EXPECT_GT(differ, 50);
}

TEST_F(Mix, a_stranger_moves_from_scrypt_to_Argon2id_only_and_once_as_users_do) {
    add(argon2id, 1);
    add(scrypt, 3);
    HashMix mix = make();
    ASSERT_TRUE(mix.count().ok());
    std::vector<std::string> before;
    for (int i = 0; i < 200; ++i) before.push_back(kind_for(mix, std::to_string(i)));
    add(argon2id, 4);
    ASSERT_TRUE(mix.count().ok());
    for (int i = 0; i < 200; ++i) {
        if (before[static_cast<std::size_t>(i)] == crypto::our_argon2id) {
            EXPECT_EQ(kind_for(mix, std::to_string(i)), crypto::our_argon2id);
        }
    }
}

TEST_F(Mix, ENU_02_nobody_is_answered_before_the_first_count) {
    add(scrypt, 1);
    for (int i = 0; i < 20; ++i) {
        HashMix mix = make();
        mix.begin_counting();
        mix.await_count();
        EXPECT_EQ(argon2id_in_thousand(mix), 0);
    }
}

TEST_F(Mix, a_first_count_that_fails_lets_everybody_go_on) {
    auto empty = storage::open_sqlite({.path = ":memory:"});
    ASSERT_TRUE(empty.ok());
    storage = *std::move(empty);    // without tables
    HashMix mix = make();
    EXPECT_FALSE(mix.count().ok());
    mix.begin_counting();
    mix.await_count();
    EXPECT_EQ(argon2id_in_thousand(mix), 1000);
}

TEST_F(Mix, without_a_thread_that_counts_nobody_waits) {
    HashMix mix = make();
    mix.await_count();
    EXPECT_EQ(argon2id_in_thousand(mix), 1000);
}

TEST_F(Mix, the_table_is_counted_again_after_ten_minutes_and_not_before) {
    HashMix mix = make();
    mix.begin_counting();
    mix.await_count();
    add(scrypt, 1);
    clock.advance(Seconds{599});
    mix.await_count();
    EXPECT_EQ(argon2id_in_thousand(mix), 1000);
    clock.advance(Seconds{1});
    mix.await_count();
    while (argon2id_in_thousand(mix) != 0) std::this_thread::yield();    // the count runs beside us
    add(argon2id, 1);
    mix.await_count();
    EXPECT_EQ(argon2id_in_thousand(mix), 0);    // the next ten minutes have begun
}

TEST_F(Mix, ENU_02_each_kind_of_foreign_hash_has_its_share) {
    struct Share {
        std::string kind;
        int least, most;
    };
    struct Case {
        std::string name;
        std::vector<std::pair<std::string, int>> stored;
        std::vector<Share> shares;
    };
    const std::string ours{crypto::our_argon2id};
    const Case cases[]{
        {"one kind", {{bcrypt_12, 2}}, {{"$2b$12$", 1000, 1000}}},
        {"two costs of one scheme", {{bcrypt_5, 1}, {bcrypt_12, 3}}, {{"$2b$05$", 190, 310}, {"$2b$12$", 690, 810}}},
        {"with those of ours",
         {{argon2id, 2}, {bcrypt_12, 1}, {scrypt, 1}},
         {{ours, 430, 570}, {"$2b$12$", 190, 310}, {"", 190, 310}}},
        {"between hex and hex",
         {{of_django, 1}, {argon2_of_django, 1}, {scrypt, 1}, {"bc" + scrypt.substr(2), 1}},
         {{"bcrypt_sha256$$2b$12$", 190, 310}, {"argon2$argon2id$v=19$m=102400,t=2,p=8$", 190, 310}, {"", 430, 570}}},
        {"what costs nothing is as the usual", {{md5, 3}, {bcrypt_12, 1}}, {{ours, 690, 810}, {"$2b$12$", 190, 310}}},
        {"only what costs nothing", {{md5, 3}}, {{ours, 1000, 1000}}},
        {"what cannot be read does not end the walk",
         {{unreadable, 1}, {hex_garbage, 1}, {"plain", 1}, {"{x", 1}, {bcrypt_12, 4}},
         {{"$2b$12$", 430, 570}}},
        {"bytes that are none of a hash",
         {{"\xC3\xA4", 1}, {"", 1}, {std::string{"\xFF\xFF"}, 1}, {bcrypt_12, 1}},
         {{"$2b$12$", 1000, 1000}}},
    };
    for (const Case& c : cases) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        for (const auto& [hash, count] : c.stored) add(hash, count);
        HashMix mix = make();
        ASSERT_TRUE(mix.count().ok()) << c.name;
        std::map<std::string, int> found;
        for (int i = 0; i < 1000; ++i) ++found[kind_for(mix, "stranger" + std::to_string(i))];
        for (const Share& share : c.shares) {
            EXPECT_GE(found[share.kind], share.least) << c.name << ": " << share.kind;
            EXPECT_LE(found[share.kind], share.most) << c.name << ": " << share.kind;
        }
    }
}

TEST_F(Mix, a_table_of_ever_new_texts_is_walked_for_a_while_only) {
    for (int i = 0; i < 300; ++i) add("password " + std::to_string(i), 1);
    for (int i = 0; i < 300; ++i)
        add("$pbkdf2-sha256$" + std::to_string(1000 + i) + "$AAAA$" + std::string(43, 'A'), 1);
    HashMix mix = make();
    EXPECT_TRUE(mix.count().ok());
    EXPECT_TRUE(crypto::parse_stored_hash(mix.decoy_for("anybody")).ok());
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
