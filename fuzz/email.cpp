// email_syntax: an address is plain ASCII with one at sign, and its canonical form is one too.
#include "base/email.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    if (email_syntax(input) == EmailSyntax::invalid) return;
    fuzz::equal("one at sign", std::ranges::count(input, '@'), 1);
    fuzz::equal("length", input.size() <= 254, true);
    fuzz::equal("plain", std::ranges::all_of(input, [](char c) { return c > 0x20 && c < 0x7F; }), true);
    const std::string canonical = canonical_email(input);
    fuzz::equal("canonical is valid", email_syntax(canonical) == EmailSyntax::valid, true);
    fuzz::equal("canonical once", canonical_email(canonical), canonical);
}
