// json::parse: what is accepted is written to a text that means the same and is written the same again.
#include "base/json.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    const Result<json::Value> value = json::parse(input);
    if (!value.ok()) return;
    const std::string once = json::write(*value);
    const Result<json::Value> again = json::parse(once);
    fuzz::equal("what we write is JSON", again.ok(), true);
    fuzz::equal("JSON", json::write(*again), once);
}
