// Inside of adoption.cpp: what a check sees and says, and the rows of checks by the part of the database.
#pragma once

#include "app/adoption.hpp"

namespace countersign::app::adoption {

class Look {
  public:
    Look(storage::Inspection& database, const AdoptionGiven& given) : database_{&database}, given_{given} {}

    storage::Inspection& database() const { return *database_; }
    const AdoptionGiven& given() const { return given_; }
    const std::vector<storage::ForeignTable>& tables() const { return tables_; }
    /// Null if there is none.
    const storage::ForeignTable* find(std::string_view table) const;
    const storage::ForeignColumn* find(std::string_view table, std::string_view column) const;

    void say(Verdict verdict, std::string what, std::string mend = "");
    /// The setting has to have this value (as TOML); it is found out whether it has.
    void want(std::string_view path, std::string value);

    Result<void> read_tables();
    void begin(std::string_view check) { check_ = check; }
    AdoptionReport report;

  private:
    storage::Inspection* database_;
    AdoptionGiven given_;
    std::vector<storage::ForeignTable> tables_;
    std::string_view check_;
};

struct Row {
    Given<std::string_view> id;
    Given<std::string_view> question;
    Given<Result<void> (*)(Look&)> look;
    /// Made only where this table has all that we read: what is missing has been said before.
    const storage::Table* needs = nullptr;
};

/// Tables and columns (adoption_schema.cpp), and what is in them (adoption_rows.cpp).
std::span<const Row> schema_rows();
std::span<const Row> content_rows();

/// Whether every column that must not be missing is there, of a type that we read.
enum class Complete : std::uint8_t { no, yes };
Complete is_complete(const Look& look, const storage::Table& table);
/// "1 user", "3 users".
std::string counted(std::int64_t number, std::string_view one, std::string_view several);

}    // namespace countersign::app::adoption
