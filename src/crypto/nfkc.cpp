#include "crypto/nfkc.hpp"

#include <utf8proc.h>

#include <cstdlib>

namespace countersign::crypto {

Secret nfkc(std::string_view password) {
    utf8proc_uint8_t* mapped = nullptr;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
    const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(password.data()),
                                               static_cast<utf8proc_ssize_t>(password.size()), &mapped, options);
    if (size < 0) return Secret::from_text(password);
    const std::span bytes{reinterpret_cast<std::byte*>(mapped), static_cast<std::size_t>(size)};
    Secret out{bytes};
    wipe(bytes);
    std::free(mapped);    // utf8proc allocates with malloc
    return out;
}

}    // namespace countersign::crypto
