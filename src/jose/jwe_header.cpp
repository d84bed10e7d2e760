#include "jose/jwe_header.hpp"

#include "jose/header.hpp"
#include "jose/json_bytes.hpp"

namespace countersign::jose {
namespace {

constexpr std::size_t most_bytes = 1024;                                 // of apu, apv, p2s
constexpr std::uint32_t least_rounds = 1000, most_rounds = 1'200'000;    // RFC 7518 §4.8.1.2; TOK-28

Result<std::string> text_of(const MemberView& member, std::string_view name) {
    if (member.kind != JsonKind::string) return fail(Code::jwe_header_malformed, "a text", name);
    std::string out = member.string().text();
    if (out.empty() || out.size() > max_header_text || out.contains('\0'))
        return fail(Code::jwe_header_malformed, "1 to 256 bytes without NUL", name);
    return out;
}

Result<Bytes> bytes_of_member(const MemberView& member, std::string_view name) {
    if (member.kind != JsonKind::string) return fail(Code::jwe_header_malformed, "base64url", name);
    std::optional<Bytes> out = parse_base64url(member.string().text());
    if (!out || out->empty() || out->size() > most_bytes)
        return fail(Code::jwe_header_malformed, "canonical base64url", name);
    return *std::move(out);
}

/// Refused before a round is computed.
Result<std::uint32_t> rounds_of(const MemberView& member) {
    constexpr std::size_t most_digits = 8;
    std::uint32_t out = 0;
    if (member.kind != JsonKind::number || member.raw.size() > most_digits)
        return fail(Code::jwe_password_rounds, most_rounds, "p2c");
    for (const char c : member.raw) {
        if (!is_digit(c)) return fail(Code::jwe_password_rounds, "a whole number", "p2c");
        out = out * 10 + static_cast<std::uint32_t>(c - '0');
    }
    if (out < least_rounds || out > most_rounds) return fail(Code::jwe_password_rounds, most_rounds, out);
    return out;
}

Result<void> take(JweHeader& header, const MemberView& member) {
    const JsonStringView& name = member.name;
    struct Text {
        std::string_view name;
        std::string JweHeader::* into;
    };
    struct Raw {
        std::string_view name;
        std::optional<Bytes> JweHeader::* into;
    };
    constexpr std::array texts{Text{"alg", &JweHeader::alg}, Text{"enc", &JweHeader::enc}, Text{"typ", &JweHeader::typ},
                               Text{"cty", &JweHeader::cty}};
    constexpr std::array raws{Raw{"apu", &JweHeader::apu}, Raw{"apv", &JweHeader::apv}, Raw{"iv", &JweHeader::iv},
                              Raw{"tag", &JweHeader::tag}, Raw{"p2s", &JweHeader::p2s}};
    for (const Text& row : texts) {
        if (!name.equals(row.name)) continue;
        CS_TRY(header.*row.into, text_of(member, row.name));
        return {};
    }
    for (const Raw& row : raws) {
        if (!name.equals(row.name)) continue;
        CS_TRY(header.*row.into, bytes_of_member(member, row.name));
        return {};
    }
    if (name.equals("kid")) {
        CS_TRY(header.kid, text_of(member, "kid"));
    } else if (name.equals("p2c")) {
        CS_TRY(header.p2c, rounds_of(member));
    } else if (name.equals("epk")) {
        if (member.kind != JsonKind::object) return fail(Code::jwe_header_malformed, "an object", "epk");
        header.epk = member.raw;
    } else if (name.equals("zip")) {
        return fail(Code::jwe_zip_refused);    // what a few bytes grow to is not ours to find out
    } else if (name.equals("crit")) {
        return fail(Code::token_crit_unknown, "no crit");
    }
    return {};
}

}    // namespace

Result<JweHeader> parse_jwe_header(std::string_view text) {
    ObjectReader reader{text, max_json_depth};
    MemberView member;
    JweHeader header;
    auto step = reader.next(member);
    for (; step == ObjectReader::Step::member; step = reader.next(member)) CS_CHECK(take(header, member));
    if (step == ObjectReader::Step::malformed) return fail(Code::jwe_header_malformed, reader.fault());
    if (header.alg.empty()) return fail(Code::jwe_header_malformed, "alg");
    if (header.enc.empty()) return fail(Code::jwe_header_malformed, "enc");
    return header;
}

}    // namespace countersign::jose
