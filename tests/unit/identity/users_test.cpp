// Who may come in by password, and what each answer costs.
#include "identity/users.hpp"

#include <latch>
#include <thread>

#include "base/encoding.hpp"
#include "storage/cells.hpp"
#include "support/attempt.hpp"
#include "support/domain.hpp"

namespace countersign::identity {
namespace {

using crypto::PasswordScheme;
namespace st = storage::statements;

constexpr std::string_view password = "correct horse battery";

/// bcrypt of `password`, and a digest of it with `salt`.
const std::string bcrypt = "$2b$04$nJ3MDXe6MJJxvD.mJNin3uLJQsTquHyOZ8oWxXLBq7jk3eEDIllYO",
                  md5_digest = "md5$salt$185a8ce4c769b0acdfda7dcc0f5026bf";

class Identity : public testing::Test, protected testing_support::Domain {
  protected:
    void SetUp() override {
        ASSERT_TRUE(crypto::start().ok());
        use({});
    }
    void use(const PasswordPolicy& policy) {
        users_.emplace(*storage, permits_, clock, random, crypto::HmacKey{bytes_of("a key of the test")}, policy);
        ASSERT_TRUE(users_->count_hashes().ok());
    }
    Result<User> sign_up(std::string_view email, std::string_view secret = password) {
        return users_->sign_up({.name = "Ann", .email = email, .password = secret}, count_then());
    }
    Result<User> sign_in(std::string_view email, std::string_view secret = password) {
        return users_->sign_in(attempt_, email, secret, count_then());
    }
    Then count_then() {
        return [this](storage::Tx&, const User&) -> Result<void> {
            ++then_ran_;
            EXPECT_EQ(permits_.in_use(), 0U);    // given back before storage is touched (PWD-12)
            return {};
        };
    }
    static Code code_of(const Result<User>& done) { return done.ok() ? Code::count_ : done.error().code(); }
    std::optional<std::string> stored_hash(const std::string& user) {
        const storage::Value keys[]{user, "credential"};
        const auto row = storage->reader().find_one(st::account_of_user, keys);
        if (!row.ok() || !row->has_value()) return std::nullopt;
        constexpr std::size_t column = *storage::account_table.index_of("password");
        return storage::optional_cell<std::string>(**row, column).value_or(std::nullopt);
    }
    std::size_t users_with(std::string_view email) {
        const storage::Value key = std::string{email};
        const auto row = storage->reader().find_one(st::user_by_email, {&key, 1});
        return row.ok() && row->has_value() ? 1 : 0;
    }

    crypto::HashPermits permits_{2, 64};
    std::optional<Users> users_;
    std::atomic<int> then_ran_{0};
    testing_support::StepAttempt attempt_;
};

std::string repeated(std::string_view unit, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += unit;
    return out;
}

TEST_F(Identity, PWD_02_PWD_03_length_is_counted_as_JavaScript_does_and_before_any_hash) {
    struct Case {
        std::string_view name;
        std::string secret;
        Code expected;
    };
    const Case cases[]{
        {"7 letters", repeated("a", 7), Code::password_too_short},
        {"7 umlauts, 14 bytes", repeated("ä", 7), Code::password_too_short},
        {"3 keys of two units", repeated("🔑", 3), Code::password_too_short},
        {"129 letters", repeated("a", 129), Code::password_too_long},
        {"65 keys of two units", repeated("🔑", 65), Code::password_too_long},
        {"nothing", "", Code::password_too_short},
    };
    const std::uint64_t before = crypto::hashes_done();
    for (const Case& c : cases) EXPECT_EQ(code_of(sign_up("ann@x.co", c.secret)), c.expected) << c.name;
    EXPECT_EQ(code_of(sign_in("ann@x.co", repeated("a", 129))), Code::password_too_long);
    EXPECT_EQ(crypto::hashes_done(), before);
    EXPECT_EQ(then_ran_, 0);
    for (const std::string& fits : {repeated("a", 8), repeated("🔑", 4), repeated("🔑", 64), repeated("a", 128)}) {
        EXPECT_TRUE(sign_up("u" + std::to_string(then_ran_.load()) + "@x.co", fits).ok()) << fits;
    }
    EXPECT_EQ(then_ran_, 4);
}

TEST_F(Identity, a_sign_up_stores_one_user_and_one_credential_in_canonical_form) {
    const auto made = users_->sign_up(
        {.name = "Ann", .email = "Ann.B@X.CO", .password = password, .image = "https://x.co/a.png"}, count_then());
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->email, "ann.b@x.co");
    EXPECT_EQ(made->email_state, EmailState::unverified);
    EXPECT_EQ(made->created_at, testing_support::noon);
    EXPECT_EQ(made->id.text().size(), id_length);
    const storage::Value key = "ann.b@x.co";
    const auto row = storage->reader().find_one(st::user_by_email, {&key, 1});
    ASSERT_TRUE(row.ok() && row->has_value());
    EXPECT_EQ(**row, row_from_user(*made));
    EXPECT_EQ(crypto::scheme_of(stored_hash(made->id.text()).value_or("")), PasswordScheme::better_auth_scrypt);
    EXPECT_EQ(then_ran_, 1);
}

TEST_F(Identity, an_address_is_the_same_in_every_case) {
    ASSERT_TRUE(sign_up("Ann@X.co").ok());
    EXPECT_EQ(code_of(sign_up("aNN@x.CO")), Code::signup_exists);
    EXPECT_TRUE(sign_in("ANN@X.CO").ok());
    EXPECT_EQ(code_of(sign_in("ann@x.co", "correct horse batterz")), Code::login_password);
}

TEST_F(Identity, nothing_is_stored_when_what_follows_fails) {
    const Then fails = [](storage::Tx&, const User&) -> Result<void> { return fail(Code::storage_unavailable); };
    EXPECT_EQ(code_of(users_->sign_up({.name = "Ann", .email = "ann@x.co", .password = password}, fails)),
              Code::storage_unavailable);
    EXPECT_EQ(users_with("ann@x.co"), 0U);
    ASSERT_TRUE(sign_up("ann@x.co").ok());
    EXPECT_EQ(code_of(users_->sign_in(attempt_, "ann@x.co", password, fails)), Code::storage_unavailable);
}

TEST_F(Identity, INP_12_of_sign_ups_at_the_same_moment_one_wins) {
    constexpr int racers = 6;
    std::latch together{racers};
    std::atomic<int> made{0}, exists{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < racers; ++i) {
        threads.emplace_back([&] {
            together.arrive_and_wait();
            const Then nothing = [](storage::Tx&, const User&) -> Result<void> { return {}; };
            const Code code =
                code_of(users_->sign_up({.name = "Ann", .email = "ann@x.co", .password = password}, nothing));
            if (code == Code::count_) ++made;
            if (code == Code::signup_exists) ++exists;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(exists, racers - 1);
    EXPECT_EQ(permits_.in_use(), 0U);
}

TEST_F(Identity, ENU_03_a_concealed_address_answers_and_costs_as_a_new_one) {
    ASSERT_TRUE(sign_up("ann@x.co").ok());
    use({.taken = TakenAddress::concealed});
    then_ran_ = 0;
    const std::uint64_t start = crypto::hashes_done();
    const auto fresh = sign_up("new@x.co");
    const std::uint64_t of_new = crypto::hashes_done() - start;
    const auto taken = sign_up("Ann@x.co");
    const std::uint64_t of_taken = crypto::hashes_done() - start - of_new;
    ASSERT_TRUE(fresh.ok() && taken.ok());
    EXPECT_EQ(of_taken, of_new);
    EXPECT_EQ(then_ran_, 1);    // the new one's
    EXPECT_EQ(taken->email, "ann@x.co");
    EXPECT_EQ(taken->created_at, fresh->created_at);
    EXPECT_EQ(taken->id.text().size(), fresh->id.text().size());
    EXPECT_EQ(stored_hash(taken->id.text()), std::nullopt);    // nobody's id
    EXPECT_TRUE(sign_in("ann@x.co").ok());                     // and nothing of the owner's has changed
    EXPECT_EQ(code_of(sign_up("ann@x.co", "short")), Code::password_too_short);
}

TEST_F(Identity, PWD_07_a_scrypt_hash_is_replaced_at_sign_in_where_Argon2id_is_allowed) {
    const auto made = sign_up("ann@x.co");
    ASSERT_TRUE(made.ok());
    const std::string old = *stored_hash(made->id.text());

    ASSERT_TRUE(sign_in("ann@x.co").ok());
    EXPECT_EQ(stored_hash(made->id.text()), old);    // scrypt is what this policy wants

    use({.scheme = HashScheme::argon2id});
    EXPECT_FALSE(sign_in("ann@x.co", "correct horse batterz").ok());
    EXPECT_EQ(stored_hash(made->id.text()), old);    // only who is proved
    ASSERT_TRUE(sign_in("ann@x.co").ok());
    const std::string fresh = *stored_hash(made->id.text());
    EXPECT_EQ(crypto::scheme_of(fresh), PasswordScheme::argon2id);
    ASSERT_TRUE(sign_in("ann@x.co").ok());
    EXPECT_EQ(stored_hash(made->id.text()), fresh);    // once

    use({.scheme = HashScheme::better_auth_scrypt});
    ASSERT_TRUE(sign_in("ann@x.co").ok());
    EXPECT_EQ(stored_hash(made->id.text()), fresh);    // and never back
}

TEST_F(Identity, PWD_09_a_hash_of_another_system_opens_and_is_replaced_at_the_first_sign_in) {
    const std::string
        weak_argon2id =
            "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$QOKF1iG70GOhZX71bkTGoINw9zqSjKFirULQQtMxBVI",
        sound_argon2id =
            "$argon2id$v=19$m=47104,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$Idit0Bh5xqrxLaV9yELnXaF0MAK1udCKWCFU7pzS8YQ";
    struct Case {
        std::string name, stored;
        HashScheme policy;
        PasswordScheme after;    // foreign: as it was
    };
    const Case cases[]{
        {"bcrypt", bcrypt, HashScheme::argon2id, PasswordScheme::argon2id},
        {"bcrypt, where Better Auth reads", bcrypt, HashScheme::better_auth_scrypt, PasswordScheme::better_auth_scrypt},
        {"a digest", md5_digest, HashScheme::argon2id, PasswordScheme::argon2id},
        {"weak Argon2id", weak_argon2id, HashScheme::argon2id, PasswordScheme::argon2id},
        {"weak Argon2id, where Better Auth reads", weak_argon2id, HashScheme::better_auth_scrypt,
         PasswordScheme::better_auth_scrypt},
        {"Argon2id of another system", sound_argon2id, HashScheme::argon2id, PasswordScheme::foreign},
    };
    int next = 0;
    for (const Case& c : cases) {
        use({.scheme = c.policy});
        const std::string id = "imported" + std::to_string(next++), address = id + "@x.co";
        add_user(id, address);
        add_credential(id, c.stored);
        EXPECT_EQ(code_of(sign_in(address, "correct horse batterz")), Code::login_password) << c.name;
        EXPECT_EQ(stored_hash(id), c.stored) << c.name;
        ASSERT_TRUE(sign_in(address).ok()) << c.name;
        const std::string after = *stored_hash(id);
        if (c.after == PasswordScheme::foreign) {
            EXPECT_EQ(after, c.stored) << c.name;
        } else {
            EXPECT_NE(after, c.stored) << c.name;
            EXPECT_EQ(crypto::scheme_of(after), c.after) << c.name;
            EXPECT_EQ(crypto::parse_stored_hash(after)->strength, crypto::Strength::sound) << c.name;
        }
        ASSERT_TRUE(sign_in(address).ok()) << c.name;
        EXPECT_EQ(stored_hash(id), after) << c.name << ", once";
        EXPECT_EQ(code_of(sign_in(address, "correct horse batterz")), Code::login_password) << c.name;
    }
}

/// Does something at the moment when a salt is drawn.
class RandomWithCallback : public Random {
  public:
    void fill(std::span<std::byte> out) override {
        if (then) std::exchange(then, {})();
        real_.fill(out);
    }
    std::function<void()> then;

  private:
    SystemRandom real_;
};

TEST_F(Identity, SES_07_replacing_a_hash_does_not_undo_a_change_of_the_password) {
    add_user("ann", "ann@x.co");
    add_credential("ann", bcrypt);
    RandomWithCallback at_salt;
    Users users{*storage, permits_, clock, at_salt, crypto::HmacKey{bytes_of("k")}, {}};
    const std::string changed = *crypto::hash_better_auth_scrypt("the new password", random);
    at_salt.then = [&] {
        const storage::Value set[]{changed, clock.now()}, where[]{"account-of-ann"};
        EXPECT_TRUE(storage
                        ->transact([&](storage::Tx& tx) -> Result<void> {
                            CS_TRY([[maybe_unused]] const auto row, tx.update(st::account_reset_password, set, where));
                            return {};
                        })
                        .ok());
    };
    EXPECT_EQ(code_of(users.sign_in(attempt_, "ann@x.co", password, count_then())), Code::login_password);
    EXPECT_EQ(then_ran_, 0);
    EXPECT_EQ(stored_hash("ann"), changed);
    EXPECT_EQ(code_of(sign_in("ann@x.co")), Code::login_password);
    EXPECT_TRUE(sign_in("ann@x.co", "the new password").ok());
}

TEST_F(Identity, SES_07_a_password_that_is_changed_while_it_is_proved_opens_nothing) {
    struct Case {
        std::string_view name, stored, becomes;
        Code expected;
        int proofs, sessions;
    };
    const std::string ours = *crypto::hash_better_auth_scrypt(password, random),
                      better = *crypto::hash_better_auth_scrypt(password, random),
                      other = *crypto::hash_better_auth_scrypt("the new password", random);
    const Case cases[]{
        {"nothing happens", ours, ours, Code::count_, 1, 1},
        {"another password", ours, other, Code::login_password, 1, 0},
        {"another password, where a better hash was to be put", bcrypt, other, Code::login_password, 1, 0},
        {"a better hash of the same", bcrypt, better, Code::count_, 2, 1},
    };
    for (const Case& c : cases) {
        testing_support::Domain fresh;
        fresh.add_user("ann", "ann@x.co");
        fresh.add_credential("ann", std::string{c.stored});
        Users users{*fresh.storage,
                    permits_,
                    fresh.clock,
                    fresh.random,
                    crypto::HmacKey{bytes_of("k")},
                    {.scheme = HashScheme::better_auth_scrypt}};
        testing_support::AttemptWithCallback attempt;
        int proofs = 0;
        attempt.after_proof = [&] {
            if (++proofs > 1 || c.becomes == c.stored) return;
            const storage::Value set[]{std::string{c.becomes}, clock.now()}, where[]{"account-of-ann"};
            EXPECT_TRUE(fresh.storage
                            ->transact([&](storage::Tx& tx) -> Result<void> {
                                CS_TRY([[maybe_unused]] const auto row,
                                       tx.update(st::account_reset_password, set, where));
                                return {};
                            })
                            .ok());
        };
        then_ran_ = 0;
        EXPECT_EQ(code_of(users.sign_in(attempt, "ann@x.co", password, count_then())), c.expected) << c.name;
        EXPECT_EQ(proofs, c.proofs) << c.name;
        EXPECT_EQ(then_ran_, c.sessions) << c.name;
    }
}

TEST_F(Identity, SES_07_a_password_that_changes_at_every_proof_opens_nothing) {
    add_user("ann", "ann@x.co");
    add_credential("ann", bcrypt);
    testing_support::AttemptWithCallback attempt;
    int proofs = 0;
    attempt.after_proof = [&] {
        ++proofs;
        const storage::Value set[]{*crypto::hash_better_auth_scrypt(password, random), clock.now()};
        const storage::Value where[]{"account-of-ann"};
        std::ignore = storage->transact([&](storage::Tx& tx) -> Result<void> {
            CS_TRY([[maybe_unused]] const auto row, tx.update(st::account_reset_password, set, where));
            return {};
        });
    };
    EXPECT_EQ(code_of(users_->sign_in(attempt, "ann@x.co", password, count_then())), Code::login_password);
    EXPECT_EQ(proofs, 3);
    EXPECT_EQ(then_ran_, 0);
}

TEST_F(Identity, who_must_wait_too_long_for_a_hash_is_told_so) {
    crypto::HashPermits none{1, 0};
    users_.emplace(*storage, none, clock, random, crypto::HmacKey{bytes_of("k")}, PasswordPolicy{});
    const auto held = none.acquire();
    EXPECT_EQ(code_of(sign_in("nobody@x.co")), Code::overload_hash_full);
    EXPECT_EQ(code_of(sign_up("new@x.co")), Code::overload_hash_full);
    EXPECT_EQ(users_with("new@x.co"), 0U);
}

TEST_F(Identity, addresses_that_are_none_are_refused_before_any_hash) {
    const std::uint64_t before = crypto::hashes_done();
    for (const std::string_view address : {"", "ann", "ann@", "@x.co", "ann@x", "a b@x.co", "ann@x.co\n"}) {
        EXPECT_EQ(code_of(sign_in(address)), Code::email_malformed) << address;
    }
    EXPECT_EQ(crypto::hashes_done(), before);
}

/// What one refusal cost, by scheme.
struct Cost {
    std::uint64_t argon2id, scrypt, foreign = 0;
    static Cost now() {
        return {crypto::hashes_done(PasswordScheme::argon2id), crypto::hashes_done(PasswordScheme::better_auth_scrypt),
                crypto::hashes_done(PasswordScheme::foreign)};
    }
    Cost since(const Cost& before) const {
        return {argon2id - before.argon2id, scrypt - before.scrypt, foreign - before.foreign};
    }
    friend bool operator==(const Cost&, const Cost&) = default;
};
constexpr Cost one_argon2id{1, 0}, one_scrypt{0, 1}, one_foreign{0, 0, 1};

TEST_F(Identity, ENU_02_every_refusal_costs_one_hash_of_a_scheme_of_the_table) {
    const std::string argon2id = *crypto::hash_argon2id(password, random);
    const std::string scrypt = *crypto::hash_better_auth_scrypt(password, random);
    struct Case {
        std::string_view name;
        std::vector<std::string> stored;
        HashScheme policy;
        Cost cost;    // of a stranger, and of each wrong password
    };
    const Case cases[]{
        {"nobody yet, scrypt is used", {}, HashScheme::better_auth_scrypt, one_scrypt},
        {"nobody yet, Argon2id is used", {}, HashScheme::argon2id, one_argon2id},
        {"only scrypt, Argon2id is used", {scrypt, scrypt}, HashScheme::argon2id, one_scrypt},
        {"only Argon2id, scrypt is used", {argon2id, argon2id}, HashScheme::better_auth_scrypt, one_argon2id},
        {"only bcrypt, Argon2id is used", {bcrypt, bcrypt}, HashScheme::argon2id, one_foreign},
        {"only digests, Argon2id is used", {md5_digest, md5_digest}, HashScheme::argon2id, one_argon2id},
        {"only digests, scrypt is used", {md5_digest, md5_digest}, HashScheme::better_auth_scrypt, one_scrypt},
    };
    for (const Case& c : cases) {
        testing_support::Domain fresh;
        for (std::size_t i = 0; i < c.stored.size(); ++i) {
            const std::string id = "u" + std::to_string(i);
            fresh.add_user(id, id + "@x.co");
            fresh.add_credential(id, c.stored[i]);
        }
        fresh.add_user("federated", "federated@x.co");
        fresh.add_credential("federated", std::nullopt, "github");
        fresh.add_user("empty", "empty@x.co");
        fresh.add_credential("empty", std::nullopt);
        Users users{*fresh.storage,      permits_, fresh.clock, fresh.random, crypto::HmacKey{bytes_of("k")},
                    {.scheme = c.policy}};
        ASSERT_TRUE(users.count_hashes().ok());
        const std::pair<std::string_view, Code> refusals[]{{"stranger@x.co", Code::login_unknown},
                                                           {"federated@x.co", Code::login_no_credential},
                                                           {"empty@x.co", Code::login_no_credential}};
        for (const auto& [address, code] : refusals) {
            const Cost before = Cost::now();
            EXPECT_EQ(code_of(users.sign_in(attempt_, address, password, count_then())), code) << c.name;
            EXPECT_EQ(Cost::now().since(before), c.cost) << c.name << ": " << address;
        }
        for (std::size_t i = 0; i < c.stored.size(); ++i) {
            const Cost before = Cost::now();
            EXPECT_EQ(code_of(users.sign_in(attempt_, "u" + std::to_string(i) + "@x.co", "wrong wrong", count_then())),
                      Code::login_password);
            EXPECT_EQ(Cost::now().since(before), c.cost) << c.name;
        }
    }
}

TEST_F(Identity, ENU_02_an_unreadable_hash_costs_what_a_stranger_costs) {
    add_user("odd", "odd@x.co");
    add_credential("odd", "$2b$10$abcdefghijklmnopqrstuv");
    const Cost before = Cost::now();
    EXPECT_EQ(code_of(sign_in("odd@x.co")), Code::password_hash_unreadable);
    EXPECT_EQ(Cost::now().since(before), one_scrypt);
}

}    // namespace
}    // namespace countersign::identity
