#include "identity/outbox.hpp"

#include "base/json.hpp"
#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::identity {
namespace {

namespace st = storage::statements;

/// The text members of a message, for both directions.
struct Part {
    std::string_view name;
    std::string Message::* text;
};
constexpr Part parts[]{{"to", &Message::to},     {"kind", &Message::kind}, {"subject", &Message::subject},
                       {"text", &Message::text}, {"url", &Message::url},   {"token", &Message::token},
                       {"otp", &Message::otp}};

void write_message(json::Writer& out, const Message& message) {
    out.begin_object().key("at").value(message.at);
    for (const Part& part : parts) out.key(part.name).value(message.*part.text);
    out.end_object();
}

Result<Message> message_from(std::string_view text, Instant at) {
    CS_TRY(const json::Value read, json::parse(text));
    Message message{.at = at, .to = {}, .kind = {}, .subject = {}, .text = {}, .url = {}, .token = {}, .otp = {}};
    for (const Part& part : parts) {
        const json::Value* value = read.find(part.name);
        const std::string* found = value == nullptr ? nullptr : value->as_string();
        if (found == nullptr) return fail(Code::storage_corrupt, "a message", part.name);
        message.*part.text = *found;
    }
    return message;
}

}    // namespace

/// As the table has it: other servers of the database write there too. 0 of a ring that is empty.
Result<std::int64_t> Outbox::last_number(storage::Rows& rows, Ring ring) {
    const bool up = ring == Ring::messages;
    CS_TRY(const std::optional<storage::Row> last, rows.find_one(up ? st::outbox_last : st::outbox_first, {}));
    if (!last) return std::int64_t{0};
    CS_TRY(const std::int64_t number, storage::cell<std::int64_t>(*last, *storage::outbox_table.index_of("number")));
    return up ? std::max<std::int64_t>(number, 0) : std::min<std::int64_t>(number, 0);
}

Result<void> Outbox::write(storage::Tx& tx, Message message, Ring ring) {
    message.at = clock_->now();
    std::string text;
    json::Writer out{text};
    write_message(out, message);
    CS_TRY(const std::string sealed, crypto::symmetric_encrypt(keys_, text, *random_));
    CS_TRY(const std::int64_t last, last_number(tx, ring));
    const std::int64_t number = ring == Ring::messages ? last + 1 : last - 1;
    CS_CHECK(tx.create(st::outbox_create, storage::Row{random_text(*random_, id_length), number, sealed, message.at}));
    const bool up = ring == Ring::messages;
    const storage::Value range[]{up ? 0 : number + kept, up ? number + 1 - kept : 0};
    CS_TRY([[maybe_unused]] const std::int64_t removed, tx.remove_many(st::outbox_trim, range));
    return {};
}

Result<void> Outbox::put(storage::Tx& tx, Message message) { return write(tx, std::move(message), Ring::messages); }

Result<void> Outbox::put_nothing(storage::Tx& tx, Message message) {
    for (const Part& part : parts) (message.*part.text).assign((message.*part.text).size(), '-');
    return write(tx, std::move(message), Ring::nothing);
}

Result<std::vector<Message>> Outbox::newest() {
    storage::Rows reader = storage_->reader();
    CS_TRY(const std::int64_t last, last_number(reader, Ring::messages));
    const storage::Value first = std::max<std::int64_t>(last + 1 - kept, 0);
    CS_TRY(const std::vector<storage::Row> rows, reader.find_many(st::outbox_newest, {&first, 1}));
    std::vector<Message> messages;
    for (const storage::Row& row : rows) {
        CS_TRY(const std::string sealed, storage::cell<std::string>(row, *storage::outbox_table.index_of("payload")));
        CS_TRY(const Instant at, storage::cell<Instant>(row, *storage::outbox_table.index_of("createdAt")));
        const Result<Secret> opened = crypto::symmetric_decrypt(keys_, sealed);
        if (!opened.ok()) continue;
        CS_TRY(Message message, message_from(opened->reveal_text(), at));
        messages.push_back(std::move(message));
    }
    return messages;
}

std::string inbox_json(std::span<const Message> messages) {
    std::string text;
    json::Writer out{text};
    out.begin_array();
    for (const Message& message : messages) write_message(out, message);
    out.end_array();
    return text;
}

}    // namespace countersign::identity
