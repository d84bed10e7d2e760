// What the guard makes of redirect targets, Origin headers and addresses: one JSON object a line in, one out. For
// tools/agreement, which asks Node the same.
#include <iostream>

#include "base/email.hpp"
#include "base/json.hpp"
#include "guard/origins.hpp"

using namespace countersign;

namespace {

std::string text_of(const json::Value& object, std::string_view name) {
    const json::Value* value = object.find(name);
    return value == nullptr || value->as_string() == nullptr ? std::string{} : *value->as_string();
}

bool is_trusted(const json::Value& ask, const std::string& input) {
    std::vector<std::string> patterns;
    for (const json::Value& pattern : *ask.find("trusted")->as_array()) patterns.push_back(*pattern.as_string());
    const Profile profile = text_of(ask, "profile") == "native" ? Profile::native : Profile::better_auth;
    const guard::TrustedOrigins trusted{*parse_http_origin(text_of(ask, "base")), std::move(patterns), profile};
    const bool target = text_of(ask, "kind") == "callback-url";
    return (target ? trusted.check_target(input) : trusted.check_header(input)) == guard::Trust::trusted;
}

std::string decision(const json::Value& ask) {
    const std::string input = text_of(ask, "input");
    const bool address = text_of(ask, "kind") == "email";
    const std::optional<Origin> origin = parse_http_origin(input);
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("accept").value(address ? (email_syntax(input) == EmailSyntax::valid) : is_trusted(ask, input));
    out.key("shown").value(address ? canonical_email(input) : location_text(input));
    out.key("origin").value(origin ? origin->text() : "");
    out.end_object();
    return text;
}

}    // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const auto ask = json::parse(line);
        std::cout << (ask.ok() ? decision(*ask) : "{\"accept\":false,\"unread\":true}") << "\n";
    }
}
