#include "jose/remote_verifier.hpp"

namespace countersign::jose {
namespace {

constexpr Milliseconds wait_without_keys{key_fetch_time};    // for the caller that asks the issuer
constexpr Milliseconds wait_for_kid{1'000};

std::string_view text_of(const Secret& secret) {
    return {reinterpret_cast<const char*>(secret.reveal().data()), secret.reveal().size()};
}

/// Callers say what time it is; what they say has to leave room for calculating with it.
Instant bounded(Instant now) {
    constexpr std::int64_t year_9999 = 253'402'300'799;
    return std::clamp(now, Instant{}, Instant::from_unix(Seconds{year_9999}));
}

/// What a key that is not there yet may look like: another issuer may have the kid for another key.
bool may_lack_key(Code code) {
    return code == Code::token_kid_unknown || code == Code::token_alg_mismatch || code == Code::token_secret_mismatch;
}

/// As Verifier::make has it, but before there are keys.
Result<void> check_names(std::span<const Expect* const> issuers) {
    std::vector<std::string_view> names;
    for (const Expect* issuer : issuers) {
        if (issuer->is_ignored() && issuers.size() > 1)
            return fail(Code::policy_invalid, "named issuers, as there are several");
        if (issuer->is_ignored()) continue;
        for (const std::string& name : issuer->texts()) {
            if (std::ranges::find(names, name) != names.end())
                return fail(Code::policy_invalid, "one policy an issuer", name);
            names.push_back(name);
        }
    }
    return {};
}

}    // namespace

struct RemoteVerifier::State {
    struct Source {
        VerifyPolicy policy;
        OpenKeys open;
        std::optional<FixedKeys> fixed;
        // Of published keys. The place belongs to whoever has set in_flight; the rest is under the lock.
        std::optional<KeyPlace> place;
        RemoteTimes times;
        RemoteKeySet cache{RemoteTimes{}};
        bool in_flight = false;
        bool is_used = false;    // in the current generation
    };

    Fetch* fetch;
    Logger* log;
    std::vector<Source> sources;
    Generations generations;
    std::mutex lock;
    std::condition_variable landed;
    std::atomic<std::int64_t> quiet_from{0}, quiet_until{0};    // milliseconds; outside of it somebody has to look

    static Result<Source> source_of(IssuerWithKeys issuer);
    void report_relaxations() const;
    bool is_quiet(Instant now) const {
        return now.unix_ms() >= quiet_from.load(std::memory_order_acquire) &&
               now.unix_ms() < quiet_until.load(std::memory_order_acquire);
    }
    void attend(Need need, Instant now);
    void look(Source& source, Instant now, std::unique_lock<std::mutex>& held);
    /// Without the lock: whoever gets the events may verify a token with the same verifier.
    void report(const Source& source, const Result<KeyPlace::Published>& answer) const;
    void follow(Instant now);
    Result<void> rebuild(Instant now);
    /// `proof` may be null, and is used up with a token that is right only.
    Result<VerifiedToken> verify(std::string_view token, DpopProof* proof, Instant now);
    Result<VerifiedToken> verify_once(std::string_view token, DpopProof* proof, Instant now) const;
    bool lacks_key(const Result<VerifiedToken>& verified, std::string_view token) const;
    std::optional<AuthError> find_missing(Instant now);
};

RemoteVerifier::RemoteVerifier(std::unique_ptr<State> state) : state_{std::move(state)} {}
RemoteVerifier::RemoteVerifier(RemoteVerifier&&) noexcept = default;
RemoteVerifier& RemoteVerifier::operator=(RemoteVerifier&&) noexcept = default;
RemoteVerifier::~RemoteVerifier() = default;

Result<RemoteVerifier::State::Source> RemoteVerifier::State::source_of(IssuerWithKeys issuer) {
    CS_CHECK(issuer.policy.check());
    Source out{.policy = std::move(issuer.policy), .open = issuer.open};
    if (auto* fixed = std::get_if<FixedKeys>(&issuer.keys)) {
        out.fixed = std::move(*fixed);
        return out;
    }
    auto* published = std::get_if<PublishedKeys>(&issuer.keys);
    if (out.policy.algorithms->is_symmetric())
        return fail(Code::policy_invalid, "public keys, as they are published", out.policy.issuer->first());
    CS_CHECK(published->times.check());
    out.place = std::move(published->place);
    out.times = published->times;
    out.cache = RemoteKeySet{published->times};
    return out;
}

Result<RemoteVerifier> RemoteVerifier::make(std::vector<IssuerWithKeys> issuers, Fetch& fetch, Logger* log) {
    if (issuers.empty()) return fail(Code::policy_invalid, "at least one issuer");
    auto state = std::make_unique<State>();
    state->fetch = &fetch;
    state->log = log;
    std::vector<const Expect*> names;
    state->sources.reserve(issuers.size());    // so that they stay where they are
    for (IssuerWithKeys& one : issuers) {
        CS_TRY(State::Source source, State::source_of(std::move(one)));
        state->sources.push_back(std::move(source));
        names.push_back(&*state->sources.back().policy.issuer);
    }
    CS_CHECK(check_names(names));
    CS_CHECK(state->rebuild(Instant{}));
    state->report_relaxations();
    return RemoteVerifier{std::move(state)};
}

Result<VerifiedToken> RemoteVerifier::verify(std::string_view token, Instant now) {
    return state_->verify(token, nullptr, now);
}

Result<VerifiedToken> RemoteVerifier::verify_with_proof(std::string_view token, DpopProof proof, Instant now) {
    return state_->verify(token, &proof, now);
}

Result<VerifiedToken> RemoteVerifier::State::verify(std::string_view token, DpopProof* proof, Instant now) {
    if (!is_quiet(now)) attend(Need::fresh_keys, now);
    const std::uint64_t before = generations.use()->number;
    Result<VerifiedToken> verified = verify_once(token, proof, now);
    if (!lacks_key(verified, token)) return verified;
    attend(Need::unknown_kid, now);
    // The same keys would say the same.
    if (generations.use()->number != before) verified = verify_once(token, proof, now);
    if (verified.ok() || verified.error().code() != Code::token_kid_unknown) return verified;
    const std::optional<AuthError> missing = find_missing(now);
    if (missing) return fail(missing->shown_as(Public::unauthorized));
    return verified;
}

Generations::Use RemoteVerifier::use(Instant now) {
    if (!state_->is_quiet(now)) state_->attend(Need::fresh_keys, now);
    return state_->generations.use();
}

Result<void> RemoteVerifier::prepare(Instant now) {
    state_->attend(Need::fresh_keys, now);
    const std::optional<AuthError> missing = state_->find_missing(now);
    if (missing) return fail(*missing);
    return {};
}

Result<VerifiedToken> RemoteVerifier::State::verify_once(std::string_view token, DpopProof* proof, Instant now) const {
    const Generations::Use use = generations.use();
    if (!use->verifier) return fail(AuthError{Code::token_kid_unknown}.shown_as(Public::unauthorized));
    if (proof != nullptr) return use->verifier->verify_with_proof(token, std::move(*proof), now);
    return use->verifier->verify(token, now);
}

bool RemoteVerifier::State::lacks_key(const Result<VerifiedToken>& verified, std::string_view token) const {
    if (verified.ok() || !may_lack_key(verified.error().code())) return false;
    if (verified.error().code() == Code::token_kid_unknown) return true;
    if (sources.size() == 1) return false;
    const Generations::Use use = generations.use();
    return use->verifier && use->verifier->lacks_kid_of(token);
}

std::optional<AuthError> RemoteVerifier::State::find_missing(Instant now) {
    now = bounded(now);
    const std::lock_guard held{lock};
    for (const Source& source : sources) {
        if (source.place && source.cache.find_usable(now) == nullptr) return source.cache.why_unusable(now);
    }
    return std::nullopt;
}

/// Whoever comes while another asks goes on with the keys that are there, and waits only if they cannot serve it.
void RemoteVerifier::State::attend(Need need, Instant now) {
    now = bounded(now);
    std::unique_lock held{lock};
    follow(now);    // before anything else, so that keys that are too old are gone
    for (Source& source : sources) {
        if (!source.place) continue;
        if (source.in_flight) {
            const bool without = source.cache.find_usable(now) == nullptr;
            if (!without && need == Need::fresh_keys) continue;
            landed.wait_for(held, without ? wait_without_keys : wait_for_kid, [&] { return !source.in_flight; });
        } else if (source.cache.is_due(need, now)) {
            look(source, now, held);
        }
    }
}

void RemoteVerifier::State::look(Source& source, Instant now, std::unique_lock<std::mutex>& held) {
    struct Flight {
        State& state;
        Source& source;
        std::unique_lock<std::mutex>& held;
        ~Flight() {    // also if memory ran out on the way
            if (!held.owns_lock()) held.lock();
            source.in_flight = false;
            state.landed.notify_all();
        }
    };
    source.in_flight = true;
    const Flight flight{*this, source, held};
    source.cache.begin(now);
    follow(now);
    held.unlock();
    auto answer = source.place->load(
        *fetch, {.permitted = source.policy.algorithms, .open = source.open, .times = source.times}, now);
    report(source, answer);
    held.lock();
    if (source.cache.finish(std::move(answer), now) == RemoteKeySet::Change::other_keys) source.is_used = false;
    follow(now);
}

void RemoteVerifier::State::report_relaxations() const {
    for (const Source& source : sources) {
        if (log == nullptr || !source.place || !source.place->plain_http()) continue;
        log->event(Level::warn, "jwks.plain_http",
                   {{"place", source.place->recordable_text()}, {"reason", *source.place->plain_http()->reason}});
    }
}

void RemoteVerifier::State::report(const Source& source, const Result<KeyPlace::Published>& answer) const {
    if (log == nullptr) return;
    const std::string place = source.place->recordable_text();
    if (!answer.ok()) {
        // A private key in public is not a failed fetch: somebody has to act.
        const bool alarm = answer.error().code() == Code::key_private_in_public_set;
        log->event(alarm ? Level::error : Level::warn, alarm ? "jwks.alarm" : "jwks.refused",
                   {{"place", place}, {"cause", answer.error().label()}, {"detail", answer.error().detail()}});
        return;
    }
    log->event(Level::info, "jwks.fetched", {{"place", place}, {"life_s", answer->life.count()}});
    for (const PassedOver& entry : answer->passed_over) {
        log->event(Level::warn, "jwks.key_not_used",
                   {{"place", place},
                    {"entry", static_cast<std::int64_t>(entry.index)},
                    {"cause", entry.reason.label()},
                    {"detail", entry.reason.detail()}});
    }
}

/// Makes the current generation what the sets say, and notes when to look again.
void RemoteVerifier::State::follow(Instant now) {
    const bool as_it_was = std::ranges::all_of(sources, [&](const Source& source) {
        return !source.place || source.is_used == (source.cache.find_usable(now) != nullptr);
    });
    if (!as_it_was) {
        if (const auto built = rebuild(now); !built.ok()) generations.replace(std::nullopt);
    }
    Instant from = Instant::from_unix_ms(std::numeric_limits<std::int64_t>::min());
    Instant until = Instant::from_unix_ms(std::numeric_limits<std::int64_t>::max());
    for (const Source& source : sources) {
        if (!source.place) continue;
        const RemoteKeySet::Quiet quiet = source.cache.quiet(now);
        from = std::max(from, quiet.from);
        until = std::min(until, quiet.until);
    }
    quiet_from.store(from.unix_ms(), std::memory_order_release);
    quiet_until.store(until.unix_ms(), std::memory_order_release);
}

/// Keys are read again for each generation: they cannot be copied, and a change is rare.
Result<void> RemoteVerifier::State::rebuild(Instant now) {
    std::vector<TrustedIssuer> issuers;
    for (Source& source : sources) {
        const std::string* published = source.place ? source.cache.find_usable(now) : nullptr;
        source.is_used = published != nullptr;
        if (source.place && published == nullptr) continue;
        const std::string_view text = published != nullptr ? std::string_view{*published} : text_of(source.fixed->text);
        CS_TRY(KeySet keys, KeySet::parse(text, source.policy.algorithms, source.open));
        issuers.push_back({.policy = source.policy, .keys = std::move(keys)});
    }
    if (issuers.empty()) {
        generations.replace(std::nullopt);
        return {};
    }
    CS_TRY(Verifier verifier, Verifier::make(std::move(issuers)));
    generations.replace(std::move(verifier));
    return {};
}

}    // namespace countersign::jose
