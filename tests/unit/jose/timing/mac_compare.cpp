// TOK-30: what valgrind says about the comparison of a MAC. The expected one is marked as memory without a value; a
// branch or an address that depends on it is reported. `mac_compare careless` is the proof that it would be seen.
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstring>

#include "base/secret.hpp"
#include "crypto/mac_key.hpp"

using namespace countersign;

int main(int count, char** words) {
    const std::string_view way = count > 1 ? words[1] : "";
    if (RUNNING_ON_VALGRIND == 0) {
        std::fprintf(stderr, "run it under valgrind --error-exitcode=1\n");
        return 2;
    }
    std::array<std::byte, 32> key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i * 7 + 1);
    const crypto::MacKey mac_key{crypto::Hash::sha256, key};
    auto mac = mac_key.mac(bytes_of("header.payload"));
    int equal = 0;
    for (const std::size_t place : {std::size_t{0}, std::size_t{31}, mac.size}) {
        std::array<std::byte, crypto::max_digest_size> given = mac.bytes;
        if (place < mac.size) given[place] ^= std::byte{1};
        std::array<std::byte, crypto::max_digest_size> expected = mac.bytes;
        VALGRIND_MAKE_MEM_UNDEFINED(expected.data(), mac.size);
        const std::string_view one = text_of(std::span{expected}.first(mac.size));
        const std::string_view other = text_of(std::span{given}.first(mac.size));
        bool same = way == "careless" ? std::memcmp(one.data(), other.data(), one.size()) == 0
                                      : equal_constant_time(one, other);
        VALGRIND_MAKE_MEM_DEFINED(&same, sizeof same);    // the verdict itself is public
        equal += same ? 1 : 0;
    }
    std::printf("%d of 3 equal\n", equal);
    return equal == 1 ? 0 : 2;
}
