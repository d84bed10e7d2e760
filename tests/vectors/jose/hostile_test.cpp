// Hostile tokens, where the corpus is at hand: nothing but its controls is accepted. The project's own corpus is in
// tests/unit/jose.
#include <map>

#include "jose/policy_file.hpp"
#include "jose/verifier.hpp"
#include "vectors/jose/files.hpp"

namespace countersign::jose {
namespace {

class Hostile : public testing::Test {
  protected:
    void SetUp() override {
        auto read = read_vectors("/../shared/vectors/jwt_hostile/profile.json");
        if (!read) GTEST_SKIP() << "not at hand";
        profile = *std::move(read);
    }
    Result<Verifier> verifier(const std::string& set, const json::Value& row) {
        CS_TRY(PolicyFile file, parse_policy(*profile.find("profile")));
        now = *file.now;
        VerifyPolicy& policy = file.issuers.front().policy;
        if (set.starts_with("hs")) policy.algorithms = Algorithms{Alg::hs256};
        if (const json::Value* leeway = row.find("leeway")) policy.leeway = Seconds{*leeway->as_integer()};
        if (const json::Value* life = row.find("max_lifetime")) policy.max_lifetime = Seconds{*life->as_integer()};
        // rs-1 names no algorithm and its tokens use two: the profile asks for both.
        CS_TRY(KeySet keys,
               KeySet::read(*profile.find("keysets")->find(set), *policy.algorithms, OpenKeys::one_for_each_algorithm));
        std::vector<TrustedIssuer> issuers;
        issuers.push_back({std::move(policy), std::move(keys)});
        return Verifier::make(std::move(issuers));
    }
    json::Value profile;
    Instant now;
};

TEST_F(Hostile, TOK_01_TOK_02_TOK_04_TOK_06_TOK_07_TOK_15_TOK_27_only_the_controls_are_accepted) {
    std::map<std::string, int> classes;
    for (const json::Value& row : read_lines("/../shared/vectors/jwt_hostile/cases.jsonl")) {
        const std::string id = text(row, "id"), set = row.find("keyset") == nullptr ? "shared" : text(row, "keyset");
        const auto made = verifier(set, row);
        if (!made.ok()) {
            EXPECT_EQ(set, "hs-short") << id << made.error().detail();
            continue;
        }
        ++classes[text(row, "class")];
        const auto verified = made->verify(text(row, "token"), now);
        EXPECT_EQ(verified.ok(), text(row, "expect") == "valid")
            << id << ": " << (verified.ok() ? "accepted" : verified.error().detail());
        if (!verified.ok()) EXPECT_EQ(verified.error().face().id, Public::unauthorized) << id;
        if (verified.ok() && row.find("expect_sub") != nullptr) EXPECT_EQ(verified->subject(), text(row, "expect_sub"));
        // Once more: the header is known now, and nothing may change by that.
        EXPECT_EQ(made->verify(text(row, "token"), now).ok(), verified.ok()) << id;
    }
    EXPECT_GE(classes.size(), 13U);
}

TEST_F(Hostile, TOK_05_a_short_secret_is_refused_when_it_is_loaded) {
    const auto made = verifier("hs-short", json::Value{json::Object{}});
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code(), Code::secret_too_short);
}

TEST_F(Hostile, TOK_03_a_key_that_fits_two_algorithms_is_refused_unless_asked_for) {
    const auto keys = KeySet::read(*profile.find("keysets")->find("shared"), Algorithms{Alg::rs256, Alg::ps256});
    ASSERT_FALSE(keys.ok());
    EXPECT_EQ(keys.error().code(), Code::key_alg_ambiguous);
}

}    // namespace
}    // namespace countersign::jose
