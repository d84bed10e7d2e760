// parse_checkpoint, parse_position and the ids of rows: a log and a table that somebody else has written.
#include "events/checkpoint.hpp"
#include "events/record.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    static const std::vector<events::EventKeys> keys =
        events::event_keys(crypto::Keyring{Secret::from_text("a secret of the fuzzer, 32 bytes")});
    if (const auto position = events::parse_position(input)) {
        fuzz::equal("a position", events::text_of(*position), input);
        const std::string id = events::id_of(position->segment, position->sequence);
        fuzz::equal("its place", events::place_of(id), events::place_of(position->segment, position->sequence));
        fuzz::equal("its number", events::sequence_of(id), std::optional{position->sequence});
    }
    if (const auto sequence = events::sequence_of(input))
        fuzz::equal("an id", events::id_of(input.substr(0, events::segment_length), *sequence), input);
    const auto read = events::parse_checkpoint(input);
    if (!read) return;
    fuzz::equal("signed by chance", events::is_signed(*read, keys), false);
    const std::string written = events::checkpoint_text(keys.front(), read->checkpoint);
    const auto again = events::parse_checkpoint("x " + written + "\"}");
    fuzz::equal("read again", again.has_value() && again->checkpoint.position == read->checkpoint.position, true);
    fuzz::equal("the same time", again->checkpoint.at, read->checkpoint.at);
    fuzz::equal("signed", events::is_signed(*again, keys), true);
}
