#include "http/lanes.hpp"

#include <sys/resource.h>

#include <future>

namespace countersign::http {
namespace {

/// What getpriority(2) says of a thread of this lane.
int niceness_in(Lanes& lanes, Lane lane) {
    std::promise<int> found;
    const auto asked = lanes.submit(lane, [&found] { found.set_value(::getpriority(PRIO_PROCESS, 0)); });
    return asked.ok() ? found.get_future().get() : -1;
}

TEST(Lanes, PWD_12_hashes_stand_behind_the_loops_where_both_want_one_core) {
    Lanes lanes{LaneOptions{}};
    const int usual = ::getpriority(PRIO_PROCESS, 0);
    constexpr int most = 19;
    EXPECT_EQ(niceness_in(lanes, Lane::hash), std::min(usual + 5, most));
    EXPECT_EQ(niceness_in(lanes, Lane::storage), usual);
    EXPECT_EQ(niceness_in(lanes, Lane::outbound), usual);
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), usual);    // this thread's is as it was
}

}    // namespace
}    // namespace countersign::http
