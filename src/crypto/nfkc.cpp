#include "crypto/nfkc.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

namespace countersign::crypto {
namespace {

Secret mapped(std::string_view password, int options) {
    utf8proc_uint8_t* made = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(password.data()),
                     static_cast<utf8proc_ssize_t>(password.size()), &made, static_cast<utf8proc_option_t>(options));
    if (size < 0) return Secret::from_text(password);
    const std::span bytes{reinterpret_cast<std::byte*>(made), static_cast<std::size_t>(size)};
    Secret out{bytes};
    wipe(bytes);
    std::free(made);    // utf8proc allocates with malloc
    return out;
}

}    // namespace

Secret nfkc(std::string_view password) {
    return mapped(password, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
}

Secret nfkc_casefold(std::string_view password) {
    return mapped(password, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

}    // namespace countersign::crypto
