#include "unit/guard/rig.hpp"

namespace countersign::guard {
namespace {

using http::Ask;
using http::Asked;

constexpr auto ours = Hosts::Name::ours;
constexpr auto foreign = Hosts::Name::foreign;

struct Case {
    std::string_view host;
    Hosts::Name name;
};

Origin origin_of(std::string_view url) { return *parse_http_origin(url); }

TEST(Hosts, RDR_06_the_host_of_baseURL_and_what_is_listed) {
    Hosts hosts;
    hosts.add(origin_of("https://auth.example.com"));
    hosts.add("auth.internal");
    hosts.add("node-7.internal:8080");
    const Case cases[]{
        {"auth.example.com", ours},
        {"AUTH.example.COM", ours},
        {"auth.example.com:443", ours},
        {"auth.example.com:80", foreign},
        {"auth.example.com:8443", foreign},
        {"auth.example.com.", foreign},
        {"auth.example.com.evil.net", foreign},
        {"evil.net", foreign},
        {"xauth.example.com", foreign},
        {"auth.internal", ours},
        {"auth.internal:9000", ours},
        {"node-7.internal:8080", ours},
        {"node-7.internal:8081", foreign},
        {"node-7.internal", foreign},
        {"127.0.0.1", foreign},
        {"10.0.0.7:8080", foreign},
        {"[::1]:8080", foreign},
        {"localhost", foreign},
        {"", foreign},
        {"user@auth.example.com", foreign},
        {"auth.example.com/x", foreign},
        {"auth.example.com#", foreign},
        {"auth.example.com, evil.net", foreign},
        {"auth.example.com:443x", foreign},
    };
    for (const Case& one : cases) EXPECT_EQ(hosts.check(one.host), one.name) << one.host;
}

TEST(Hosts, RDR_06_management_takes_addresses_and_no_foreign_names) {
    Hosts hosts{Hosts::Addresses::any_literal};
    hosts.add("localhost");
    hosts.add("metrics.internal");
    const Case cases[]{
        {"localhost:9464", ours},      {"127.0.0.1:9464", ours},        {"10.0.0.7:9464", ours},
        {"[fe80::1]:9464", ours},      {"metrics.internal:1", ours},    {"evil.net:9464", foreign},
        {"1.2.3.4.evil.net", foreign}, {"localhost.evil.net", foreign}, {"", foreign},
    };
    for (const Case& one : cases) EXPECT_EQ(hosts.check(one.host), one.name) << one.host;
}

TEST(Hosts, none_added_refuses_everything_and_unchecked_nothing) {
    EXPECT_EQ(Hosts{}.check("auth.example.com"), foreign);
    EXPECT_EQ(Hosts{}.check("localhost"), foreign);
    EXPECT_TRUE(Hosts{}.names_nothing());
    EXPECT_EQ(Hosts::unchecked().check("evil.net"), ours);
    Hosts wrong;
    wrong.add("not a host");
    EXPECT_TRUE(wrong.names_nothing());
}

Result<http::Arrival> arrive_with(Rig& rig, const std::string& target,
                                  std::vector<std::pair<std::string, std::string>> headers) {
    Asked asked{Ask{.target = target, .headers = std::move(headers)}};
    return rig.gate.arrive(asked.x());
}

TEST(Guard, RDR_06_a_foreign_Host_is_misdirected_before_anything_else) {
    Hosts hosts;
    hosts.add(origin_of("https://auth.example.com"));
    Rig rig{{.disabled_paths = {"/gone"}, .hosts = hosts, .probe_path = "/api/auth/ok"}};
    for (const std::string target : {"/api/auth/get-session", "/api/auth/gone", "/", "/nothing", "/api/auth/ok/"}) {
        const Result<http::Arrival> refused = arrive_with(rig, target, {{"Host", "evil.net"}});
        ASSERT_FALSE(refused.ok()) << target;
        EXPECT_EQ(refused.error().code(), Code::request_host) << target;
        EXPECT_EQ(refused.error().face().http, 421) << target;
    }
    EXPECT_FALSE(arrive_with(rig, "/api/auth/get-session", {}).ok());
    EXPECT_TRUE(arrive_with(rig, "/api/auth/get-session", {{"Host", "auth.example.com"}}).ok());
    // The request's own idea of another host counts for nothing.
    EXPECT_FALSE(
        arrive_with(rig, "/api/auth/get-session", {{"Host", "evil.net"}, {"X-Forwarded-Host", "auth.example.com"}})
            .ok());
}

TEST(Guard, RDR_06_the_health_check_is_answered_by_address) {
    Hosts hosts;
    hosts.add(origin_of("https://auth.example.com"));
    Rig rig{{.hosts = hosts, .probe_path = "/api/auth/ok"}};
    EXPECT_TRUE(arrive_with(rig, "/api/auth/ok", {{"Host", "10.0.0.7:8080"}}).ok());
    EXPECT_TRUE(arrive_with(rig, "/api/auth/ok?probe=1", {{"Host", "10.0.0.7:8080"}}).ok());
}

}    // namespace
}    // namespace countersign::guard
