#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

Answer get_with_host(std::uint16_t port, const std::string& target, const std::string& host) {
    Client client{port};
    client.put("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return client.read();
}

TEST(Hosts, RDR_06_native_answers_its_own_names_and_health_checks_only) {
    const RunningApplication running{{.settings = "http.hosts = ['auth.internal']"}};
    const std::uint16_t port = running.application->port();
    for (const std::string host : {"localhost:3900", "127.0.0.1", "[::1]:1", "auth.internal:8080"})
        EXPECT_EQ(get_with_host(port, "/api/auth/get-session", host).status, 200) << host;
    for (const std::string host : {"evil.test", "localhost.evil.test", "10.0.0.7"}) {
        const Answer refused = get_with_host(port, "/api/auth/get-session", host);
        EXPECT_EQ(refused.status, 421) << host;
        EXPECT_EQ(running.cause(refused.reference()), "request.host") << host;
        EXPECT_EQ(get_with_host(port, "/", host).status, 421) << host;
        EXPECT_EQ(get_with_host(port, "/api/auth/ok", host).status, 200) << host;
    }
}

TEST(Hosts, RDR_06_the_wire_of_Better_Auth_looks_at_Host_only_where_names_are_listed) {
    const RunningApplication plain{{.profile = "better-auth"}};
    EXPECT_EQ(get_with_host(plain.application->port(), "/api/auth/get-session", "evil.test").status, 200);
    const RunningApplication listed{{.profile = "better-auth", .settings = "http.hosts = ['auth.internal']"}};
    EXPECT_EQ(get_with_host(listed.application->port(), "/api/auth/get-session", "evil.test").status, 421);
    EXPECT_EQ(get_with_host(listed.application->port(), "/api/auth/get-session", "auth.internal").status, 200);
}

}    // namespace
}    // namespace countersign
