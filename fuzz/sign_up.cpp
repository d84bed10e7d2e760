// read_body, read_query and validate over the row of sign-up: what passes has every required field in its type.
#include "fuzz.hpp"
#include "http/validate.hpp"
#include "plugins/email_password/email_password.hpp"

using namespace countersign;

CS_FUZZ(input) {
    constexpr std::size_t depth = 32;
    static const Services services;
    const auto [query, body] = fuzz::halves(input);
    const http::Header headers[]{{"content-type", "application/json"}};
    for (const http::Endpoint* row : *email_password::plugin.endpoints) {
        http::Exchange x{{.method = http::Method::post,
                          .target = "/",
                          .path = "/",
                          .query = query,
                          .headers = headers,
                          .body = body,
                          .has_body = !body.empty()},
                         services,
                         Reference{"0"},
                         Instant{}};
        x.endpoint = row;
        if (!http::read_body(x, depth).ok() || !http::read_query(x).ok()) continue;
        if (http::validate(x).ok()) {
            fuzz::equal("email", x.text("email").has_value(), true);
            fuzz::equal("password", x.text("password").has_value(), true);
        } else {
            std::string text;
            json::Writer{text}.value(x.public_message());
            fuzz::equal("the message is text", json::parse(text).ok(), true);
        }
    }
}
