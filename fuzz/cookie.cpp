// find_cookie and all_cookies over two Cookie headers, and set_cookie: a value that we set is read back as it was.
#include "http/cookie.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    const auto [first, second] = fuzz::halves(input);
    const http::Header headers[]{{"Cookie", first}, {"cookie", second}};
    const auto found = http::find_cookie({.headers = headers}, "name");
    const bool named = first.contains("name") || second.contains("name");
    fuzz::equal("not from nowhere", found.ok() && found->has_value() && !named, false);

    std::size_t times = 0;
    for (const auto& [name, value] : http::all_cookies({.headers = headers})) times += name == "name" ? 1 : 0;
    fuzz::equal("one way of reading", times == 1, found.ok() && found->has_value());
    fuzz::equal("twice is refused", times > 1, !found.ok());

    const std::string line = http::set_cookie({.name = "name"}, input, {});
    fuzz::equal("one line", line.find_first_of("\r\n"), std::string::npos);
    const http::Header back[]{{"cookie", std::string_view{line}.substr(0, line.find(';'))}};
    const auto again = http::find_cookie({.headers = back}, "name");
    fuzz::equal("set and read", again.ok() && again->has_value() && **again == input, true);
}
