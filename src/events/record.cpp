#include "events/record.hpp"

#include <charconv>

#include "base/encoding.hpp"
#include "storage/cells.hpp"
#include "storage/tables.hpp"

namespace countersign::events {
namespace {

constexpr std::size_t sequence_length = 16;

struct Text {
    std::string_view column;
    std::string Record::* text;
};
constexpr Text texts[]{{"kind", &Record::kind},       {"userId", &Record::user}, {"session", &Record::session},
                       {"network", &Record::network}, {"agent", &Record::agent}, {"reference", &Record::reference},
                       {"detail", &Record::detail}};

constexpr std::size_t at_column(std::string_view name) { return *storage::audit_event_table.index_of(name); }

/// For logs and terminals: what a client sent must not steer them (ERR-04).
std::string plain(std::string_view text) {
    std::string out{text.substr(0, longest_text)};
    std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return out;
}

void append_part(std::string& out, std::string_view part) {
    for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(part.size() >> shift & 0xFFU));
    out += part;
}

std::string hex_number(std::int64_t number) {
    std::array<std::byte, sequence_length / 2> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(static_cast<std::uint64_t>(number) >> (8 * (bytes.size() - 1 - i)));
    return hex(bytes);
}

bool is_sequence(std::int64_t number) { return number >= 0 && number <= last_sequence; }

bool is_lower_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}    // namespace

Position position_of(const Record& record) {
    return {.segment = record.segment, .sequence = record.sequence, .link = record.link};
}

std::string text_of(const Position& position) {
    return position.segment + ":" + std::to_string(position.sequence) + ":" + hex(position.link);
}

std::optional<Position> parse_position(std::string_view text) {
    const std::size_t second = text.rfind(':');
    if (second == std::string_view::npos || second <= segment_length + 1 || text[segment_length] != ':')
        return std::nullopt;
    Position out{.segment = std::string{text.substr(0, segment_length)}, .sequence = 0, .link = {}};
    const std::string_view digits = text.substr(segment_length + 1, second - segment_length - 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.sequence);
    const bool number = error == std::errc{} && end == digits.data() + digits.size() && is_sequence(out.sequence) &&
                        std::to_string(out.sequence) == digits;
    const std::optional<Bytes> link = parse_hex(text.substr(second + 1));
    if (!number || !is_lower_hex(out.segment) || !link || link->size() != out.link.size()) return std::nullopt;
    std::ranges::copy(*link, out.link.begin());
    return out;
}

Record record_of(const Event& event) {
    const KindRow& row = row_of(event.kind);
    const auto part = [&](Parts one, const std::string& text) {
        return has_part(*row.parts, one) ? plain(text) : std::string{};
    };
    return {.segment = {},
            .sequence = 0,
            .at = event.at,
            .kind = std::string{*row.name},
            .user = part(Parts::user, event.user),
            .session = part(Parts::session, event.session),
            .network = part(Parts::client, event.network),
            .agent = part(Parts::client, event.agent),
            .reference = part(Parts::client, event.reference),
            .detail = part(Parts::detail, event.detail),
            .link = {}};
}

Link link_of(const crypto::HmacKey& key, const Link& before, const Record& record) {
    std::string text{countersign::text_of(before)};
    append_part(text, record.segment);
    append_part(text, std::to_string(record.sequence));
    append_part(text, std::to_string(record.at.unix_ms()));
    for (const Text& one : texts) append_part(text, record.*one.text);
    return key.mac(bytes_of(text));
}

storage::Row row_from(const Record& record) {
    storage::Row row(storage::audit_event_table.columns->size());
    row[at_column("id")] = id_of(record.segment, record.sequence);
    row[at_column("segment")] = record.segment;
    row[at_column("sequence")] = record.sequence;
    row[at_column("at")] = record.at;
    for (const Text& one : texts) row[at_column(one.column)] = record.*one.text;
    row[at_column("link")] = hex(record.link);
    return row;
}

Result<Record> record_from(const storage::Row& row) {
    Record record;
    CS_TRY(const std::string id, storage::cell<std::string>(row, at_column("id")));
    CS_TRY(record.segment, storage::cell<std::string>(row, at_column("segment")));
    CS_TRY(record.sequence, storage::cell<std::int64_t>(row, at_column("sequence")));
    CS_TRY(record.at, storage::cell<Instant>(row, at_column("at")));
    for (const Text& one : texts) {
        CS_TRY(record.*one.text, storage::cell<std::string>(row, at_column(one.column)));
    }
    CS_TRY(const std::string link, storage::cell<std::string>(row, at_column("link")));
    const std::optional<Bytes> bytes = parse_hex(link);
    if (!bytes || bytes->size() != record.link.size()) return fail(Code::storage_corrupt, "a link", id);
    std::ranges::copy(*bytes, record.link.begin());
    if (!is_sequence(record.sequence) || id != id_of(record.segment, record.sequence))
        return fail(Code::storage_corrupt, "segment and sequence", id);
    return record;
}

std::optional<std::int64_t> sequence_of(std::string_view id) {
    if (id.size() != segment_length + sequence_length || !is_lower_hex(id)) return std::nullopt;
    std::int64_t sequence = 0;
    const char* const end = id.data() + id.size();
    const auto [read, error] = std::from_chars(id.data() + segment_length, end, sequence, 16);
    return error == std::errc{} && read == end && is_sequence(sequence) ? std::optional{sequence} : std::nullopt;
}

std::string place_of(std::string_view segment, std::int64_t sequence) {
    return std::string{segment} + ":" + std::to_string(sequence);
}
std::string place_of(std::string_view id) {
    const std::optional<std::int64_t> sequence = sequence_of(id);
    return sequence ? place_of(id.substr(0, segment_length), *sequence) : std::string{id};
}

std::string id_of(std::string_view segment, std::int64_t sequence) {
    return std::string{segment} + hex_number(sequence);
}
std::string first_id(std::string_view segment) { return std::string{segment} + std::string(sequence_length, '0'); }
std::string last_id(std::string_view segment) { return std::string{segment} + std::string(sequence_length, 'f'); }

}    // namespace countersign::events
