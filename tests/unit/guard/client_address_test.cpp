// Who a request is from, whatever it says of itself.
#include "guard/client_address.hpp"

#include "unit/http/asked.hpp"

namespace countersign::guard {
namespace {

TEST(Address, ENU_06_one_client_has_one_form) {
    const std::pair<std::string, std::string> table[]{
        {"203.0.113.7", "203.0.113.7"},
        {"::ffff:203.0.113.7", "203.0.113.7"},
        {"::ffff:cb00:7107", "203.0.113.7"},
        {"2001:db8::1", "2001:0db8:0000:0000:0000:0000:0000:0001"},
        {"2001:DB8:0:0::1", "2001:0db8:0000:0000:0000:0000:0000:0001"},
        {"::1", "0000:0000:0000:0000:0000:0000:0000:0001"},
    };
    for (const auto& [text, form] : table) EXPECT_EQ(parse_address(text)->text(), form) << text;
    for (const std::string text : {"", " 203.0.113.7", "203.0.113.7:80", "203.0.113", "203.0.113.256", "0x7f.1",
                                   "127.1", "[::1]", "fe80::1%eth0", "2001:db8::1::2", "localhost", "unknown"}) {
        EXPECT_FALSE(parse_address(text)) << text;
    }
    EXPECT_FALSE(parse_address(std::string_view{"203.0.113.7\0", 12}));
}

TEST(Network, has_what_its_prefix_says) {
    EXPECT_TRUE(parse_network("10.0.0.0/8")->has(*parse_address("10.255.0.1")));
    EXPECT_TRUE(parse_network("10.0.0.0/8")->has(*parse_address("::ffff:10.1.1.1")));
    EXPECT_FALSE(parse_network("10.0.0.0/8")->has(*parse_address("11.0.0.1")));
    EXPECT_FALSE(parse_network("127.0.0.1")->has(*parse_address("127.0.0.2")));
    EXPECT_TRUE(parse_network("2001:db8::/33")->has(*parse_address("2001:db8:7fff::1")));
    EXPECT_FALSE(parse_network("2001:db8::/33")->has(*parse_address("2001:db8:8000::1")));
    EXPECT_TRUE(parse_network("0.0.0.0/0")->has(*parse_address("203.0.113.7")));
    EXPECT_FALSE(parse_network("0.0.0.0/0")->has(*parse_address("2001:db8::1")));
    for (const std::string text : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/+8",
                                   "10.0.0.0/8/8", "::/129", "/8", "x/8"}) {
        EXPECT_FALSE(parse_network(text)) << text;
    }
}

struct Case {
    std::string name, peer;
    std::vector<http::Header> headers;
    std::string client;
};

TEST(ClientAddresses, ENU_09_a_header_counts_from_a_listed_proxy_and_from_the_right) {
    const ClientAddresses addresses{{.proxies = {*parse_network("10.0.0.0/8"), *parse_network("::1")}}};
    const std::string_view forwarded = "X-Forwarded-For";
    const Case table[]{
        {"no proxy", "203.0.113.7", {}, "203.0.113.7"},
        {"a stranger says who it is", "203.0.113.7", {{forwarded, "192.0.2.1"}}, "203.0.113.7"},
        {"a proxy says nothing", "10.0.0.1", {}, "10.0.0.1"},
        {"a proxy says who", "10.0.0.1", {{forwarded, "192.0.2.1"}}, "192.0.2.1"},
        {"the client said something before", "10.0.0.1", {{forwarded, "1.2.3.4, 192.0.2.1"}}, "192.0.2.1"},
        {"two proxies", "10.0.0.1", {{forwarded, "1.2.3.4, 192.0.2.1, 10.0.0.2"}}, "192.0.2.1"},
        {"over two lines", "10.0.0.1", {{forwarded, "192.0.2.1"}, {"x-forwarded-for", "10.0.0.2"}}, "192.0.2.1"},
        {"proxies only", "10.0.0.1", {{forwarded, "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
        {"no address", "10.0.0.1", {{forwarded, "192.0.2.1, unknown"}}, "10.0.0.1"},
        {"an empty place", "10.0.0.1", {{forwarded, "192.0.2.1,"}}, "10.0.0.1"},
        {"another header", "10.0.0.1", {{"x-real-ip", "192.0.2.1"}}, "10.0.0.1"},
        {"IPv6 as its network",
         "10.0.0.1",
         {{forwarded, "2001:db8:1:2:3::4"}},
         "2001:0db8:0001:0002:0000:0000:0000:0000"},
        {"a mapped peer", "::ffff:10.0.0.1", {{forwarded, "192.0.2.1"}}, "192.0.2.1"},
        {"an IPv6 proxy", "::1", {{forwarded, "192.0.2.1"}}, "192.0.2.1"},
    };
    for (const auto& [name, peer, headers, client] : table) {
        const http::RequestView request{.headers = headers, .peer_address = peer};
        EXPECT_EQ(addresses.of(request), client) << name;
    }
}

}    // namespace
}    // namespace countersign::guard
