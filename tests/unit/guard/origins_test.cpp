#include "guard/origins.hpp"

namespace countersign::guard {
namespace {

TEST(TrustedOrigins, CSR_06_near_misses_are_not_trusted) {
    struct Case {
        std::string_view url;
        Trust better_auth;
        Trust native;
    };
    constexpr Trust yes = Trust::trusted, no = Trust::untrusted;
    const Case table[]{
        {"https://id.example.com", yes, yes},
        {"https://app.example.com", yes, yes},
        {"https://app.example.com:8443", no, no},
        {"http://app.example.com", no, no},
        {"https://app.example.com.evil.test", no, no},
        {"https://evilapp.example.com", no, no},
        {"https://a.preview.example.com", yes, yes},
        {"https://a.b.preview.example.com", yes, no},
        {"https://preview.example.com", no, no},
        {"myapp://", yes, yes},
        {"http://192.168.evil.test", no, no},
        {"http://192.168.1.evil", no, no},
        {"null", no, no},
    };
    const std::vector<std::string> patterns{"https://app.example.com", "https://*.preview.example.com", "myapp://",
                                            "192.168.*"};
    const Origin own = *parse_http_origin("https://id.example.com");
    const TrustedOrigins loose{own, patterns, Profile::better_auth}, strict{own, patterns, Profile::native};
    for (const auto& [url, better_auth, native] : table) {
        EXPECT_EQ(loose.check(url), better_auth) << url;
        EXPECT_EQ(strict.check(url), native) << url;
    }
    EXPECT_EQ(loose.check("http://192.168.1.7"), yes);
}

}    // namespace
}    // namespace countersign::guard
