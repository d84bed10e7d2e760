// What the tests of the domain stand on: the memory backend with the schema, a clock that is moved by hand.
#pragma once

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "storage/statements.hpp"
#include "storage/storage.hpp"

namespace countersign::testing_support {

inline const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");

struct Domain {
    Domain() {
        auto opened = storage::open_sqlite({.path = ":memory:"});
        EXPECT_TRUE(opened.ok());
        storage = *std::move(opened);
        static constexpr const storage::Table* tables[]{&storage::user_table,    &storage::session_table,
                                                        &storage::account_table, &storage::verification_table,
                                                        &storage::jwks_table,    &storage::outbox_table};
        EXPECT_TRUE(storage->migrate(tables).ok());
    }

    void add_user(const std::string& id, const std::string& email) {
        const storage::Row row{id, "Ann", email, true, storage::Value{}, noon, noon};
        EXPECT_TRUE(
            storage->transact([&](storage::Tx& tx) { return tx.create(storage::statements::user_create, row); }).ok());
    }
    /// A credential with `hash` as it would be stored, or with none.
    void add_credential(const std::string& user, const std::optional<std::string>& hash,
                        const std::string& provider = "credential") {
        const storage::Value none, stored = hash ? storage::Value{*hash} : none;
        const storage::Row row{
            "account-of-" + user, user, provider, user, none, none, none, none, none, none, stored, noon, noon};
        EXPECT_TRUE(
            storage->transact([&](storage::Tx& tx) { return tx.create(storage::statements::account_create, row); })
                .ok());
    }

    std::unique_ptr<storage::Storage> storage;
    FixedClock clock{noon};
    SystemRandom random;
};

}    // namespace countersign::testing_support
