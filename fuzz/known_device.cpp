// parse_known_accounts: one spelling for what it reads; and nobody but us makes a device known.
#include "guard/known_device.hpp"

#include "base/encoding.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    const auto accounts = guard::parse_known_accounts(input);
    if (accounts) {
        fuzz::equal("bounded", !accounts->empty() && accounts->size() <= guard::most_known_accounts, true);
        fuzz::equal("one spelling", guard::known_accounts_text(*accounts), input);
    }
    static SystemRandom random;
    static const guard::KnownDevices devices{
        {}, Seconds{600}, crypto::HmacKey{bytes_of("a key")}, crypto::HmacKey{bytes_of("another key")}, random};
    constexpr Instant now = Instant::from_unix(Seconds{1'795'000'000});
    const std::string cookie = devices.cookie_name() + "=" + std::string{input};
    const http::Header header{.name = "cookie", .value = cookie};
    const http::RequestView request{.headers = {&header, 1}};
    fuzz::equal("known", devices.find(request, "ada@example.com", now).has_value(), false);
    http::Response answer;
    devices.append(answer, request, "ada@example.com", now);
    fuzz::equal("one cookie", answer.set_cookies.size(), std::size_t{1});
    const std::string made = answer.set_cookies.front().substr(0, answer.set_cookies.front().find(';'));
    const http::Header again{.name = "cookie", .value = made};
    fuzz::equal("ours", devices.find({.headers = {&again, 1}}, "ada@example.com", now).has_value(), true);
}
