#include "plugins/profile/profile.hpp"

#include "guard/fields.hpp"
#include "guard/session_caller.hpp"
#include "guard/session_cookies.hpp"
#include "identity/users.hpp"

namespace countersign::profile {
namespace {

using namespace http;
using identity::ProfileChange;
using identity::Users;

Result<void> refuse_type(Exchange& x, std::string_view name, const json::Value& found) {
    std::string message = "[body.";
    message.append(name).append("] Invalid input: expected string, received ").append(found.kind_name());
    const AuthError why{Code::request_validation, message};
    x.set_public_message(std::move(message));
    return fail(why);
}

/// Name and image of the body; null takes the image away.
Result<void> read_core(Exchange& x, ProfileChange& change) {
    if (const json::Value* name = x.body().find("name")) {
        if (name->as_string() == nullptr) return refuse_type(x, "name", *name);
        change.name = *name->as_string();
    }
    if (const json::Value* image = x.body().find("image")) {
        if (!image->is_null() && image->as_string() == nullptr) return refuse_type(x, "image", *image);
        change.image = image->is_null() ? std::nullopt : std::optional<std::string_view>{*image->as_string()};
    }
    return {};
}

/// JavaScript's idea of a value that is there: only then is the address refused.
bool is_truthy(const json::Value* value) {
    if (value == nullptr || value->is_null()) return false;
    if (const std::string* text = value->as_string()) return !text->empty();
    if (const bool* flag = value->as_bool()) return *flag;
    if (const std::int64_t* number = value->as_integer()) return *number != 0;
    return true;
}

Result<Response> run_update_user(Exchange& x) {
    if (is_truthy(x.body().find("email"))) return fail(Code::field_email);
    auto& users = x.service<Users>();
    ProfileChange change;
    CS_CHECK(read_core(x, change));
    CS_TRY(change.fields, guard::changed_fields(x, users.fields()));
    if (!change.name && !change.image && change.fields.empty()) return fail(Code::field_none);
    CS_TRY(identity::User updated, users.update(x.actor(), change));
    Response answer = Response::json(R"({"status":true})");
    const session::Session& session = x.caller_state<guard::SessionState>()->signed_in.session;
    CS_CHECK(x.service<guard::SessionCookies>().append_again(answer, x, {session, std::move(updated)}));
    return answer;
}

constexpr Shape record_shape{.fields = {}, .form = Form::record};

constexpr Endpoint update_user{
    .method = Method::post,
    .path = "/update-user",
    .caller = Caller::authoritative_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_update_user,
    .summary = "Changes name, image and additional fields of the caller",
    .body = &record_shape,
};

constexpr const Endpoint* endpoints[]{&update_user};

}    // namespace

const Plugin plugin{.id = "profile", .endpoints = endpoints, .tables = std::span<const storage::Table* const>{}};

}    // namespace countersign::profile
