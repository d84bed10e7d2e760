// parse_form and percent_decode: pairs survive being written and read again.
#include "base/url.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    fuzz::equal("percent-encoding", percent_decode(percent_encode_component(input)), std::optional<std::string>{input});
    const auto pairs = parse_form(input);
    if (!pairs) return;
    std::string again;
    for (const auto& [name, value] : *pairs) {
        if (!again.empty()) again += '&';
        again += form_encode(name) + "=" + form_encode(value);
    }
    fuzz::equal("form", parse_form(again), pairs);
}
