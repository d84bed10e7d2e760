#include "guard/trace.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "support/database.hpp"

namespace countersign::guard {
namespace {

const Instant noon = *parse_iso8601("2026-11-24T12:00:00.000Z");

/// One refusal of a client of its own, so that sampling stays out of the way.
DecisionTrace::Kept put(DecisionTrace& trace, int number, const AuthError& why = AuthError{Code::login_password}) {
    const std::string reference = fmt::format("ref-{:08}", number),
                      client = fmt::format("10.0.{}.{}", number / 250, number % 250);
    return trace.record({.reference = reference,
                         .at = noon + Milliseconds{number},
                         .endpoint = "/sign-in/email",
                         .client = client,
                         .why = &why});
}

std::optional<json::Value> found(const std::string& path, std::string_view reference) {
    Result<std::optional<json::Value>> record = DecisionTrace::find(path, reference);
    EXPECT_TRUE(record.ok());
    return record.ok() ? *std::move(record) : std::nullopt;
}
bool has(const std::string& path, int number) { return found(path, fmt::format("ref-{:08}", number)).has_value(); }
std::string member(const json::Value& record, std::string_view name) {
    const json::Value* value = record.find(name);
    return value == nullptr ? "absent" : json::write(*value);
}

class Trace : public testing::Test {
  protected:
    testing_support::TemporaryFolder folder_;
    std::string path_ = folder_.file("trace");
    off_t size() const {
        struct stat state{};
        EXPECT_EQ(::stat(path_.c_str(), &state), 0);
        return state.st_size;
    }
};

TEST_F(Trace, ERR_03_a_record_is_found_by_its_reference) {
    DecisionTrace trace{path_};
    EXPECT_EQ(put(trace, 1), DecisionTrace::Kept::yes);
    put(trace, 2, AuthError{Code::session_expired, noon, noon + Seconds{5}});
    const auto record = found(path_, "ref-00000002");
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(member(*record, "at"), "\"2026-11-24T12:00:00.002Z\"");
    EXPECT_EQ(member(*record, "endpoint"), "\"/sign-in/email\"");
    EXPECT_EQ(member(*record, "client"), "\"10.0.0.2\"");
    EXPECT_EQ(member(*record, "label"), "\"session.expired\"");
    EXPECT_EQ(member(*record, "status"), "401");
    EXPECT_EQ(member(*record, "shown"), "\"UNAUTHORIZED\"");
    EXPECT_EQ(member(*record, "expected"), "\"2026-11-24T12:00:00.000Z\"");
    EXPECT_EQ(member(*record, "found"), "\"2026-11-24T12:00:05.000Z\"");
    EXPECT_TRUE(member(*record, "where").starts_with("\"trace_test.cpp:"));
    EXPECT_EQ(trace.dropped(), 0U);
}

TEST_F(Trace, a_reference_is_matched_whole_and_not_by_what_a_client_wrote) {
    DecisionTrace trace{path_};
    put(trace, 1, AuthError{Code::redirect_untrusted, "a safe path", "ref-00000009"});
    EXPECT_FALSE(has(path_, 9));
    EXPECT_FALSE(found(path_, "ref-0000000").has_value());
    EXPECT_FALSE(found(path_, "").has_value());
    EXPECT_TRUE(has(path_, 1));
}

TEST_F(Trace, the_newest_of_two_records_of_one_reference_counts) {
    DecisionTrace trace{path_};
    const AuthError first{Code::session_unknown}, second{Code::storage_unavailable};
    trace.record({.reference = "r", .at = noon, .endpoint = "/a", .client = "10.0.0.1", .why = &first});
    trace.record({.reference = "r", .at = noon + Seconds{1}, .endpoint = "/a", .client = "10.0.0.1", .why = &second});
    EXPECT_EQ(member(*found(path_, "r"), "label"), "\"storage.unavailable\"");
}

TEST_F(Trace, the_oldest_records_make_room) {
    constexpr int slots = 8;
    DecisionTrace trace{path_, slots * DecisionTrace::slot_bytes};
    for (int i = 0; i < slots; ++i) put(trace, i);
    EXPECT_TRUE(has(path_, 0));
    for (int i = slots; i < slots + 3; ++i) put(trace, i);
    for (int i = 0; i < slots + 3; ++i) EXPECT_EQ(has(path_, i), i >= 3) << i;
    for (int i = slots + 3; i < 5 * slots; ++i) put(trace, i);
    EXPECT_EQ(size(), static_cast<off_t>(slots * DecisionTrace::slot_bytes));
    for (int i = 4 * slots; i < 5 * slots; ++i) EXPECT_TRUE(has(path_, i)) << i;
    EXPECT_EQ(trace.dropped(), 0U);
}

TEST_F(Trace, a_later_run_goes_on_behind_the_earlier_one) {
    constexpr std::size_t bytes = 8 * DecisionTrace::slot_bytes;
    for (int run = 0; run < 3; ++run) {
        DecisionTrace trace{path_, bytes};
        put(trace, 2 * run);
        put(trace, 2 * run + 1);
    }
    for (int i = 0; i < 6; ++i) EXPECT_TRUE(has(path_, i)) << i;
    DecisionTrace smaller{path_, 2 * DecisionTrace::slot_bytes};    // the bound was lowered in between
    put(smaller, 7);
    EXPECT_TRUE(has(path_, 7));
}

TEST_F(Trace, only_its_owner_reads_it) {
    const DecisionTrace trace{path_};
    struct stat state{};
    ASSERT_EQ(::stat(path_.c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777U, 0600U);
}

TEST_F(Trace, ERR_07_a_file_that_cannot_be_written_stops_no_refusal) {
    DecisionTrace nowhere{folder_.file("none/trace")};
    EXPECT_EQ(put(nowhere, 1), DecisionTrace::Kept::yes);    // the log still gets it
    EXPECT_EQ(put(nowhere, 2), DecisionTrace::Kept::yes);
    EXPECT_EQ(nowhere.dropped(), 2U);
    const auto missing = DecisionTrace::find(folder_.file("none/trace"), "ref-00000001");
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code(), Code::storage_unavailable);
}

TEST(TraceOnFullDisk, ERR_07_a_full_disk_loses_the_record_and_counts_it) {
    if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "this machine has no /dev/full";
    DecisionTrace trace{"/dev/full"};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(put(trace, i), DecisionTrace::Kept::yes);
    EXPECT_EQ(trace.dropped(), 3U);
}

TEST_F(Trace, a_client_that_does_not_stop_is_sampled_and_others_are_not) {
    constexpr std::size_t room = 4096 * DecisionTrace::slot_bytes;
    DecisionTrace trace{path_, room};
    const AuthError why{Code::login_password};
    const auto once = [&](std::string_view client, Instant at) {
        return trace.record({.reference = "r", .at = at, .endpoint = "/a", .client = client, .why = &why});
    };
    unsigned kept = 0;
    constexpr unsigned flood = 1'000;
    for (unsigned i = 0; i < flood; ++i) kept += once("10.0.0.1", noon) == DecisionTrace::Kept::yes ? 1U : 0U;
    EXPECT_EQ(kept, DecisionTrace::full_rate + flood / DecisionTrace::sample_one_in);
    EXPECT_EQ(trace.dropped(), flood - kept);
    EXPECT_EQ(once("10.0.0.2", noon), DecisionTrace::Kept::yes);
    EXPECT_EQ(once("10.0.0.1", noon + Seconds{1}), DecisionTrace::Kept::yes);    // the next second is a new one
}

TEST_F(Trace, ENU_13_many_clients_in_one_second_cost_bounded_memory) {
    DecisionTrace trace{path_, 16 * DecisionTrace::slot_bytes};
    int kept = 0;
    for (int i = 0; i < 10'000; ++i) {
        const AuthError why{Code::login_password};
        const std::string client = "2001:db8::" + std::to_string(i);
        kept += trace.record({.reference = "r", .at = noon, .endpoint = "/a", .client = client, .why = &why}) ==
                        DecisionTrace::Kept::yes
                    ? 1
                    : 0;
    }
    EXPECT_GT(kept, 1'000);
    EXPECT_LT(kept, 10'000);
    EXPECT_EQ(trace.dropped(), 10'000U - static_cast<unsigned>(kept));
    // Those that came first keep their own count, and what comes too late is sampled, not silent.
    const AuthError why{Code::login_password};
    const auto once = [&](const std::string& client) {
        return trace.record({.reference = "r", .at = noon, .endpoint = "/a", .client = client, .why = &why});
    };
    EXPECT_EQ(once("2001:db8::0"), DecisionTrace::Kept::yes);
    unsigned late = 0;
    for (unsigned i = 0; i < DecisionTrace::sample_one_in; ++i)
        late += once("2001:db9::1") == DecisionTrace::Kept::yes ? 1U : 0U;
    EXPECT_EQ(late, 1U);
}

TEST_F(Trace, ERR_04_no_byte_of_a_client_leaves_its_slot) {
    DecisionTrace trace{path_};
    put(trace, 1,
        AuthError{Code::redirect_untrusted, "a \"safe\" path",
                  std::string_view{"\n{\"reference\":\"x\"}\r\x1b[0m", 24}});
    put(trace, 2);
    std::ifstream file{path_};
    std::string line;
    int lines = 0;
    while (std::getline(file, line)) {
        EXPECT_EQ(line.size(), DecisionTrace::slot_bytes - 1);
        EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= 0x20 && c < 0x7F; }));
        EXPECT_TRUE(json::parse(line).ok());
        ++lines;
    }
    EXPECT_EQ(lines, 2);
    EXPECT_FALSE(found(path_, "x").has_value());
    EXPECT_TRUE(has(path_, 2));
}

TEST_F(Trace, lines_that_are_no_records_are_passed_over) {
    std::ofstream{path_} << "not a record ref-00000001\n{\"reference\":5}\n{\"reference\":\"ref-00000001\"\n";
    EXPECT_FALSE(has(path_, 1));
    DecisionTrace trace{path_};
    put(trace, 1);
    EXPECT_TRUE(has(path_, 1));
}

TEST_F(Trace, threads_share_one_ring) {
    constexpr int threads = 4, each = 200;
    DecisionTrace trace{path_, threads * each * DecisionTrace::slot_bytes};
    {
        std::vector<std::jthread> running;
        for (int t = 0; t < threads; ++t) {
            running.emplace_back([&trace, t] {
                for (int i = 0; i < each; ++i) put(trace, t * each + i);
            });
        }
    }
    EXPECT_EQ(trace.dropped(), 0U);
    for (int i = 0; i < threads * each; i += 37) EXPECT_TRUE(has(path_, i)) << i;
}

TEST_F(Trace, explains_in_prose_what_the_record_says) {
    DecisionTrace trace{path_};
    put(trace, 1, AuthError{Code::trusted_origin_missing, "a trusted origin", "https://evil.example.net"});
    const std::string prose = explain(*found(path_, "ref-00000001"));
    for (const std::string_view part :
         {"2026-11-24T12:00:00.001Z", "10.0.0.1", "/sign-in/email", "trusted_origin.missing",
          "the Origin of the request is not among trustedOrigins", "Expected: a trusted origin",
          "Found: https://evil.example.net", "INVALID_ORIGIN", "trace_test.cpp:"}) {
        EXPECT_TRUE(prose.contains(part)) << part << "\n" << prose;
    }
    const std::string empty = explain(json::Value{json::Object{}});    // a record of a later version must not crash
    EXPECT_FALSE(empty.contains("Expected:"));
}

TEST(Explain, ERR_03_a_request_that_went_on_without_its_session_was_not_refused) {
    const testing_support::TemporaryFolder folder;
    const std::string path = folder.file("trace");
    DecisionTrace trace{path};
    const AuthError why{Code::session_unknown};
    trace.record({.reference = "ref",
                  .at = Instant{},
                  .endpoint = "/get-session",
                  .client = "::1",
                  .why = &why,
                  .outcome = Outcome::went_on});
    const std::string prose = explain(**DecisionTrace::find(path, "ref"));
    EXPECT_TRUE(prose.contains("went on without a session")) << prose;
    EXPECT_TRUE(prose.contains("session.unknown")) << prose;
    EXPECT_FALSE(prose.contains("refused") || prose.contains("The client saw")) << prose;
}

TEST(Explain, ERR_04_nothing_that_a_terminal_obeys) {
    const Result<json::Value> record =
        json::parse(R"({"client":"\u001b[31mred\u0007","label":"a\u007fb","found":"x\ny"})");
    ASSERT_TRUE(record.ok());
    for (const char c : explain(*record)) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c != 0x7F)) << static_cast<int>(c);
}

}    // namespace
}    // namespace countersign::guard
