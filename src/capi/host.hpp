// What the host brings: how to fetch, and where to say what happened.
#pragma once

#include "base/fetch.hpp"
#include "base/log.hpp"
#include "capi/call.hpp"

struct cs_fetch_answer : countersign::capi::Handle<0x66657463> {
    countersign::FetchResponse response;
    std::size_t max_bytes = 0;
    std::size_t header_bytes = 0;
    bool too_large = false;
};

namespace countersign::capi {

class HostFetch final : public Fetch {
  public:
    void set(const cs_fetch& host) { host_ = host; }
    bool is_set() const { return host_.fetch != nullptr; }
    /// Errors: fetch.*; an answer that breaks the request's limits is refused here, whatever the host says.
    Result<FetchResponse> fetch(const FetchRequest& ask) override;

  private:
    cs_fetch host_{};
};

class HostLog final : public Logger {
  public:
    void set(cs_log_function log, void* context) {
        log_ = log;
        context_ = context;
    }
    void event(Level level, std::string_view name, std::initializer_list<LogField> fields) override;

  private:
    cs_log_function log_ = nullptr;
    void* context_ = nullptr;
};

/// Why a fetch failed, as a number of countersign.h and as a cause of ours.
struct FetchFailure {
    int32_t number;
    Code cause;
};
inline constexpr std::array fetch_failures{
    FetchFailure{CS_FETCH_FAILED, Code::fetch_failed},
    FetchFailure{CS_FETCH_TIMEOUT, Code::fetch_timeout},
    FetchFailure{CS_FETCH_TOO_LARGE, Code::fetch_too_large},
    FetchFailure{CS_FETCH_REDIRECT, Code::fetch_redirect},
    FetchFailure{CS_FETCH_URL_REFUSED, Code::fetch_url_refused},
    FetchFailure{CS_FETCH_ADDRESS_REFUSED, Code::fetch_address_refused},
    FetchFailure{CS_FETCH_TLS_UNTRUSTED, Code::fetch_tls_untrusted},
};

}    // namespace countersign::capi
