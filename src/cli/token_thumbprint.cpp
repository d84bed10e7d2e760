#include <fmt/format.h>

#include <ostream>

#include "cli/key_file.hpp"
#include "cli/token_keys.hpp"

namespace countersign::cli {

int print_thumbprints(const ThumbprintAsk& ask, Streams streams) {
    constexpr std::string_view uri = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:";    // RFC 9278 §3
    const auto keys = read_keys(ask.key, streams.in, streams.complaints);
    if (!keys) return leave(keys.error(), streams.complaints);
    for (const jose::Jwk& key : *keys) {
        if (key.kty() == jose::Kty::oct)    // RFC 7638 §7
            streams.complaints << "countersign: warning: this is a hash of a secret; keep it like one\n";
        const std::string print = (ask.as == ThumbprintAsk::As::uri ? std::string{uri} : "") + key.thumbprint();
        if (ask.output == Output::text) {
            streams.out << print << '\n';
            continue;
        }
        std::string text;
        json::Writer out{text};
        out.begin_object().key("thumbprint").value(print);
        if (!key.kid.empty()) out.key("kid").value(key.kid);
        out.end_object();
        streams.out << text << '\n';
    }
    return fine;
}

}    // namespace countersign::cli
