// CKY-01: names and attributes as the configuration has them, and never as a browser would drop them.
#include "guard/cookie_forms.hpp"

#include <gmock/gmock.h>

namespace countersign::guard {
namespace {

using Flag = http::CookieAttributes::Flag;

std::string line(const CookieRules& rules, std::string_view cookie = "session_token") {
    return http::set_cookie(cookie_form(rules, cookie), "v", std::nullopt);
}

TEST(CookieForms, CKY_01_what_each_setting_makes_of_the_line) {
    const struct {
        std::string_view name;
        CookieRules rules;
        std::string_view expected;
    } table[]{
        {"nothing set", {}, "better-auth.session_token=v; Path=/; HttpOnly; SameSite=Lax"},
        {"secure",
         {.demand = NamePrefix::secure},
         "__Secure-better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"host",
         {.demand = NamePrefix::host},
         "__Host-better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"prefix", {.prefix = "acme"}, "acme.session_token=v; Path=/; HttpOnly; SameSite=Lax"},
        {"domain",
         {.domain = "example.com"},
         "better-auth.session_token=v; Domain=example.com; Path=/; HttpOnly; SameSite=Lax"},
        {"all strict",
         {.defaults = {.same_site = "Strict"}},
         "better-auth.session_token=v; Path=/; HttpOnly; SameSite=Strict"},
        {"none is secure",
         {.defaults = {.same_site = "None"}},
         "better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=None"},
        {"partitioned is secure",
         {.defaults = {.partitioned = Flag::on}},
         "better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=Lax; Partitioned"},
        {"secure off beside __Secure-",
         {.demand = NamePrefix::secure, .defaults = {.secure = Flag::off}},
         "__Secure-better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"path and domain beside __Host-",
         {.demand = NamePrefix::host, .domain = "example.com", .defaults = {.path = "/app"}},
         "__Host-better-auth.session_token=v; Path=/; HttpOnly; Secure; SameSite=Lax"},
        {"readable by scripts",
         {.defaults = {.http_only = Flag::off}},
         "better-auth.session_token=v; Path=/; SameSite=Lax"},
        {"one of its own",
         {.demand = NamePrefix::secure,
          .defaults = {.path = "/a", .same_site = "Strict"},
          .single = {{.cookie = "session_token", .name = "sid", .attributes = {.path = "/b"}}}},
         "__Secure-sid=v; Path=/b; HttpOnly; Secure; SameSite=Strict"},
        {"another of its own",
         {.single = {{.cookie = "session_data", .name = "sid", .attributes = {}}}},
         "better-auth.session_token=v; Path=/; HttpOnly; SameSite=Lax"},
    };
    for (const auto& row : table) EXPECT_EQ(line(row.rules), row.expected) << row.name;
}

}    // namespace
}    // namespace countersign::guard
