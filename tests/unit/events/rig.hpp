// A chain in a database file, and a neighbour who can change the file but does not know the secret.
#pragma once

#include "events/journal.hpp"
#include "events/verify.hpp"
#include "storage/tables.hpp"
#include "support/database.hpp"
#include "support/log.hpp"

namespace countersign::events {

constexpr Instant start = Instant::from_unix_ms(1'770'000'000'000);
constexpr std::string_view test_secret = "a secret of the test, 32 bytes!!";

using Faults = std::vector<std::string>;

/// Each as its name and its place, in which the segments are called A, B, ...
inline Faults faults_of(const Result<Report>& report, const std::vector<std::string>& segments) {
    EXPECT_TRUE(report.ok());
    Faults found;
    for (const Finding& finding : report->findings) {
        std::string place = finding.where;
        for (std::size_t i = 0; i < segments.size(); ++i) {
            const std::size_t at = place.find(segments[i]);
            if (at != std::string::npos) place.replace(at, segments[i].size(), std::string(1, "ABCDEF"[i]));
        }
        found.push_back(std::string{*row_of(finding.fault).name} + " " + place);
    }
    return found;
}

class EventsRig {
  protected:
    EventsRig() : keys{event_keys(crypto::Keyring{Secret::from_text(test_secret)})} {
        auto opened = storage::open_sqlite({.path = folder.file("data.db")});
        EXPECT_TRUE(opened.ok());
        storage = *std::move(opened);
        constexpr const storage::Table* tables[]{&storage::audit_event_table};
        EXPECT_TRUE(storage->migrate(tables).ok());
    }
    Chain chain(ChainOptions options = {}, Begin begin = Begin::own_segment) {
        return Chain{keys, clock, random, options, begin};
    }
    Position append(Chain& to, const Event& event) {
        Position at;
        const Result<void> done = storage->transact([&](storage::Tx& tx) -> Result<void> {
            CS_TRY(at, to.append(tx, event));
            return {};
        });
        EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().detail());
        return at;
    }
    Event event(std::string user = "u1") const {
        return {.kind = Kind::sign_in,
                .at = clock.now(),
                .user = std::move(user),
                .session = "0badcafe",
                .network = "192.0.2.0/24",
                .agent = "agent",
                .reference = "ref"};
    }
    Faults faults(std::span<const ReadCheckpoint> checkpoints = {}) {
        return faults_of(verify(storage->reader(), keys, checkpoints), segments);
    }
    /// From here on the segments of the table are called A, B, ... in what faults() says.
    void name_segments() { segments = neighbour().run("SELECT DISTINCT segment FROM auditEvent ORDER BY segment"); }
    testing_support::PlainDatabase neighbour() { return testing_support::PlainDatabase{folder.file("data.db")}; }

    testing_support::TemporaryFolder folder;
    FixedClock clock{start};
    SystemRandom random;
    std::vector<EventKeys> keys;
    std::unique_ptr<storage::Storage> storage;
    std::vector<std::string> segments;
};

}    // namespace countersign::events
