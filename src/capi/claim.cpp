#include <charconv>

#include "capi/handles.hpp"

namespace countersign::capi {
namespace {

struct KindRow {
    jose::JsonKind kind;
    int32_t number;
};
constexpr std::array kinds{
    KindRow{jose::JsonKind::null, CS_NULL},     KindRow{jose::JsonKind::boolean, CS_BOOLEAN},
    KindRow{jose::JsonKind::number, CS_NUMBER}, KindRow{jose::JsonKind::string, CS_STRING},
    KindRow{jose::JsonKind::array, CS_ARRAY},   KindRow{jose::JsonKind::object, CS_OBJECT},
};
static_assert(
    [] {
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            if (kinds[i].kind != static_cast<jose::JsonKind>(i)) return false;
        }
        return true;
    }(),
    "rows stand in the order of their enum");

/// What a string stands for: itself, or a copy that lives as long as the answer does.
std::string_view plain_text(cs_result& result, jose::JsonStringView string) {
    if (!string.is_escaped()) return string.raw();
    return *result.texts.emplace_back(std::make_unique<std::string>(string.text()));
}

void read_number(std::string_view text, cs_claim& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.integer);
    out.is_integer = error == std::errc{} && end == text.data() + text.size() ? 1 : 0;
    if (out.is_integer == 0) out.integer = 0;
}

void describe(cs_result& result, const jose::MemberView& member, cs_claim& out) {
    out.kind = kinds[static_cast<std::size_t>(member.kind)].number;
    out.json = to_text(member.raw);
    if (member.kind == jose::JsonKind::string) {
        out.json = {.data = member.raw.data() - 1, .size = member.raw.size() + 2};    // with the quotes around it
        out.text = to_text(plain_text(result, member.string()));
    }
    if (member.kind == jose::JsonKind::boolean) out.integer = member.raw == "true" ? 1 : 0;
    if (member.kind == jose::JsonKind::number) read_number(member.raw, out);
}

}    // namespace
}    // namespace countersign::capi

using namespace countersign;
using namespace countersign::capi;

cs_code cs_result_claim(cs_result* result, cs_text name, cs_claim* out) noexcept {
    bool absent = false;
    const cs_code code = guarded(nullptr, [&]() -> Result<void> {
        CS_TRY(const std::size_t size, begin_sized(out));
        CS_TRY(cs_result * checked, handle_of(result));
        CS_TRY(const std::string_view wanted, capi::text_of(name, max_short_text));
        if (!checked->token) return fail(*checked->refusal);
        const std::optional<jose::MemberView> found = checked->token->claim(wanted);
        cs_claim claim{};
        if (found) describe(*checked, *found, claim);
        write_sized(out, size, claim);
        absent = !found;
        return {};
    });
    return code == CS_OK && absent ? CS_ABSENT : code;
}
