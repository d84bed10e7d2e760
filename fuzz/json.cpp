// json::parse: what is accepted is written to a text that means the same and is written the same again.
#include "base/json.hpp"
#include "base/json_fault.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    const Result<json::Value> value = json::parse(input);
    if (!value.ok()) {
        fuzz::equal("a fault has a place", json::find_fault(input).line > 0, true);
        return;
    }
    const std::string once = json::write(*value);
    const Result<json::Value> again = json::parse(once);
    // A double of 20 digits and more is written without exponent and refused as an integer that is not exact.
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto long_run = std::ranges::search_n(once, 20, true, {}, is_digit);
    if (!again.ok() && !long_run.empty()) return;
    fuzz::equal("what we write is JSON", again.ok(), true);
    fuzz::equal("JSON", json::write(*again), once);
}
