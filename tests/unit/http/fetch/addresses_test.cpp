#include "http/fetch/addresses.hpp"

namespace countersign::http {
namespace {

Reach reach(std::string_view text) {
    const auto address = IpAddress::parse(text);
    EXPECT_TRUE(address.has_value()) << text;
    return reach_of(*address);
}

TEST(Addresses, INP_09_KEY_02_only_public_ones_are_public) {
    // Of each range the first and the last address, beside its neighbours where those are public.
    for (const std::string_view text :
         {"1.1.1.1",         "9.255.255.255", "11.0.0.0",         "100.63.255.255",  "100.128.0.0",
          "126.255.255.255", "128.0.0.1",     "168.63.129.15",    "169.253.255.255", "169.255.0.0",
          "172.15.255.255",  "172.32.0.0",    "192.0.1.0",        "192.167.255.255", "192.169.0.0",
          "198.17.255.255",  "198.20.0.0",    "223.255.255.255",  "2606:4700::1111", "2001:4860:4860::8888",
          "2001:200::1",     "2003::1",       "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"}) {
        EXPECT_EQ(reach(text), Reach::public_) << text;
    }
    for (const std::string_view text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1", "[::1]"}) {
        EXPECT_EQ(reach(text), Reach::loopback) << text;
    }
    for (const std::string_view text : {"0.0.0.0",
                                        "0.255.255.255",
                                        "10.0.0.0",
                                        "10.255.255.255",
                                        "100.64.0.0",
                                        "100.100.100.200",
                                        "100.127.255.255",
                                        "168.63.129.16",
                                        "169.254.0.0",
                                        "169.254.169.254",
                                        "172.16.0.0",
                                        "172.31.255.255",
                                        "192.0.0.192",
                                        "192.0.2.1",
                                        "192.88.99.1",
                                        "192.168.0.0",
                                        "192.168.255.255",
                                        "198.18.0.0",
                                        "198.19.255.255",
                                        "198.51.100.1",
                                        "203.0.113.1",
                                        "224.0.0.1",
                                        "239.255.255.255",
                                        "240.0.0.1",
                                        "255.255.255.255",
                                        "::",
                                        "::2",
                                        "::127.0.0.1",
                                        "::ffff:10.0.0.1",
                                        "::ffff:169.254.169.254",
                                        "::ffff:0:7f00:1",
                                        "64:ff9b::127.0.0.1",
                                        "64:ff9b::10.0.0.1",
                                        "64:ff9b::169.254.169.254",
                                        "64:ff9b:1::1.1.1.1",
                                        "100::1",
                                        "2001::1",
                                        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                                        "2001:1ff:ffff::1",
                                        "2001:db8::1",
                                        "2002:7f00:1::1",
                                        "2002:0101:0101::1",
                                        "3fff::1",
                                        "4000::1",
                                        "fc00::1",
                                        "fd00:ec2::254",
                                        "fe80::1",
                                        "febf::1",
                                        "fec0::1",
                                        "ff02::1",
                                        "ffff::1"}) {
        EXPECT_EQ(reach(text), Reach::other) << text;
    }
}

TEST(Addresses, have_one_spelling) {
    for (const std::string_view text : {"", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "127.0.0.1.",
                                        "127.0.0.01", "::1%lo", "[::1", "1.2.3.4/8", "localhost", "1.2.3.256"}) {
        EXPECT_FALSE(IpAddress::parse(text).has_value()) << text;
    }
    EXPECT_FALSE(IpAddress::parse(std::string_view{"127.0.0.1\0", 10}).has_value());
    EXPECT_EQ(IpAddress::parse("::ffff:1.2.3.4")->text(), "1.2.3.4");
    EXPECT_EQ(IpAddress::parse("[2001:DB8:0::1]")->text(), "2001:db8::1");
    EXPECT_EQ(IpAddress::parse("1.2.3.4"), IpAddress::parse("::ffff:102:304"));
}

}    // namespace
}    // namespace countersign::http
