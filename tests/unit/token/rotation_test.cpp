// When the next key is made, which one signs, and that nobody who caches the key set ever meets a token of a key that
// is not in it.
#include <deque>
#include <random>

#include "jose/verifier.hpp"
#include "support/database.hpp"
#include "unit/token/rig.hpp"

namespace countersign::token {
namespace {

constexpr KeyOptions daily{.rotation_interval = day, .publish_ahead = hour, .grace_period = 2 * day};

/// A key as a row of a table test: letters are algorithms, times count from noon.
struct Made {
    std::string id;
    Milliseconds created;
    std::optional<Milliseconds> expires = std::nullopt;
    jose::Alg alg = jose::Alg::eddsa_ed25519;
};

KeyRing ring_of(const std::vector<Made>& made, const KeyOptions& options, Milliseconds now) {
    std::vector<StoredKey> keys;
    for (const Made& one : made) {
        keys.push_back({.id = KeyId{one.id},
                        .public_jwk = {},
                        .sealed_private = {},
                        .created_at = noon + one.created,
                        .expires_at = one.expires ? std::optional{noon + *one.expires} : std::nullopt,
                        .algorithm = std::string{jose::row_of(one.alg).name},
                        .curve = {},
                        .alg = one.alg});
    }
    return {std::move(keys), options, noon + now};
}

std::string words(const KeyRing& ring) {
    std::string out;
    for (const StoredKey& key : ring.keys())
        out += key.id.text() + "=" + std::string{name_of(ring.state_of(key))} + " ";
    return out + (ring.next() == Next::wanted ? "next" : "-");
}

TEST(KeyRing, KEY_06_states_follow_from_the_columns) {
    const KeyOptions native = daily;
    KeyOptions kept = daily, never = daily;
    kept.others = OtherAlgorithms::kept;
    never.rotation_interval = Seconds{0};
    constexpr auto es = jose::Alg::es256;
    constexpr Milliseconds ms{1};
    struct Case {
        std::string_view name;
        std::vector<Made> keys;
        KeyOptions options;
        Milliseconds now;
        std::string expected;
    };
    const Case cases[]{
        {"no key", {}, native, day, "next"},
        {"the first key signs at once", {{"a", day, 2 * day}}, native, day, "a=signing -"},
        {"just before the next is due", {{"a", day, 2 * day}}, native, 2 * day - hour - ms, "a=signing -"},
        {"the next is due", {{"a", day, 2 * day}}, native, 2 * day - hour, "a=signing next"},
        {"and waits",
         {{"a", day, 2 * day}, {"b", 2 * day - hour, 3 * day}},
         native,
         2 * day - ms,
         "a=signing b=published -"},
        {"and takes over",
         {{"a", day, 2 * day}, {"b", 2 * day - hour, 3 * day}},
         native,
         2 * day,
         "a=retiring b=signing -"},
        {"it was made late and takes over all the same",
         {{"a", day, 2 * day}, {"b", 2 * day - minute, 3 * day}},
         native,
         2 * day,
         "a=retiring b=signing -"},
        {"the end of the grace period",
         {{"a", day, 2 * day}, {"b", 2 * day - hour, 9 * day}},
         native,
         4 * day - ms,
         "a=retiring b=signing -"},
        {"and after it",
         {{"a", day, 2 * day}, {"b", 2 * day - hour, 9 * day}},
         native,
         4 * day,
         "a=retired b=signing -"},
        {"all are expired", {{"a", day, 2 * day}}, native, 2 * day, "a=retiring next"},
        {"rotation was configured later", {{"a", Milliseconds{0}}}, native, 2 * day, "a=signing next"},
        {"and its next key waits",
         {{"a", Milliseconds{0}, 2 * day + hour}, {"b", 2 * day, 9 * day}},
         native,
         2 * day,
         "a=signing b=published -"},
        {"without rotation", {{"a", Milliseconds{0}}}, never, 400 * day, "a=signing -"},
        {"two of one moment", {{"b", day, 9 * day}, {"a", day, 9 * day}}, native, day, "a=signing b=published -"},
        {"native replaces another algorithm", {{"a", day, std::nullopt, es}}, native, 2 * day, "a=signing next"},
        {"after publishing its own",
         {{"a", day, 2 * day + hour, es}, {"b", 2 * day, 9 * day}},
         native,
         2 * day,
         "a=signing b=published -"},
        {"which then signs",
         {{"a", day, 2 * day + hour, es}, {"b", 2 * day, 9 * day}},
         native,
         2 * day + hour,
         "a=retiring b=signing -"},
        {"Better Auth goes on with another", {{"a", day, 9 * day, es}}, kept, 2 * day, "a=signing -"},
        {"until there is one",
         {{"a", day, 9 * day, es}, {"b", 2 * day, 9 * day}},
         kept,
         2 * day,
         "a=signing b=published -"},
        {"that is published",
         {{"a", day, 9 * day, es}, {"b", 2 * day, 9 * day}},
         kept,
         2 * day + hour,
         "a=retiring b=signing -"},
        {"a neighbour made a newer one",
         {{"a", day, 9 * day}, {"b", 2 * day, 9 * day + ms}},
         native,
         3 * day,
         "a=retiring b=signing -"},
        {"a clock that is set back", {{"a", 2 * day, 3 * day}}, native, day, "a=signing -"},
    };
    for (const Case& c : cases) EXPECT_EQ(words(ring_of(c.keys, c.options, c.now)), c.expected) << c.name;
}

TEST(KeyRing, KEY_06_a_key_that_is_made_is_never_due_again_at_once) {
    std::mt19937 dice{7};
    const auto up_to = [&](int most) { return std::uniform_int_distribution{0, most}(dice); };
    for (int run = 0; run < 2000; ++run) {
        KeyOptions options{.rotation_interval = minute * up_to(3),
                           .publish_ahead = minute * up_to(5),
                           .grace_period = minute * up_to(3)};
        options.others = up_to(1) == 0 ? OtherAlgorithms::kept : OtherAlgorithms::replaced;
        std::vector<Made> keys;
        for (int i = up_to(4); i > 0; --i) {
            Made made{"k" + std::to_string(i), minute * (up_to(20) - 10)};
            if (up_to(1) == 0) made.expires = made.created + minute * up_to(20);
            if (up_to(3) == 0) made.alg = jose::Alg::es256;
            keys.push_back(made);
        }
        const auto when = up_to(1) == 0 ? Takeover::at_once : Takeover::when_published;
        const Milliseconds now{0};
        const KeyRing before = ring_of(keys, options, now);
        if (before.successor() != nullptr && when == Takeover::when_published) continue;
        // As SigningKeys::put does.
        std::vector<Made> after = keys;
        for (const StoredKey* old : before.replaced(when)) {
            std::ranges::find(after, old->id.text(), &Made::id)->expires = before.takeover(when) - noon;
        }
        Milliseconds created = now;
        if (!before.keys().empty())
            created = std::max(created, before.keys().back().created_at - noon + Milliseconds{1});
        const auto end = before.end_of_next(when);
        after.push_back({"new", created, end ? std::optional{*end - noon} : std::nullopt});
        const KeyRing ring = ring_of(after, options, now);
        EXPECT_EQ(ring.next(), Next::not_yet) << run << " " << words(before) << " -> " << words(ring);
        ASSERT_NE(ring.signer(), nullptr) << run;
        if (when == Takeover::at_once) EXPECT_EQ(ring.signer()->id.text(), "new") << run << words(before);
    }
}

TEST_F(Tokens, KEY_06_the_next_key_is_shown_before_it_signs_and_the_last_one_after) {
    use(daily);
    const std::string first = kid();
    EXPECT_EQ(std::get<Instant>(key_rows()[0][4]), noon + day);

    clock.set(noon + day - hour - Milliseconds{1});
    EXPECT_EQ(published_ids(), std::vector{first});
    clock.set(noon + day - hour);
    EXPECT_EQ(keys_->published(Effort::small).value_or("an error"), std::nullopt);    // a write
    EXPECT_EQ(issuer_->issue(who_, std::nullopt, Effort::small).value_or("an error"), std::nullopt);
    EXPECT_EQ(kid(), first);
    const std::string second = column(0, "id");
    EXPECT_EQ(published_ids(), (std::vector{first, second}));
    EXPECT_EQ(std::get<Instant>(key_rows()[0][4]), noon + 2 * day);

    clock.set(noon + day - Milliseconds{1});
    EXPECT_EQ(kid(), first);
    clock.set(noon + day);
    EXPECT_EQ(kid(), second);
    EXPECT_EQ(published_ids(), (std::vector{first, second}));
    clock.set(noon + 3 * day);
    EXPECT_FALSE(key_set().contains(first));
    EXPECT_EQ(key_rows().size(), 3U);    // hidden, not deleted
}

TEST_F(Tokens, a_kept_token_is_not_given_out_once_its_key_has_expired) {
    use({.rotation_interval = minute, .grace_period = Seconds{0}});
    const std::string first = issue();
    clock.advance(minute);
    const std::string second = issue();
    EXPECT_NE(member(parts_of(second).header, "kid"), member(parts_of(first).header, "kid"));
}

TEST_F(Tokens, without_rotation_a_key_has_no_end) {
    issue();
    EXPECT_EQ(key_rows()[0][4], storage::Value{});
    clock.advance(1000 * day);
    issue();
    EXPECT_EQ(key_rows().size(), 1U);
}

TEST_F(Tokens, keys_of_other_algorithms_are_shown_and_sign_only_where_Better_Auth_would_let_them) {
    const Pair pair = make_pair(random, jose::Alg::es256);
    const storage::Row row{"other", pair.public_jwk, pair.private_jwk, clock.now(), {}, "ES256", "P-256"};
    for (const OtherAlgorithms others : {OtherAlgorithms::replaced, OtherAlgorithms::kept}) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        clock.set(noon);
        use({.publish_ahead = hour, .grace_period = day, .others = others});
        add_row(row);
        EXPECT_EQ(kid(), "other");
        const bool replaced = others == OtherAlgorithms::replaced;
        EXPECT_EQ(published_ids().size(), replaced ? 2U : 1U);
        clock.advance(hour);
        EXPECT_EQ(kid() != "other", replaced);
        EXPECT_EQ(published_ids().front(), "other");
    }
}

TEST_F(Tokens, a_row_without_algorithm_is_of_the_configured_one) {
    const Pair pair = make_pair(random, jose::Alg::es256);
    add_row({"old", pair.public_jwk, pair.private_jwk, clock.now(), {}, {}, {}});
    use({.algorithm = jose::Alg::es256});
    EXPECT_EQ(member(parts_of(issue()).header, "alg"), "ES256");
    EXPECT_EQ(kid(), "old");
}

TEST_F(Tokens, rotation_by_hand_waits_or_takes_over_at_once) {
    use({.publish_ahead = hour, .grace_period = day});
    const std::string first = kid();
    const auto waiting = keys_->rotate(Takeover::when_published);
    ASSERT_TRUE(waiting.ok());
    EXPECT_EQ(waiting->made, SigningKeys::Rotation::Made::now);
    EXPECT_EQ(waiting->takeover, noon + hour);
    const auto again = keys_->rotate(Takeover::when_published);
    EXPECT_EQ(again->made, SigningKeys::Rotation::Made::before);
    EXPECT_EQ(again->key.id, waiting->key.id);
    EXPECT_EQ(kid(), first);
    const auto urgent = keys_->rotate(Takeover::at_once);
    ASSERT_TRUE(urgent.ok());
    EXPECT_EQ(urgent->made, SigningKeys::Rotation::Made::now);
    EXPECT_EQ(urgent->takeover, clock.now());
    EXPECT_EQ(kid(), urgent->key.id.text());
    EXPECT_EQ(published_ids().size(), 3U);    // what the others have signed is still verified
    clock.advance(2 * day);
    EXPECT_EQ(published_ids(), std::vector{urgent->key.id.text()});
}

TEST_F(Tokens, a_next_key_that_cannot_be_made_is_no_reason_not_to_sign) {
    const testing_support::TemporaryFolder folder;
    storage = *storage::open_sqlite({.path = folder.file("keys.db")});
    static constexpr const storage::Table* tables[]{&storage::jwks_table};
    ASSERT_TRUE(storage->migrate(tables).ok());
    use(daily);
    const std::string first = kid();
    testing_support::PlainDatabase neighbour{folder.file("keys.db")};
    neighbour.run("create trigger full before insert on jwks begin select raise(abort, 'full'); end");
    clock.set(noon + day - hour);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(kid(), first);
    const auto failures = [&] {
        const std::string text = log_.text();
        std::size_t count = 0;
        for (std::size_t at = text.find("not_made"); at != std::string::npos; at = text.find("not_made", at + 1))
            ++count;
        return count;
    };
    EXPECT_EQ(failures(), 1U);    // it is not tried anew with each token
    clock.advance(minute);
    EXPECT_EQ(kid(), first);
    EXPECT_EQ(failures(), 2U);
    clock.set(noon + day);    // there is no key any more
    EXPECT_FALSE(ask().ok());
    neighbour.run("drop trigger full");
    EXPECT_NE(kid(), first);
}

/// Somebody who verifies, keeps the key set for a while, and never asks again because of an unknown key.
class Caching {
  public:
    explicit Caching(Milliseconds keep) : keep_{keep} {}
    void look(const std::function<std::string()>& fetch, const std::string& issuer, Instant now) {
        if (verifier_ && now < fetched_ + keep_) return;
        fetched_ = now;
        const jose::Algorithms all{jose::Alg::eddsa_ed25519, jose::Alg::es256};
        std::vector<jose::TrustedIssuer> issuers;
        issuers.push_back({{.issuer = jose::Expect::exactly(issuer),
                            .audience = jose::Expect::exactly("https://api.example"),
                            .type = jose::Expect::ignored("both profiles are simulated"),
                            .algorithms = all},
                           *jose::KeySet::parse(fetch(), all)});
        verifier_.emplace(*jose::Verifier::make(std::move(issuers)));
    }
    bool refuses(const std::string& token, Instant now) const { return !verifier_->verify(token, now).ok(); }

  private:
    Milliseconds keep_;
    Instant fetched_;
    std::optional<jose::Verifier> verifier_;
};

Instant end_of(const std::string& token) {
    return Instant::from_unix(Seconds{*json::parse(parts_of(token).claims)->find("exp")->as_integer()});
}

struct Simulated {
    std::size_t checks = 0, refusals = 0, keys = 0;
};

/// Thirty days with quiet hours, a rotation by hand, and in between an algorithm that changes.
class Month : public Tokens {
  protected:
    Simulated run(TokenProfile profile, OtherAlgorithms others, Seconds ahead, unsigned seed) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        clock.set(noon);
        KeyOptions options{.rotation_interval = day, .publish_ahead = ahead, .grace_period = 5 * minute};
        options.others = others;
        use(options, profile);
        constexpr Milliseconds cached = 15 * minute;
        std::array apis{Caching{cached}, Caching{cached}, Caching{cached}};
        std::mt19937 dice{seed};
        std::deque<std::pair<Instant, std::string>> alive;
        Simulated seen;
        bool changed = false;
        int by_hand = 0;
        while (clock.now() < noon + 30 * day) {
            const bool quiet = dice() % 50 == 0;
            clock.advance(Seconds{quiet ? dice() % 100'000 : dice() % 300 + 1});
            if (!changed && clock.now() > noon + 12 * day) {
                changed = true;
                options.algorithm = jose::Alg::es256;
                use(options, profile);
            }
            if (by_hand < 3 && clock.now() > noon + (5 + 7 * by_hand) * day) {
                ++by_hand;
                EXPECT_TRUE(keys_->rotate(Takeover::when_published).ok());
            }
            const std::string token = issue();    // or the last one again
            alive.emplace_back(end_of(token), token);
            while (alive.front().first <= clock.now()) alive.pop_front();
            for (Caching& api : apis) {
                if (dice() % 3 == 0) continue;    // not every API is asked each time
                api.look([&] { return key_set(); }, options_.issuer, clock.now());
                for (const auto& [end, issued] : alive) {
                    ++seen.checks;
                    seen.refusals += api.refuses(issued, clock.now()) ? 1 : 0;
                }
            }
        }
        seen.keys = key_rows().size();
        return seen;
    }
};

TEST_F(Month, KEY_06_thirty_days_of_rotation_cause_no_false_refusal) {
    struct Rules {
        std::string_view name;
        TokenProfile profile;
        OtherAlgorithms others;
    };
    const Rules both[]{{"native", TokenProfile::access, OtherAlgorithms::replaced},
                       {"better-auth", TokenProfile::session_jwt, OtherAlgorithms::kept}};
    for (const Rules& rules : both) {
        for (const unsigned seed : {1U, 2U}) {
            const Simulated seen = run(rules.profile, rules.others, hour, seed);
            EXPECT_EQ(seen.refusals, 0U) << rules.name << ", seed " << seed;
            EXPECT_GT(seen.checks, 5000U) << rules.name;
            EXPECT_GT(seen.keys, 15U) << rules.name;
        }
    }
    // The same month without publishing ahead, as Better Auth has it: the simulation does notice.
    EXPECT_GT(run(TokenProfile::access, OtherAlgorithms::replaced, Seconds{0}, 1).refusals, 0U);
}

}    // namespace
}    // namespace countersign::token
