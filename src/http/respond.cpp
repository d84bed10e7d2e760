#include "http/respond.hpp"

namespace countersign::http {
namespace {

constexpr std::string_view common =
    "x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\nx-frame-options: DENY\r\n";
constexpr std::string_view api_policy = "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n";
constexpr std::string_view page_policy =
    "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n";
constexpr std::string_view hsts = "strict-transport-security: max-age=63072000; includeSubDomains\r\n";

/// What a block of header lines depends on.
struct Block {
    Cache cache;
    bool page;
    bool https;
    bool better_auth_no_store;
};
constexpr std::string_view no_store = "cache-control: no-store\r\n";

std::string made(const Block& key) {
    std::string text{common};
    text += key.page ? page_policy : api_policy;
    if (key.https) text += hsts;
    switch (key.cache) {
        case Cache::no_store:
            text += no_store;
            break;
        case Cache::public_short:
            text += "cache-control: public, max-age=60\r\n";
            break;
        case Cache::immutable:
            text += "cache-control: public, max-age=31536000, immutable\r\n";
            break;
    }
    if (key.better_auth_no_store) text += "pragma: no-cache\r\n";
    return text;
}

std::string_view block_for(Cache cache, bool page, bool https, bool better_auth_no_store) {
    // 3 * 2 * 2 * 2 texts, made once; read only afterwards.
    static const std::array<std::string, 24> blocks = [] {
        std::array<std::string, 24> all;
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i] = made({static_cast<Cache>(i / 8), (i & 4U) != 0, (i & 2U) != 0, (i & 1U) != 0});
        }
        return all;
    }();
    const std::size_t index =
        static_cast<std::size_t>(cache) * 8 + (page ? 4U : 0U) + (https ? 2U : 0U) + (better_auth_no_store ? 1U : 0U);
    return blocks[index];
}

}    // namespace

Response refusal(const Exchange& x, const AuthError& why, Profile profile) {
    const Face& face = why.face();
    Response answer{.status = face.http};
    if (face.body == FaceBody::text) {
        answer.content_type = "text/plain;charset=UTF-8";
        answer.body = face.message;
    } else if (face.body != FaceBody::empty) {
        answer.content_type = "application/json";
        json::Writer out{answer.body};
        const std::string_view message =
            x.public_message().empty() ? face.message : std::string_view{x.public_message()};
        if (face.body != FaceBody::empty_json) {
            out.begin_object();
            out.key("message").value(message);
            if (face.body == FaceBody::message_and_code) out.key("code").value(face.app);
            out.end_object();
        }
    }
    if (face.id == Public::unavailable) answer.headers.emplace_back("retry-after", "1");
    // Better Auth has no challenge on its 401s; the strict profile follows RFC 6750 §3 (ERR-02).
    if (face.http == 401 && profile == Profile::native) answer.headers.emplace_back("www-authenticate", "Bearer");
    return answer;
}

void add_fixed_headers(const Exchange& x, Response& answer, Transport transport) {
    const Endpoint* row = x.endpoint;
    const bool refused = answer.status >= 400;
    const Cache cache = row == nullptr || refused ? Cache::no_store : row->cache;
    const bool page = row != nullptr && row->mount == Mount::root;
    const bool pragma = row != nullptr && row->better_auth_no_store;
    answer.fixed_headers = block_for(cache, page, transport == Transport::https, pragma);
}

}    // namespace countersign::http
