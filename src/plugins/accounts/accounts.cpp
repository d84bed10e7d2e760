#include "plugins/accounts/accounts.hpp"

#include "guard/happening.hpp"
#include "identity/users.hpp"

namespace countersign::accounts {
namespace {

using namespace http;
using identity::AccountView;
using identity::Users;

void write_account(json::Writer& out, const AccountView& account) {
    out.begin_object();
    out.key("id").value(account.id);
    out.key("providerId").value(account.provider_id);
    out.key("createdAt").value(account.created_at);
    out.key("updatedAt").value(account.updated_at);
    out.key("accountId").value(account.account_id);
    out.key("userId").value(account.user_id);
    out.key("scopes").begin_array();
    for (const std::string& scope : account.scopes) out.value(scope);
    out.end_array();
    out.end_object();
}

Result<Response> run_list(Exchange& x) {
    CS_TRY(const std::vector<AccountView> accounts, x.service<Users>().list_accounts(x.actor()));
    std::string text;
    json::Writer out{text};
    out.begin_array();
    for (const AccountView& account : accounts) write_account(out, account);
    out.end_array();
    return Response::json(std::move(text));
}

Result<Response> run_unlink(Exchange& x) {
    CS_CHECK(x.service<Users>().unlink(x.actor(), *x.text("accountId")));
    guard::Happening{x, events::Kind::account_unlinked}.done();
    return Response::json(R"({"status":true})");
}

constexpr Field unlink_fields[]{{.name = "accountId", .kind = Kind::string, .need = Need::required}};
constexpr Shape unlink_shape{.fields = unlink_fields};

constexpr Endpoint list{
    .method = Method::get,
    .path = "/list-accounts",
    .caller = Caller::session,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_list,
    .summary = "The caller's accounts, without tokens",
    .media = Media::ignored,
};
constexpr Endpoint unlink{
    .method = Method::post,
    .path = "/unlink-account",
    .caller = Caller::fresh_session,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_unlink,
    .summary = "Takes one of the caller's accounts away",
    .body = &unlink_shape,
};

constexpr const Endpoint* endpoints[]{&list, &unlink};

}    // namespace

const Plugin plugin{.id = "accounts", .endpoints = endpoints, .tables = std::span<const storage::Table* const>{}};

}    // namespace countersign::accounts
