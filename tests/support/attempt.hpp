// An attempt without limits: it remembers what it was asked, and refuses where a test says so.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "identity/attempt.hpp"

namespace countersign::testing_support {

class StepAttempt final : public identity::Attempt {
  public:
    Result<void> begin(std::string_view account) override { return step("begin " + std::string{account}); }
    Result<void> begin(const Actor& who) override { return step("begin of " + who.user().text()); }
    Result<void> end(Outcome outcome) override { return step(outcome == Outcome::failed ? "failed" : "proved"); }

    std::vector<std::string> steps;
    std::string refuse_at;    // first word of a step

  private:
    Result<void> step(const std::string& name) {
        steps.push_back(name);
        if (name.substr(0, name.find(' ')) == refuse_at) return fail(Code::login_limited);
        return {};
    }
};

/// Does something between a proof and what follows it.
class AttemptWithCallback final : public identity::Attempt {
  public:
    Result<void> begin(std::string_view) override { return {}; }
    Result<void> begin(const Actor&) override { return {}; }
    Result<void> end(Outcome outcome) override {
        if (outcome == Outcome::proved) after_proof();
        return {};
    }
    std::function<void()> after_proof;
};

}    // namespace countersign::testing_support
