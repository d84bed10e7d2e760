#include "jose/algorithms.hpp"

namespace countersign::jose {
namespace {

constexpr Algorithms symmetric{Alg::hs256, Alg::hs384, Alg::hs512};

}    // namespace

Result<Algorithms> Algorithms::parse(std::span<const std::string> names) {
    Algorithms out;
    for (const std::string& name : names) {
        if (!is_algorithm_name(name)) return fail(Code::policy_invalid, "names of signature algorithms", name);
        for (const Algorithm& row : algorithms) {
            if (row.name == name) out.add(row.id);
        }
    }
    if (out.empty()) return fail(Code::policy_invalid, "at least one algorithm");
    if (out.mixes_secret_and_public()) return fail(Code::policy_invalid, "no HS* beside algorithms of public keys");
    return out;
}

bool Algorithms::mixes_secret_and_public() const {
    return (bits_ & symmetric.bits_) != 0 && (bits_ & ~symmetric.bits_) != 0;
}

bool Algorithms::is_symmetric() const { return (bits_ & symmetric.bits_) != 0; }

bool is_algorithm_name(std::string_view name) {
    return std::ranges::find(algorithms, name, &Algorithm::name) != algorithms.end();
}

}    // namespace countersign::jose
