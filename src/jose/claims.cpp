#include "jose/claims.hpp"

#include <algorithm>

namespace countersign::jose {
namespace {

constexpr std::size_t max_date_digits = 15;
constexpr std::int64_t first_impossible_second = 1'000'000'000'000;    // the year 33658; as milliseconds 2001
constexpr std::int64_t last_likely_millisecond = 10'000'000'000'000;

std::optional<Claim> claim_named(JsonStringView name) {
    const bool escaped = name.is_escaped();
    for (std::size_t i = 0; i < claim_names.size(); ++i) {
        if (escaped ? name.equals(claim_names[i]) : name.raw() == claim_names[i]) return static_cast<Claim>(i);
    }
    return std::nullopt;
}

/// One step of a JSON pointer with its two escapes undone (RFC 6901 §3).
std::string pointer_step(std::string_view step) {
    std::string out;
    for (std::size_t i = 0; i < step.size(); ++i) {
        const bool escape = step[i] == '~' && i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1');
        out.push_back(!escape ? step[i] : step[i + 1] == '0' ? '~' : '/');
        if (escape) ++i;
    }
    return out;
}

std::optional<MemberView> member_of(std::string_view object, std::string_view name) {
    ObjectReader reader{object, max_json_depth};
    MemberView member;
    while (reader.next(member) == ObjectReader::Step::member) {
        if (member.name.equals(name)) return member;
    }
    return std::nullopt;
}

}    // namespace

Result<Claims> Claims::parse(TokenText text, std::size_t max_depth) {
    Claims out{std::move(text)};
    ObjectReader reader{out.text_.json(), max_depth};
    MemberView member;
    auto step = reader.next(member);
    for (; step == ObjectReader::Step::member; step = reader.next(member)) {
        const auto claim = claim_named(member.name);
        if (!claim) continue;
        out.places_[static_cast<std::size_t>(*claim)] = {
            .kind = member.kind, .present = true, .raw = out.text_.place_of(member.raw)};
    }
    if (step == ObjectReader::Step::malformed) return fail(Code::token_claims_malformed, reader.fault());
    return out;
}

std::optional<MemberView> Claims::find(Claim claim) const {
    const Place& place = places_[static_cast<std::size_t>(claim)];
    if (!place.present) return std::nullopt;
    return MemberView{.name = JsonStringView{claim_names[static_cast<std::size_t>(claim)]},
                      .kind = place.kind,
                      .raw = text_.at(place.raw)};
}

std::optional<MemberView> Claims::find(std::string_view name) const { return member_of(json(), name); }

std::optional<MemberView> Claims::find_pointer(std::string_view pointer) const {
    std::optional<MemberView> found;
    std::string_view object = json();
    while (pointer.starts_with('/')) {
        pointer.remove_prefix(1);
        const std::string_view step = pointer.substr(0, pointer.find('/'));
        if (found && found->kind != JsonKind::object) return std::nullopt;
        found = member_of(object, pointer_step(step));
        if (!found) return std::nullopt;
        object = found->raw;
        pointer.remove_prefix(step.size());
    }
    return found;
}

Result<TextPlace> Claims::identity(const MemberView& member, std::string_view name) {
    if (member.kind != JsonKind::string) return fail(Code::token_claim_type, "a string", name);
    const TextPlace place = text_.plain(member.string());
    const std::string_view plain = text_.at(place);
    if (plain.empty() || plain.size() > max_identity_length || plain.contains('\0')) {
        return fail(Code::token_claim_type, "1 to 1024 bytes without NUL", name);
    }
    return place;
}

Result<std::int64_t> numeric_date(const MemberView& member, Claim claim) {
    const std::string_view name = claim_names[static_cast<std::size_t>(claim)];
    const std::string_view whole = member.raw.substr(0, member.raw.find('.'));
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const std::string_view fraction = member.raw.substr(std::min(whole.size() + 1, member.raw.size()));
    if (member.kind != JsonKind::number || whole.size() > max_date_digits || !std::ranges::all_of(whole, is_digit) ||
        !std::ranges::all_of(fraction, is_digit)) {
        return fail(Code::token_claim_type, "seconds since 1970 in digits", name);
    }
    std::int64_t value = 0;
    for (const char c : whole) value = value * 10 + (c - '0');
    if (value < first_impossible_second) return value;
    if (value >= last_likely_millisecond) return fail(Code::token_claim_type, "seconds since 1970", name);
    return fail(claim == Claim::exp ? Code::token_exp_in_milliseconds : Code::token_iat_in_milliseconds, name, value);
}

Element next_element(std::string_view& rest, JsonStringView& out) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n,"), rest.size()));
    if (rest.empty()) return Element::end;
    if (rest.front() != '"') return Element::other;
    std::size_t end = 1;
    while (rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
    out = JsonStringView{rest.substr(1, end - 1)};
    rest.remove_prefix(end + 1);
    return Element::string;
}

}    // namespace countersign::jose
