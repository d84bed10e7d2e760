// TOK-30: Welch's t of the time that a MAC's check takes for a difference in its first byte and in its last one, over a
// million checks in random order (the way of dudect). `mac_timing careless` shows that the measure sees a leak.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "base/secret.hpp"
#include "crypto/mac_key.hpp"

using namespace countersign;

namespace {

constexpr std::size_t samples = 1'000'000;
constexpr double limit = 4.5;

struct Moments {
    double count = 0, mean = 0, squares = 0;
    void add(double value) {
        ++count;
        const double delta = value - mean;
        mean += delta / count;
        squares += delta * (value - mean);
    }
    double variance_of_mean() const { return squares / (count - 1) / count; }
};

/// A byte at a time with an early exit, many times over, so that a loop of nanoseconds is seen through the clock.
bool careless(std::string_view a, std::string_view b) {
    bool same = true;
    for (int round = 0; round < 8; ++round) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            asm volatile("" ::: "memory");
            if (a[i] != b[i]) {
                same = false;
                break;
            }
        }
    }
    return same;
}

double measured(bool with_careless) {
    std::array<std::byte, 32> secret{};
    std::ranges::fill(secret, std::byte{0x5A});
    const crypto::MacKey key{crypto::Hash::sha256, secret};
    const std::string message(600, 'm');
    const auto right = key.mac(bytes_of(message));
    std::array<std::array<std::byte, 32>, 2> given{};
    for (auto& one : given) std::copy_n(right.bytes.begin(), one.size(), one.begin());
    given[0].front() ^= std::byte{1};
    given[1].back() ^= std::byte{1};
    std::mt19937_64 random{20'261'125};
    std::vector<std::pair<bool, double>> times;
    times.reserve(samples);
    std::size_t matches = 0;
    std::array<std::byte, 32> room{};
    for (std::size_t i = 0; i < samples; ++i) {
        const bool last = (random() & 1U) != 0;
        room = given[last ? 1 : 0];    // the same memory for both
        const auto before = std::chrono::steady_clock::now();
        const bool match = with_careless ? careless(text_of(right.span()), text_of(room))
                                         : key.verify(bytes_of(message), room) == crypto::SignatureCheck::match;
        const auto after = std::chrono::steady_clock::now();
        matches += match ? 1 : 0;
        times.emplace_back(last, static_cast<double>((after - before).count()));
    }
    if (matches != 0) return NAN;
    // What an interrupt made long says nothing.
    std::vector<double> sorted;
    sorted.reserve(samples);
    for (const auto& [last, time] : times) sorted.push_back(time);
    const auto cut = sorted.begin() + static_cast<std::ptrdiff_t>(samples * 9 / 10);
    std::ranges::nth_element(sorted, cut);
    std::array<Moments, 2> moments;
    for (const auto& [last, time] : times) {
        if (time < *cut) moments[last ? 1 : 0].add(time);
    }
    const double spread = std::sqrt(moments[0].variance_of_mean() + moments[1].variance_of_mean());
    return spread == 0 ? 0 : std::abs(moments[0].mean - moments[1].mean) / spread;
}

}    // namespace

int main(int count, char** words) {
    const double t = measured(count > 1 && std::string_view{words[1]} == "careless");
    std::printf("t = %.2f over %zu checks (limit %.1f)\n", t, samples, limit);
    return t < limit ? 0 : 1;    // NaN is no success
}
