// One request on its way through the engine: what came, who asks, what goes back.
#pragma once

#include <memory>
#include <optional>

#include "base/actor.hpp"
#include "base/json.hpp"
#include "base/services.hpp"
#include "http/endpoint.hpp"

namespace countersign::http {

/// What the session look-up found, beyond the Actor: session/ derives from it, handlers cast it back.
struct CallerState {
    virtual ~CallerState() = default;
};

class Exchange {
  public:
    Exchange(const RequestView& request, const Services& services, Reference reference, Instant now)
        : request_{request},
          services_{&services},
          reference_{std::move(reference)},
          now_{now} {}

    const RequestView& request() const { return request_; }
    const Services& services() const { return *services_; }
    template <class T>
    T& service() const {
        return services_->get<T>();
    }
    const Reference& reference() const { return reference_; }
    Instant now() const { return now_; }    // read once per loop turn
    Lane lane() const { return lane_; }

    /// Validated parameters: JSON or form body (an object, or null without body) and decoded query.
    const json::Value& body() const { return body_; }
    std::optional<std::string_view> text(std::string_view field) const;    // string member of the body
    std::optional<std::string_view> query(std::string_view field) const;
    /// What the path has where the row says `:name`, as sent; empty for other rows.
    std::string_view parameter() const { return parameter_; }
    /// Absent unless the body has this boolean.
    std::optional<bool> flag(std::string_view field) const;

    /// Set before the handler for every row whose caller is `session` or stricter.
    const Actor& actor() const { return *actor_; }
    bool has_actor() const { return actor_.has_value(); }
    template <class State>
    const State* caller_state() const {
        return static_cast<const State*>(caller_state_.get());
    }
    /// Why there is no actor, if a cookie was sent.
    const std::optional<AuthError>& caller_refusal() const { return caller_refusal_; }
    /// The client's address: the socket peer, or what a listed proxy says (ENU-09).
    const std::string& client_address() const { return client_address_; }
    /// Headers and cookies that an earlier step (look-up, hooks) wants on the answer, whatever it is.
    Response& extra() { return extra_; }

    // The engine's side.
    const Endpoint* endpoint = nullptr;
    Response answer;
    std::optional<Response> made;    // by the handler, while hooks have still to run
    std::size_t hooks_done = 0;

    void set_lane(Lane lane) { lane_ = lane; }
    void set_body(json::Value body) { body_ = std::move(body); }
    void set_query(std::vector<std::pair<std::string, std::string>> query) { query_ = std::move(query); }
    void set_caller(Actor actor, std::unique_ptr<CallerState> state) {
        actor_.emplace(std::move(actor));
        caller_state_ = std::move(state);
    }
    void set_parameter(std::string_view parameter) { parameter_ = parameter; }
    /// From here on a refusal sends the browser to this trusted target, with `error=CODE` in its query.
    void refuse_to(std::string target) { refusal_target_ = std::move(target); }
    const std::string& refusal_target() const { return refusal_target_; }
    /// Whose account the request is about, where nobody is proved: for the record, never for a decision.
    void set_subject(std::string user) { subject_ = std::move(user); }
    const std::string& subject() const { return subject_; }
    void set_no_caller(AuthError why) { caller_refusal_.emplace(std::move(why)); }
    void set_client_address(std::string address) { client_address_ = std::move(address); }
    /// Text for the client that replaces a face's message: built by validation from row and types only.
    void set_public_message(std::string text) { public_message_ = std::move(text); }
    const std::string& public_message() const { return public_message_; }

  private:
    RequestView request_;
    const Services* services_;
    Reference reference_;
    Instant now_;
    Lane lane_ = Lane::inline_;
    json::Value body_;
    std::vector<std::pair<std::string, std::string>> query_;
    std::optional<Actor> actor_;
    std::unique_ptr<CallerState> caller_state_;
    std::optional<AuthError> caller_refusal_;
    std::string client_address_;
    std::string public_message_;
    std::string_view parameter_;
    std::string refusal_target_;
    std::string subject_;
    Response extra_;
};

}    // namespace countersign::http
