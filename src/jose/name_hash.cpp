#include "jose/name_hash.hpp"

#include <algorithm>
#include <array>

#include "jose/json_string.hpp"

namespace countersign::jose {

std::uint32_t hash_of_escaped(std::string_view raw) {
    NameHash hash;
    std::array<char, piece_size + 4> waiting{};
    std::size_t left = 0;
    for (Unescaping text{raw}; text.next();) {
        std::ranges::copy(text.bytes(), waiting.data() + left);
        left += text.bytes().size();
        if (left < piece_size) continue;
        hash.add(loaded<std::uint64_t>(waiting.data()));
        left -= piece_size;
        std::copy_n(waiting.data() + piece_size, left, waiting.data());
    }
    return hash.end(short_piece(waiting.data(), left), left);
}

}    // namespace countersign::jose
