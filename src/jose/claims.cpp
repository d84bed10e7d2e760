#include "jose/claims.hpp"

#include <algorithm>

#include "jose/digits.hpp"
#include "jose/json_bytes.hpp"

namespace countersign::jose {
namespace {

constexpr std::size_t max_date_digits = 15;
constexpr std::int64_t first_impossible_second = 1'000'000'000'000;    // the year 33658; as milliseconds 2001
constexpr std::int64_t last_likely_millisecond = 10'000'000'000'000;

/// Names of three bytes compare as numbers, and all but one have three: a table without collisions finds the only one
/// that a name can be. Its factor is searched for when this is compiled.
constexpr std::size_t short_size = 3;
constexpr std::uint32_t short_name(std::string_view name) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < short_size; ++i) out = (out << 8U) | static_cast<unsigned char>(name[i]);
    return out;
}
struct ShortNames {
    static constexpr std::size_t bits = 5, size = 1U << bits;
    std::uint32_t factor = 1;
    std::array<std::uint32_t, size> names{};
    std::array<Claim, size> claims{};
    constexpr std::size_t slot(std::uint32_t name) const { return (name * factor) >> (32U - bits); }
    constexpr bool fill() {
        names = {};
        for (std::size_t i = 0; i < claim_names.size(); ++i) {
            if (claim_names[i].size() != short_size) continue;
            const std::uint32_t name = short_name(claim_names[i]);
            if (names[slot(name)] != 0) return false;
            names[slot(name)] = name;
            claims[slot(name)] = static_cast<Claim>(i);
        }
        return true;
    }
};
constexpr ShortNames short_names = [] {
    ShortNames out;
    while (!out.fill()) out.factor += 2;
    return out;
}();

/// A bit for each size that another name has.
constexpr std::uint32_t other_sizes = [] {
    std::uint32_t out = 0;
    for (const std::string_view name : claim_names) out |= name.size() == short_size ? 0U : 1U << name.size();
    return out;
}();

std::optional<Claim> claim_spelt(std::string_view name) {
    if (name.size() == short_size) {
        const std::uint32_t wanted = short_name(name);
        const std::size_t slot = short_names.slot(wanted);
        return short_names.names[slot] == wanted ? std::optional{short_names.claims[slot]} : std::nullopt;
    }
    if (name.size() >= 32 || ((other_sizes >> name.size()) & 1U) == 0) return std::nullopt;
    for (std::size_t i = 0; i < claim_names.size(); ++i) {
        if (claim_names[i] == name) return static_cast<Claim>(i);
    }
    return std::nullopt;
}

std::optional<Claim> claim_named(const JsonStringView& name) {
    return name.is_escaped() ? claim_spelt(name.text()) : claim_spelt(name.raw());
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

Result<void> Claims::read(std::string_view base64url_text, std::size_t max_depth) {
    places_ = {};
    if (text_.read(base64url_text) == TokenText::Form::malformed)
        return fail(Code::token_malformed, "canonical base64url", "payload");
    constexpr std::size_t at_once = 16;
    std::array<UsualMember, at_once> room;    // not cleared: only what was written is read
    ObjectReader reader{text_.json(), max_depth};
    MemberView member;
    auto step = ObjectReader::Step::member;
    while (step == ObjectReader::Step::member) {
        for (const UsualMember& usual : reader.usual_members(room)) {
            if (const auto claim = claim_spelt(usual.name())) note(*claim, usual.raw(), usual.kind, Escapes::none);
        }
        step = reader.next(member);
        if (step != ObjectReader::Step::member) break;
        if (const auto claim = claim_named(member.name)) note(*claim, member.raw, member.kind, member.escapes);
    }
    if (step == ObjectReader::Step::malformed) return fail(Code::token_claims_malformed, reader.fault());
    return {};
}

void Claims::note(Claim claim, std::string_view raw, JsonKind kind, Escapes escapes) {
    Place& place = places_[static_cast<std::size_t>(claim)];
    place.raw = text_.place_of(raw);
    place.kind = kind;
    place.escapes = escapes;
    place.present = true;
}

std::optional<MemberView> Claims::find(Claim claim) const {
    const Place& found = place(claim);
    if (!found.present) return std::nullopt;
    return MemberView{.name = {claim_names[static_cast<std::size_t>(claim)], Escapes::none},
                      .kind = found.kind,
                      .escapes = found.escapes,
                      .raw = text_.at(found.raw)};
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

Result<TextPlace> Claims::identity(Claim claim) {
    const Place& found = place(claim);
    const std::string_view name = claim_names[static_cast<std::size_t>(claim)];
    if (found.kind != JsonKind::string) return fail(Code::token_claim_type, "a string", name);
    if (found.escapes == Escapes::none) return checked_identity(found.raw, found.escapes, name);
    return checked_identity(text_.plain(string(claim)), found.escapes, name);
}

Result<TextPlace> Claims::identity(const MemberView& member, std::string_view name) {
    if (member.kind != JsonKind::string) return fail(Code::token_claim_type, "a string", name);
    return checked_identity(text_.plain(member.string()), member.escapes, name);
}

Result<TextPlace> Claims::checked_identity(TextPlace place, Escapes escapes, std::string_view name) const {
    // The reader takes no control character as it is: only an escape can stand for NUL.
    const bool has_nul = escapes == Escapes::some && text_.at(place).contains('\0');
    if (place.size == 0 || place.size > max_identity_length || has_nul)
        return fail(Code::token_claim_type, "1 to 1024 bytes without NUL", name);
    return place;
}

Result<std::int64_t> Claims::date(Claim claim) const {
    return numeric_date(kind(claim), text_.at(place(claim).raw), claim);
}

namespace {

/// Of ten digits, as all seconds have from 2001 to 2286.
std::optional<std::int64_t> ten_digits(std::string_view text) {
    if (text.size() != 10 || !is_digit(text[8]) || !is_digit(text[9])) return std::nullopt;
    const auto first = eight_digits(text.data());
    if (!first) return std::nullopt;
    return std::int64_t{*first} * 100 + (text[8] - '0') * 10 + (text[9] - '0');
}

}    // namespace

Result<std::int64_t> numeric_date(JsonKind kind, std::string_view raw, Claim claim) {
    if (const auto usual = ten_digits(raw); usual && kind == JsonKind::number) return *usual;
    const std::string_view name = claim_names[static_cast<std::size_t>(claim)];
    const std::size_t most = std::min(raw.size(), max_date_digits);
    std::size_t digits = 0;
    std::int64_t value = 0;
    for (; digits < most && is_digit(raw[digits]); ++digits) value = value * 10 + (raw[digits] - '0');
    const std::string_view rest = raw.substr(digits);
    const bool whole = rest.empty() || (rest.front() == '.' && std::ranges::all_of(rest.substr(1), is_digit));
    if (kind != JsonKind::number || digits == 0 || !whole)
        return fail(Code::token_claim_type, "seconds since 1970 in digits", name);
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
