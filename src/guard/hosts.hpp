// Which values of Host name this server (RDR-06): a page that rebinds its own name to our address reaches nothing.
#pragma once

#include <string>
#include <vector>

#include "base/url.hpp"

namespace countersign::guard {

class Hosts {
  public:
    enum class Addresses : std::uint8_t { listed_only, any_literal };

    /// Names nothing: every Host is refused until one is added.
    explicit Hosts(Addresses addresses = Addresses::listed_only) : addresses_{addresses} {}
    /// Better Auth's own behaviour: Host is never looked at.
    static Hosts unchecked();

    void add(const Origin& origin);
    /// `auth.internal` with any port, or `auth.internal:8080`. What is no host is not added.
    void add(std::string_view host);

    enum class Name : std::uint8_t { ours, foreign };
    /// A Host header as sent.
    Name check(std::string_view host) const;
    bool names_nothing() const { return names_nothing_; }

  private:
    bool is_listed(std::string_view host) const;
    bool unchecked_ = false;
    bool names_nothing_ = true;
    Addresses addresses_;
    std::vector<std::string> texts_;    // exactly as clients send them: the usual case without parsing
    std::vector<Origin> origins_;       // with their port
    std::vector<std::string> any_port_;
};

}    // namespace countersign::guard
