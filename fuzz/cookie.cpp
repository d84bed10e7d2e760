// find_cookie over two Cookie headers, and set_cookie: a value that we set is read back as it was.
#include "http/cookie.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    const auto [first, second] = fuzz::halves(input);
    const http::Header headers[]{{"Cookie", first}, {"cookie", second}};
    const auto found = http::find_cookie({.headers = headers}, "name");
    const bool named = first.contains("name") || second.contains("name");
    fuzz::equal("not from nowhere", found.ok() && found->has_value() && !named, false);

    const std::string line = http::set_cookie("name", input, {});
    fuzz::equal("one line", line.find_first_of("\r\n"), std::string::npos);
    const http::Header back[]{{"cookie", std::string_view{line}.substr(0, line.find(';'))}};
    const auto again = http::find_cookie({.headers = back}, "name");
    fuzz::equal("set and read", again.ok() && again->has_value() && **again == input, true);
}
