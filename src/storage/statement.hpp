// Statements are rows too, so they can be enumerated: one over an owned table has the owner predicate or an
// Unowned{reason}, and the reviewed list of those is tests/contract/unowned.golden (ISO-01).
#pragma once

#include "storage/table.hpp"

namespace countersign::storage {

/// The eleven operations of the contract (DESIGN D5); transact is the one without a statement.
enum class Op : std::uint8_t {
    create,
    find_one,
    find_many,
    count,
    update,    // at most one row; returns it
    update_many,
    remove,    // at most one row
    remove_many,
    consume_one,      // DELETE ... RETURNING: at most one caller gets it
    increment_one,    // adds to an integer column; returns the row
};

enum class Match : std::uint8_t { equal, not_equal, less, less_or_equal, greater, greater_or_equal };

/// `column <match> ?`; values are bound in the order of the predicates.
struct Where {
    Given<std::string_view> column;
    Match match = Match::equal;
};

enum class Direction : std::uint8_t { ascending, descending };
struct Order {
    std::string_view column = {};
    Direction direction = Direction::ascending;
};

/// Inner join for one hot read: `join.table.id = table.on`. The row is this table's cells, then the joined table's.
struct Join {
    const Table* table = nullptr;
    std::string_view on = {};
};

struct Statement {
    Given<std::string_view> id;    // "session.by_token"
    Given<Op> op;
    Given<const Table*> table;
    std::span<const Where> where = {};
    std::span<const std::string_view> set =
        {};    // columns written by update, update_many; the column of increment_one
    /// update: the columns of the table's extension are written too, behind those of `set`.
    bool sets_extension = false;
    Order order = {};
    Join join = {};
    std::span<const std::string_view> historic = {};    // create: a value for each historic column of the table
};

/// Bound to an owner: every operation on it takes the Actor, whose user is the first bound value.
struct Owned {
    Statement statement;
};
/// Not bound to an owner, and why that is right.
struct Unowned {
    Statement statement;
    Given<std::string_view> reason;
};

}    // namespace countersign::storage
