// Where the database is: a URL read into what libpq wants, completed with our defaults, and the ways in which opening
// it fails, each with its mend. The URL carries a password, which stands in no message.
#pragma once

#include "storage/storage.hpp"

namespace countersign::storage::postgres {

class Target {
  public:
    /// Errors: config.invalid, without a word of the URL.
    static Result<Target> read(const PostgresOptions& options);

    /// For PQconnectdbParams: both end with a null pointer, valid as long as this is.
    std::vector<const char*> keywords() const;
    std::vector<const char*> values() const;
    /// `postgres://user@host:port/database`: what a log may say.
    std::string shown() const;
    /// What libpq says of a connection that could not be made, as a cause with its mend.
    AuthError refusal(std::string_view message) const;

  private:
    std::string_view value_of(std::string_view keyword) const;
    void set_if_absent(std::string_view keyword, std::string value);
    struct Parameter {
        std::string keyword, value;
    };
    std::vector<Parameter> parameters_;
};

}    // namespace countersign::storage::postgres
