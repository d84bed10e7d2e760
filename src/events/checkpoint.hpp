// Where a chain stood, signed and given to the log: whoever cuts rows off the end of the table cannot take it back
// there.
#pragma once

#include <vector>

#include "crypto/symmetric.hpp"
#include "events/record.hpp"

namespace countersign::events {

/// The keys of one application secret, each for its own purpose.
struct EventKeys {
    explicit EventKeys(const Secret& application_secret);
    crypto::HmacKey chain;
    crypto::HmacKey checkpoint;
    crypto::HmacKey session;    // of fingerprints
};
/// Those of every secret, the current one first.
std::vector<EventKeys> event_keys(const crypto::Keyring& secrets);

struct Checkpoint {
    Position position;
    Instant at;
};

/// `countersign-checkpoint.AT.SEGMENT:SEQUENCE:LINK.MAC`, for one line of a log.
std::string checkpoint_text(const EventKeys& keys, const Checkpoint& checkpoint);

/// Read, and not yet believed.
struct ReadCheckpoint {
    Checkpoint checkpoint;
    Link mac{};
};
/// The checkpoint in one line of a log, whatever stands around it; absent if there is none, or it is not whole.
std::optional<ReadCheckpoint> parse_checkpoint(std::string_view line);
bool is_signed(const ReadCheckpoint& read, std::span<const EventKeys> keys);

}    // namespace countersign::events
