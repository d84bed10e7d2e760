#include "events/checkpoint.hpp"

#include <charconv>

#include "base/encoding.hpp"

namespace countersign::events {
namespace {

constexpr std::string_view mark = "countersign-checkpoint.";

std::string signed_part(const Checkpoint& checkpoint) {
    return std::string{mark} + std::to_string(checkpoint.at.unix_ms()) + "." + text_of(checkpoint.position);
}

bool is_of_checkpoint(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.'; }

/// Takes what stands before the next dot, or all.
std::string_view take_part(std::string_view& rest) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view part = rest.substr(0, dot);
    rest.remove_prefix(std::min(dot + 1, rest.size()));
    return part;
}

}    // namespace

EventKeys::EventKeys(const Secret& application_secret)
    : chain{crypto::purpose_key(application_secret, "event-chain").reveal()},
      checkpoint{crypto::purpose_key(application_secret, "event-checkpoint").reveal()},
      session{crypto::purpose_key(application_secret, "event-session").reveal()} {}

std::vector<EventKeys> event_keys(const crypto::Keyring& secrets) {
    std::vector<EventKeys> keys;
    for (const Secret* secret : secrets.all()) keys.emplace_back(*secret);
    return keys;
}

std::string checkpoint_text(const EventKeys& keys, const Checkpoint& checkpoint) {
    std::string text = signed_part(checkpoint);
    const Link mac = keys.checkpoint.mac(bytes_of(text));
    return text + "." + hex(mac);
}

std::optional<ReadCheckpoint> parse_checkpoint(std::string_view line) {
    const std::size_t at = line.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view rest = line.substr(at + mark.size());
    const auto* const end = std::ranges::find_if_not(rest, is_of_checkpoint);
    rest = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    const std::string_view when = take_part(rest), where = take_part(rest), mac_text = take_part(rest);
    std::int64_t ms = 0;
    const auto [read, error] = std::from_chars(when.data(), when.data() + when.size(), ms);
    const std::optional<Position> position = parse_position(where);
    const std::optional<Bytes> mac = parse_hex(mac_text);
    ReadCheckpoint out;
    if (error != std::errc{} || read != when.data() + when.size() || std::to_string(ms) != when) return std::nullopt;
    if (!position || !mac || mac->size() != out.mac.size() || !rest.empty()) return std::nullopt;
    out.checkpoint = {.position = *position, .at = Instant::from_unix_ms(ms)};
    std::ranges::copy(*mac, out.mac.begin());
    return out;
}

bool is_signed(const ReadCheckpoint& read, std::span<const EventKeys> keys) {
    const std::string text = signed_part(read.checkpoint);
    return std::ranges::any_of(keys, [&](const EventKeys& one) {
        return one.checkpoint.verify(bytes_of(text), read.mac) == crypto::HmacKey::Check::match;
    });
}

}    // namespace countersign::events
