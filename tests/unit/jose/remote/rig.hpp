// An issuer that publishes keys, as Fetch sees it, and tokens that it signed.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>

#include "jose/remote_verifier.hpp"
#include "unit/jose/rig.hpp"

namespace countersign::jose {

inline const std::string keys_url = "https://id.test/keys";

inline FetchResponse json_answer(std::string body, std::string cache = "max-age=600") {
    return {.status = 200,
            .headers = {{"Content-Type", "application/json"}, {"cache-control", std::move(cache)}},
            .body = std::move(body)};
}

inline std::string set_of(std::initializer_list<const Rig*> rigs) {
    std::string out = R"({"keys":[)";
    for (const Rig* rig : rigs) out += (out.ends_with('[') ? "" : ",") + *rig->jwk().write_public();
    return out + "]}";
}

/// Answers by URL; counts; can be made to hold an answer back.
class ScriptedFetch final : public Fetch {
  public:
    Result<FetchResponse> fetch(const FetchRequest& ask) override {
        std::unique_lock held{lock_};
        asked_.push_back(ask);
        changed_.notify_all();
        changed_.wait(held, [&] { return !held_back_; });
        const auto found = answers_.find(ask.url);
        if (found == answers_.end()) return fail(Code::fetch_failed, "a server", ask.url);
        return found->second;
    }
    void answer(const std::string& url, Result<FetchResponse> with) {
        const std::lock_guard held{lock_};
        answers_.insert_or_assign(url, std::move(with));
    }
    void hold_back() {
        const std::lock_guard held{lock_};
        held_back_ = true;
    }
    void let_go() {
        const std::lock_guard held{lock_};
        held_back_ = false;
        changed_.notify_all();
    }
    void wait_for_asks(std::size_t count) {
        std::unique_lock held{lock_};
        changed_.wait(held, [&] { return asked_.size() >= count; });
    }
    std::size_t count() const {
        const std::lock_guard held{lock_};
        return asked_.size();
    }
    FetchRequest asked(std::size_t at) const {
        const std::lock_guard held{lock_};
        return asked_.at(at);
    }

  private:
    mutable std::mutex lock_;
    std::condition_variable changed_;
    std::map<std::string, Result<FetchResponse>> answers_;
    std::vector<FetchRequest> asked_;
    bool held_back_ = false;
};

/// The names of the events, in order.
class Events final : public Logger {
  public:
    void event(Level level, std::string_view name, std::initializer_list<LogField> /*fields*/) override {
        const std::lock_guard held{lock_};
        names_.emplace_back(name);
        worst_ = std::max(worst_, level);
    }
    bool has(std::string_view name) const {
        const std::lock_guard held{lock_};
        return std::ranges::find(names_, name) != names_.end();
    }
    Level worst() const { return worst_; }

  private:
    mutable std::mutex lock_;
    std::vector<std::string> names_;
    Level worst_ = Level::info;
};

inline VerifyPolicy policy_of(std::string issuer, Alg alg = Alg::es256) {
    return {.issuer = Expect::exactly(std::move(issuer)),
            .audience = Expect::exactly("https://api.test"),
            .type = Expect::exactly("at+jwt"),
            .algorithms = Algorithms{alg},
            .max_lifetime = Seconds{1'000'000'000}};
}

inline IssuerWithKeys published(RemoteTimes times = {}) {
    return {.policy = policy_of("https://id.test"),
            .keys = PublishedKeys{.place = *KeyPlace::key_set(keys_url), .times = times}};
}

inline RemoteVerifier follow(Fetch& fetch, Logger* log = nullptr, RemoteTimes times = {}) {
    std::vector<IssuerWithKeys> issuers;
    issuers.push_back(published(times));
    return *RemoteVerifier::make(std::move(issuers), fetch, log);
}

/// A token that is good for the whole test, whatever the clock says.
inline std::string lasting(const Rig& rig, std::string_view issuer = "https://id.test") {
    return rig.sign(rig.header(),
                    R"({"iss":")" + std::string{issuer} +
                        R"(","aud":"https://api.test","sub":"user-a","iat":1700000000,"exp":1900000000})");
}

}    // namespace countersign::jose
