// Memory that runs out at any one allocation: a code, and a result that is refused (TOK-32). And how much is taken when
// it does not.
#include <cstdlib>
#include <new>

#include "unit/capi/boundary.hpp"

namespace {
constexpr std::size_t never = SIZE_MAX;
thread_local std::size_t allocations = 0;
thread_local std::size_t fails_at = never;
}    // namespace

// NOLINTBEGIN(misc-new-delete-overloads): the pair is complete
void* operator new(std::size_t size) {
    const bool failing = allocations++ >= fails_at;
    void* made = failing ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (made == nullptr) throw std::bad_alloc{};
    return made;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    const bool failing = allocations++ >= fails_at;
    return failing ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size) { return ::operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t& quiet) noexcept { return ::operator new(size, quiet); }
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }
void operator delete[](void* made) noexcept { std::free(made); }
void operator delete[](void* made, std::size_t) noexcept { std::free(made); }
// NOLINTEND(misc-new-delete-overloads)

namespace countersign::capi_test {
namespace {

using jose::Rig;
constexpr std::size_t most_allocations = 20'000;

/// Runs it with one more allocation each time, until all of them are there: how many that was.
template <class F>
std::size_t with_ever_more_memory(F&& run) {
    for (std::size_t room = 0; room < most_allocations; ++room) {
        allocations = 0;
        fails_at = room;
        const cs_code code = run();
        fails_at = never;
        if (code == CS_OK) return room;
        EXPECT_EQ(code, CS_NO_MEMORY) << "after " << room << " allocations";
        if (code != CS_NO_MEMORY) return room;
    }
    return most_allocations;
}

TEST(CBoundary, TOK_32_no_memory_at_any_point_of_a_verification_is_a_refusal) {
    const Rig rig;
    const std::string token = rig.good(), set = set_of(rig), policy = policy_with();
    const Verifier verifier = make_verifier(policy, set);
    const cs_verify_ask ask{
        .size = sizeof ask, .token = c_text(token), .now = jose::test_now, .dpop = nullptr, .proof = nullptr};
    cs_result* room = nullptr;
    ASSERT_EQ(cs_result_make(&room), CS_OK);
    const Room owner{room};
    const std::size_t taken = with_ever_more_memory([&] {
        const cs_code code = cs_verify(verifier.get(), &ask, room);
        fails_at = never;
        cs_verdict verdict{};
        verdict.size = sizeof verdict;
        EXPECT_EQ(cs_result_read(room, &verdict), CS_OK);
        EXPECT_EQ(verdict.accepted == 1, code == CS_OK);
        EXPECT_EQ(verdict.subject.size > 0, code == CS_OK);
        return code;
    });
    EXPECT_GT(taken, 0U) << "the first one remembers the header";
    allocations = 0;
    EXPECT_EQ(cs_verify(verifier.get(), &ask, room), CS_OK);
    EXPECT_EQ(allocations, 0U) << "with a result that is used again";
}

TEST(CBoundary, TOK_32_no_memory_at_any_point_of_making_things_leaves_no_handle) {
    const Rig rig;
    const std::string set = set_of(rig), policy = policy_with();
    const std::string key_text{rig.jwk().write_private()->reveal_text()}, token = rig.good();
    const cs_verifier_ask ask{.size = sizeof ask,
                              .policy = c_text(policy),
                              .jwks = c_text(set),
                              .fetch = nullptr,
                              .log = nullptr,
                              .log_context = nullptr};
    const auto made = [](auto* handle, cs_code code) { EXPECT_EQ(handle != nullptr, code == CS_OK); };
    with_ever_more_memory([&] {
        cs_verifier* out = nullptr;
        const cs_code code = cs_verifier_make(&ask, &out, nullptr);
        made(out, code);
        cs_verifier_free(out);
        return code;
    });
    with_ever_more_memory([&] {
        cs_key* out = nullptr;
        const cs_code code = cs_key_parse(c_text(key_text), c_text(""), &out, nullptr);
        made(out, code);
        cs_key_free(out);
        return code;
    });
    with_ever_more_memory([&] {
        cs_buffer* out = nullptr;
        const cs_code code = cs_inspect(c_text(token), jose::test_now, &out, nullptr);
        made(out, code);
        cs_buffer_free(out);
        return code;
    });
}

}    // namespace
}    // namespace countersign::capi_test
