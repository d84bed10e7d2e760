#include "guard/failure_limit.hpp"

#include "base/encoding.hpp"
#include "guard/retry_after.hpp"
#include "guard/session_caller.hpp"
#include "identity/outbox.hpp"
#include "identity/users.hpp"

namespace countersign::guard {
namespace {

constexpr Seconds network_wait{60}, longest_network_wait{3600};
constexpr Seconds account_wait{2}, longest_account_wait{900};
constexpr unsigned single_stop = 20;    // of one device or session: whoever took it has no more guesses than these
constexpr unsigned own_stop = 100;      // of whoever took many of one account
constexpr Seconds between_notices{86'400};
constexpr unsigned most_tries = 10;    // with one mailed token; people find a password that is taken sooner

Message stop_notice(std::string to, const std::string& site) {
    return {.at = {},
            .to = std::move(to),
            .kind = "sign-in-stopped",
            .subject = "Too many wrong passwords for your account",
            .text = "Somebody tried so many wrong passwords for your account at " + site +
                    " that it takes none any more, except from devices where you have signed in before. Nobody was let "
                    "in. To sign in elsewhere, ask for a new password there.",
            .url = {},
            .token = {},
            .otp = {}};
}

}    // namespace

/// Only networks have a window: whoever has taken a device or a session has no second lot of guesses.
FailureRules failure_rules(const FailureOptions& options) {
    const FailureRule network{.free = options.attempts,
                              .first_wait = network_wait,
                              .longest_wait = longest_network_wait,
                              .window = options.window};
    const FailureRule account{.free = options.attempts,
                              .first_wait = account_wait,
                              .longest_wait = longest_account_wait,
                              .stop = options.account_stop};
    const FailureRule single{.free = options.attempts,
                             .first_wait = network_wait,
                             .longest_wait = longest_network_wait,
                             .stop = std::max(single_stop, options.attempts)};
    const FailureRule own{
        .free = own_stop, .first_wait = account_wait, .longest_wait = longest_account_wait, .stop = own_stop};
    const FailureRule notice{.free = 1U, .first_wait = between_notices, .longest_wait = between_notices};
    const FailureRule recovery{
        .free = most_tries, .first_wait = Seconds{0}, .longest_wait = Seconds{0}, .stop = most_tries};
    return {network, account, single, single, own, recovery, notice};
}

FailureKey FailureLimit::key(Whose whose, std::span<const std::byte> name) const {
    Bytes text{static_cast<std::byte>(whose)};
    text.insert(text.end(), name.begin(), name.end());
    const crypto::Sha256 mac = key_.mac(text);
    FailureKey out{.whose = whose, .tag = {}};
    std::copy_n(mac.begin(), out.tag.size(), out.tag.begin());
    return out;
}

FailureKey FailureLimit::key(Whose whose, std::string_view name) const { return key(whose, bytes_of(name)); }

void FailureLimit::remember(http::Response& answer, const http::RequestView& request, std::string_view account) const {
    if (!is_off()) devices_.append(answer, request, account, clock_->now());
}

void FailureLimit::forgive(std::string_view account) const {
    if (is_off()) return;
    for (const Whose whose : {Whose::account, Whose::own}) {
        [[maybe_unused]] const Result<void> written = counts_->forgive(key(whose, account));
    }
}

Result<FailureLimit::Tries> FailureLimit::count_refused_with(std::string_view token) const {
    if (is_off()) return Tries::left;
    const FailureKey tries = key(Whose::recovery, token);
    CS_TRY([[maybe_unused]] const Standing before, counts_->add({&tries, 1}, {}, clock_->now()));
    CS_TRY(const Standing standing, counts_->look({&tries, 1}, clock_->now()));
    return standing.kind == Standing::Kind::stopped ? Tries::spent : Tries::left;
}

PasswordAttempt::PasswordAttempt(http::Exchange& x) : x_{&x}, limit_{&x.service<FailureLimit>()} {
    CS_ASSERT(x.endpoint->guess == http::Guess::password);
}

void FailureLimit::count_refusal(const Standing& standing) {
    const Whose whose = standing.whose == Whose::own ? Whose::account : standing.whose;
    const bool stopped = standing.kind == Standing::Kind::stopped;
    const std::size_t place = stopped ? refusers.size() - 1 : static_cast<std::size_t>(whose);
    CS_ASSERT(place < refusers.size());
    (*refused_)[place].fetch_add(1, std::memory_order_relaxed);
}

std::vector<FailureLimit::Refused> FailureLimit::refused() const {
    std::vector<Refused> out;
    out.reserve(refusers.size());
    for (std::size_t i = 0; i < refusers.size(); ++i)
        out.push_back({refusers[i], (*refused_)[i].load(std::memory_order_relaxed)});
    return out;
}

Result<void> PasswordAttempt::refuse_unless_open(const Standing& standing) {
    if (standing.kind == Standing::Kind::open) return {};
    limit_->count_refusal(standing);
    append_retry_after(*x_, standing.wait);
    const bool stopped = standing.kind == Standing::Kind::stopped;
    return fail(Code::login_limited, stopped ? "a new password, or a known device" : "fewer wrong passwords",
                standing.wait.count());
}

/// After a failure that was told. Known and unknown accounts cost the same statements, and whoever guesses learns from
/// neither (ENU-07, ENU-12).
Result<void> PasswordAttempt::tell_owner_of_stop(Instant now) {
    if (limit_->options_.notice == FailureOptions::Notice::off) return {};
    std::vector<FailureKey> stops;
    std::ranges::copy_if(deciding_, std::back_inserter(stops), [](const FailureKey& each) {
        return each.whose == Whose::account || each.whose == Whose::own;
    });
    CS_TRY(const Standing standing, limit_->counts_->look(stops, now));
    if (standing.kind != Standing::Kind::stopped) return {};
    const FailureKey told = limit_->key(Whose::notice, account_);
    CS_TRY(const Standing told_before, limit_->counts_->add({&told, 1}, {}, now));
    if (told_before.kind != Standing::Kind::open) return {};
    auto& outbox = x_->service<identity::Outbox>();
    CS_TRY(const std::optional<identity::User> owner, x_->service<identity::Users>().find_by_email(account_));
    return x_->service<storage::Storage>().transact([&](storage::Tx& tx) {
        Message mail = stop_notice(account_, limit_->options_.site);
        return owner ? outbox.put(tx, std::move(mail)) : outbox.put_nothing(tx, std::move(mail));
    });
}

/// From a known device only its own failures decide: nobody else can lock its owner out (ENU-08). When they are spent
/// it is a stranger's.
Result<void> PasswordAttempt::begin(std::string_view account) {
    if (limit_->is_off()) return {};
    account_ = account;
    const Instant now = limit_->clock_->now();
    const FailureKey network = limit_->key(Whose::network, x_->client_address());
    const FailureKey own = limit_->key(Whose::own, account);
    if (const std::optional<KnownAccount> known = limit_->devices_.find(x_->request(), account, now)) {
        deciding_ = {limit_->key(Whose::device, known->id), own};
        also_ = {network};
        forgiven_ = {own};
        CS_TRY(const Standing standing, limit_->counts_->look(deciding_, now));
        if (standing.kind != Standing::Kind::stopped) return refuse_unless_open(standing);
    }
    const FailureKey strangers = limit_->key(Whose::account, account);
    deciding_ = {network, strangers};
    also_.clear();
    forgiven_ = {strangers, own};
    CS_TRY(const Standing standing, limit_->counts_->look(deciding_, now));
    return refuse_unless_open(standing);
}

Result<void> PasswordAttempt::begin(const Actor& who) {
    if (limit_->is_off()) return {};
    const auto* caller = x_->caller_state<SessionState>();
    CS_ASSERT(caller != nullptr);
    account_ = caller->signed_in.user.email;
    deciding_ = {limit_->key(Whose::session, who.session().text()), limit_->key(Whose::own, account_)};
    also_ = {limit_->key(Whose::network, x_->client_address())};
    forgiven_ = deciding_;
    CS_TRY(const Standing standing, limit_->counts_->look(deciding_, limit_->clock_->now()));
    return refuse_unless_open(standing);
}

Result<void> PasswordAttempt::end(Outcome outcome) {
    if (limit_->is_off()) return {};
    CS_ASSERT(!deciding_.empty());
    const Instant now = limit_->clock_->now();
    if (outcome == Outcome::failed) {
        CS_TRY(const Standing standing, limit_->counts_->add(deciding_, also_, now));
        CS_CHECK(refuse_unless_open(standing));
        return tell_owner_of_stop(now);
    }
    CS_TRY(const Standing standing, limit_->counts_->look(deciding_, now));
    CS_CHECK(refuse_unless_open(standing));
    for (const FailureKey& each : forgiven_) CS_CHECK(limit_->counts_->forgive(each));
    return {};
}

}    // namespace countersign::guard
