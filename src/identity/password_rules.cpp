#include "identity/password_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/nfkc.hpp"

namespace countersign::identity {
namespace {

using crypto::nfkc_casefold;

std::uint64_t short_name(const Secret& folded) {
    const crypto::Sha256 digest = crypto::sha256(folded.reveal());
    std::uint64_t name = 0;
    for (const std::byte byte : std::span{digest}.first(8)) name = name << 8U | std::to_integer<std::uint64_t>(byte);
    return name;
}

void add(KnownPasswords& known, std::string_view texts, char separator) {
    while (!texts.empty()) {
        const std::size_t end = std::min(texts.find(separator), texts.size());
        std::string_view text = texts.substr(0, end);
        texts.remove_prefix(std::min(end + 1, texts.size()));
        while (text.ends_with('\r')) text.remove_suffix(1);
        if (!text.empty()) known.push_back(short_name(nfkc_casefold(text)));
    }
}

void put_in_order(KnownPasswords& known) {
    std::ranges::sort(known);
    const auto same = std::ranges::unique(known);
    known.erase(same.begin(), same.end());
}

/// The text, and its words of four or more letters or digits: shorter ones are in many others.
void add_words(std::vector<std::string>& words, std::string_view text) {
    constexpr std::size_t shortest = 4;
    const Secret folded = nfkc_casefold(text);
    if (folded.size() >= shortest) words.emplace_back(folded.reveal_text());
    std::string word;
    const auto end_word = [&] {
        if (word.size() >= shortest) words.push_back(word);
        word.clear();
    };
    for (const char c : folded.reveal_text()) {
        const bool separates = static_cast<unsigned char>(c) < 0x80 && std::isalnum(static_cast<unsigned char>(c)) == 0;
        separates ? end_word() : word.push_back(c);
    }
    end_word();
}

/// Whether hardly anything is left when the words are taken out.
bool is_made_of(std::string_view folded, std::vector<std::string> words) {
    constexpr std::size_t least_left = 6;
    std::ranges::sort(words, std::ranges::greater{}, &std::string::size);
    std::vector<bool> taken(folded.size());
    for (const std::string& word : words) {
        for (std::size_t at = folded.find(word); at != std::string_view::npos; at = folded.find(word, at + 1))
            std::fill_n(taken.begin() + static_cast<std::ptrdiff_t>(at), word.size(), true);
    }
    const auto left = static_cast<std::size_t>(std::ranges::count(taken, false));
    return left < least_left && left < folded.size();
}

/// One text of up to four bytes again and again, or no more than three different bytes.
bool is_repetition(std::string_view folded) {
    constexpr std::size_t longest = 4, least_different = 4;
    for (std::size_t period = 1; period <= longest && 2 * period <= folded.size(); ++period)
        if (folded.substr(period) == folded.substr(0, folded.size() - period)) return true;
    std::array<bool, 256> seen{};
    for (const char c : folded) seen[static_cast<unsigned char>(c)] = true;
    return static_cast<std::size_t>(std::ranges::count(seen, true)) < least_different;
}

/// A part of the alphabet, of the digits or of a walk over the keys, forwards or backwards.
bool is_run(std::string_view folded) {
    constexpr std::string_view runs[]{"01234567890123456789",
                                      "abcdefghijklmnopqrstuvwxyz",
                                      "`1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./",
                                      "qwertyuiopasdfghjklzxcvbnm",
                                      "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
                                      "1q2w3e4r5t6y7u8i9o0p",
                                      "q1w2e3r4t5y6u7i8o9p0"};
    Secret reversed{std::as_bytes(std::span{folded})};
    std::ranges::reverse(reversed.writable());
    const std::string_view backwards = reversed.reveal_text();
    return std::ranges::any_of(runs,
                               [&](std::string_view run) { return run.contains(folded) || run.contains(backwards); });
}

}    // namespace

KnownPasswords known_from_lines(std::string_view lines) {
    KnownPasswords known;
    add(known, lines, '\n');
    put_in_order(known);
    return known;
}

PasswordRules::PasswordRules(const KnownPasswords& known, std::string_view service) : known_{known} {
    add(known_, commonest_passwords, ' ');
    put_in_order(known_);
    add_words(service_, service);
    constexpr std::string_view no_names[]{"auth", "login", "account", "accounts", "localhost"};
    std::erase_if(service_, [&](const std::string& word) {
        return std::ranges::find(no_names, word) != std::ranges::end(no_names);
    });
    service_.emplace_back("countersign");
}

Result<void> PasswordRules::check(std::string_view password, const OwnerView& owner) const {
    const Secret folded = nfkc_casefold(password);
    const std::string_view text = folded.reveal_text();
    if (is_repetition(text) || is_run(text)) return fail(Code::password_simple);
    if (std::ranges::binary_search(known_, short_name(folded))) return fail(Code::password_common);
    std::vector<std::string> words = service_;
    add_words(words, owner.email);
    add_words(words, owner.name);
    if (is_made_of(text, std::move(words))) return fail(Code::password_personal);
    return {};
}

}    // namespace countersign::identity
