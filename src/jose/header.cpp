#include "jose/header.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace countersign::jose {
namespace {

/// Names that a specification of the header registers: they may not stand in `crit` (RFC 7515 §4.1.11).
constexpr std::array<std::string_view, 20> registered{"alg",      "jku", "jwk", "kid",  "x5u", "x5c", "x5t",
                                                      "x5t#S256", "typ", "cty", "crit", "enc", "zip", "epk",
                                                      "apu",      "apv", "iv",  "tag",  "p2s", "p2c"};

Result<void> check_text(const MemberView& member, std::string_view name) {
    if (member.kind != JsonKind::string) return fail(Code::token_header_malformed, "a text", name);
    if (member.raw.empty() || member.raw.size() > max_header_text) {
        return fail(Code::token_header_malformed, "1 to 256 bytes", name);
    }
    if (member.string().is_escaped() && member.string().text().contains('\0')) {
        return fail(Code::token_header_malformed, "no NUL", name);
    }
    return {};
}

bool names_member(std::string_view header, std::string_view name) {
    ObjectReader reader{header, max_json_depth};
    MemberView member;
    while (reader.next(member) == ObjectReader::Step::member) {
        if (member.name.equals(name)) return true;
    }
    return false;
}

Result<void> check_crit(const MemberView& crit, std::string_view header, CritRule rule) {
    if (crit.kind != JsonKind::array) return fail(Code::token_crit_unknown, "crit as a list");
    const Result<json::Value> list = json::parse(crit.raw);
    if (!list.ok() || list->as_array()->empty()) return fail(Code::token_crit_unknown, "crit that is not empty");
    std::vector<std::string_view> seen;
    for (const json::Value& element : *list->as_array()) {
        const std::string* name = element.as_string();
        if (name == nullptr) return fail(Code::token_crit_unknown, "crit of texts");
        if (std::ranges::find(seen, *name) != seen.end())
            return fail(Code::token_crit_unknown, "crit without repetition", *name);
        if (std::ranges::find(registered, *name) != registered.end()) {
            return fail(Code::token_crit_unknown, "crit without registered names", *name);
        }
        if (!names_member(header, *name))
            return fail(Code::token_crit_unknown, "crit of members that are there", *name);
        if (rule == CritRule::nothing_understood || *name != "b64")
            return fail(Code::token_crit_unknown, "crit that is understood", *name);
        seen.push_back(*name);
    }
    return {};
}

struct Found {
    HeaderView header;
    bool has_alg = false;
    std::optional<MemberView> crit, b64;
};

Result<void> take_member(Found& found, const MemberView& member) {
    const auto take = [&](auto& into, std::string_view name) -> Result<void> {
        CS_CHECK(check_text(member, name));
        into = member.string();
        return {};
    };
    if (member.name.equals("alg")) {
        found.has_alg = true;
        return take(found.header.alg, "alg");
    }
    if (member.name.equals("kid")) return take(found.header.kid, "kid");
    if (member.name.equals("typ")) return take(found.header.typ, "typ");
    if (member.name.equals("cty")) return take(found.header.cty, "cty");
    if (member.name.equals("crit")) found.crit = member;
    if (member.name.equals("b64")) found.b64 = member;
    return {};
}

}    // namespace

Result<HeaderView> parse_header(std::string_view text, std::size_t max_depth, CritRule rule) {
    ObjectReader reader{text, max_depth};
    MemberView member;
    Found found;
    auto step = reader.next(member);
    for (; step == ObjectReader::Step::member; step = reader.next(member)) CS_CHECK(take_member(found, member));
    if (step == ObjectReader::Step::malformed) return fail(Code::token_header_malformed, reader.fault());
    if (!found.has_alg) return fail(Code::token_header_malformed, "alg");
    if (found.b64) {
        if (found.b64->kind != JsonKind::boolean) return fail(Code::token_header_malformed, "true or false", "b64");
        if (found.b64->raw == "false") found.header.payload = PayloadForm::unencoded;
    }
    const bool unencoded = found.header.payload == PayloadForm::unencoded;
    if (unencoded && rule == CritRule::nothing_understood) return fail(Code::token_payload_unencoded);
    if (found.crit) CS_CHECK(check_crit(*found.crit, text, rule));
    // RFC 7797 §6: who does not know b64 must not take the signing input for something else.
    if (unencoded && !found.crit) return fail(Code::token_crit_unknown, "crit that names b64");
    return found.header;
}

}    // namespace countersign::jose
