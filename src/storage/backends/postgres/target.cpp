#include "storage/backends/postgres/target.hpp"

#include <libpq-fe.h>

namespace countersign::storage::postgres {
namespace {

/// What the server or libpq says, in English or by its own keyword, and what the reader of the log can do about it.
struct Refusal {
    std::string_view says;
    std::string_view mend;
};
constexpr Refusal refusals[]{
    {"password authentication failed", "the role and password of storage.url"},
    {"no password supplied", "a password in storage.url, PGPASSWORD or a passfile"},
    {"no pg_hba.conf entry", "a line of pg_hba.conf that admits us, or sslmode=require"},
    {"role \"", "a role that exists: createuser"},
    {"database \"", "a database that exists: createdb"},
    {"could not translate host name", "a host that has an address, in storage.url"},
    {"Connection refused", "a server that listens at the host and port of storage.url"},
    {"No such file or directory", "a server at this socket, or a host in storage.url"},
    {"certificate verify failed", "a certificate that sslrootcert trusts"},
    {"does not support SSL", "a server with ssl = on, or another sslmode"},
    {"too many clients", "fewer connections elsewhere, or a larger max_connections"},
    {"connection slots are reserved", "fewer connections elsewhere, or a larger max_connections"},
    {"hot standby", "a primary server, not one that follows it"},
    {"starting up", "a server that has started"},
    {"shutting down", "a server that runs"},
    {"timeout expired", "a server that answers at the host and port of storage.url"},
};

struct OptionsFree {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// Where a password that is not percent-encoded (`hun/ter2`, `hun@ter2`) leaves its pieces. libpq would say them.
bool has_pieces_of_user_info(std::string_view host, std::string_view port, std::string_view database) {
    return host.contains('@') || database.contains('@') ||
           port.find_first_not_of("0123456789,") != std::string_view::npos;
}

/// Without the address in front ("connection to server at ... failed: FATAL:  "), and of the first line.
std::string_view essence_of(std::string_view message) {
    message = message.substr(0, message.find('\n'));
    for (const std::string_view mark : {std::string_view{"failed: "}, std::string_view{"FATAL:  "}}) {
        if (const std::size_t at = message.find(mark); at != std::string_view::npos)
            message.remove_prefix(at + mark.size());
    }
    return message;
}

}    // namespace

Result<Target> Target::read(const PostgresOptions& options) {
    const std::unique_ptr<PQconninfoOption, OptionsFree> read{PQconninfoParse(options.url.c_str(), nullptr)};
    if (read == nullptr)
        return fail(Code::config_invalid, "postgres://USER:PASSWORD@HOST/DATABASE, signs percent-encoded",
                    "a storage.url that libpq does not read");
    Target target;
    for (const PQconninfoOption* one = read.get(); one->keyword != nullptr; ++one) {
        if (one->val != nullptr) target.parameters_.push_back({one->keyword, one->val});
    }
    if (has_pieces_of_user_info(target.value_of("host"), target.value_of("port"), target.value_of("dbname")))
        return fail(Code::config_invalid, "signs of user and password percent-encoded", "a storage.url without");
    constexpr std::int64_t shortest_connect = 2;    // libpq takes no less
    const std::int64_t connect =
        std::max(shortest_connect, options.connect_wait.count() / Milliseconds{Seconds{1}}.count());
    target.set_if_absent("application_name", "countersign");
    target.set_if_absent("connect_timeout", std::to_string(connect));
    target.set_if_absent("keepalives_idle", "30");
    target.set_if_absent("keepalives_interval", "5");
    target.set_if_absent("keepalives_count", "3");
    target.set_if_absent("tcp_user_timeout", std::to_string(options.statement_wait.count() * 2));
    // A server that follows another one may be behind it: a session that was ended there would be accepted here.
    target.set_if_absent("target_session_attrs", "primary");
    std::erase_if(target.parameters_, [](const Parameter& one) { return one.keyword == "client_encoding"; });
    target.parameters_.push_back({"client_encoding", "UTF8"});
    return target;
}

std::string_view Target::value_of(std::string_view keyword) const {
    const auto found = std::ranges::find(parameters_, keyword, &Parameter::keyword);
    return found == parameters_.end() ? std::string_view{} : std::string_view{found->value};
}

void Target::set_if_absent(std::string_view keyword, std::string value) {
    if (value_of(keyword).empty()) parameters_.push_back({std::string{keyword}, std::move(value)});
}

std::vector<const char*> Target::keywords() const {
    std::vector<const char*> out;
    out.reserve(parameters_.size() + 1);
    for (const Parameter& one : parameters_) out.push_back(one.keyword.c_str());
    out.push_back(nullptr);
    return out;
}

std::vector<const char*> Target::values() const {
    std::vector<const char*> out;
    out.reserve(parameters_.size() + 1);
    for (const Parameter& one : parameters_) out.push_back(one.value.c_str());
    out.push_back(nullptr);
    return out;
}

std::string Target::shown() const {
    std::string out = "postgres://";
    if (const std::string_view user = value_of("user"); !user.empty()) out += std::string{user} + "@";
    out += value_of("host");
    const std::string_view port = value_of("port");
    if (port.find_first_not_of(',') != std::string_view::npos) out += ":" + std::string{port};
    return out + "/" + std::string{value_of("dbname")};
}

AuthError Target::refusal(std::string_view message) const {
    std::string said{essence_of(message)};
    const std::string password{value_of("password")};
    for (std::size_t at = 0; !password.empty() && (at = said.find(password, at)) != std::string::npos;)
        said.replace(at, password.size(), "***");
    const auto row = std::ranges::find_if(refusals, [&](const Refusal& one) { return message.contains(one.says); });
    const std::string_view mend = row == std::end(refusals) ? std::string_view{"a connection"} : row->mend;
    return AuthError{Code::storage_unavailable, mend, said};
}

}    // namespace countersign::storage::postgres
