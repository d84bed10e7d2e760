#include "base/cores.hpp"

#include <sched.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace countersign {
namespace {

class Groups : public testing::Test {
  protected:
    Groups() { std::filesystem::create_directories(root_); }
    ~Groups() override { std::filesystem::remove_all(root_); }
    void write(const std::string& path, std::string_view text) const {
        std::filesystem::create_directories(std::filesystem::path{root_ + path}.parent_path());
        std::ofstream{root_ + path} << text;
    }
    std::optional<std::size_t> cores(std::string_view groups) const { return quota_in_cores(groups, root_); }

  private:
    std::string root_ = testing::TempDir() + "groups-" + std::to_string(::getpid());
};

TEST_F(Groups, PWD_12_a_quota_is_rounded_up_and_its_absence_is_none) {
    struct Row {
        std::string_view text;
        std::optional<std::size_t> cores;
    };
    for (const Row& row : {Row{"max 100000\n", std::nullopt}, Row{"200000 100000\n", 2}, Row{"150000 100000\n", 2},
                           Row{"200001 100000\n", 3}, Row{"1000 100000\n", 1}, Row{"100000 0\n", std::nullopt},
                           Row{"", std::nullopt}, Row{"-1 100000\n", std::nullopt}, Row{"nonsense", std::nullopt}}) {
        write("/app/cpu.max", row.text);
        EXPECT_EQ(cores("0::/app\n"), row.cores) << row.text;
    }
}

TEST_F(Groups, PWD_12_the_smallest_quota_on_the_way_up_decides) {
    write("/outer/inner/cpu.max", "800000 100000\n");
    write("/outer/cpu.max", "300000 100000\n");
    EXPECT_EQ(cores("0::/outer/inner\n"), 3U);
    EXPECT_EQ(cores("0::/outer/inner/without-one\n"), 3U);
    EXPECT_EQ(cores("0::/other\n"), std::nullopt);
    write("/cpu.max", "200000 100000\n");    // the root of a container's own hierarchy
    EXPECT_EQ(cores("0::/\n"), 2U);
    EXPECT_EQ(cores("0::/outer/inner\n"), 2U);
}

TEST_F(Groups, PWD_12_the_first_version_of_groups_is_read_where_the_controller_is) {
    write("/cpu/app/cpu.cfs_quota_us", "250000\n");
    write("/cpu/app/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(cores("5:memory:/app\n4:cpu,cpuacct:/app\n0::/\n"), 3U);
    EXPECT_EQ(cores("4:cpuacct,cpu:/app\n"), 3U);
    EXPECT_EQ(cores("3:cpuset:/app\n2:cpuacct:/app\n"), std::nullopt);
    write("/cpu/app/cpu.cfs_quota_us", "-1\n");
    EXPECT_EQ(cores("4:cpu,cpuacct:/app\n"), std::nullopt);
}

TEST_F(Groups, PWD_12_what_is_no_line_of_a_group_says_nothing) {
    write("/cpu.max", "100000 100000\n");
    for (const std::string_view groups : {"", "\n", "0:", "nothing", ":"})
        EXPECT_EQ(cores(groups), std::nullopt) << groups;
}

TEST(Cores, PWD_12_a_thread_that_may_use_one_core_has_one) {
    std::size_t seen = 0;
    std::thread{[&seen] {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(::sched_getcpu(), &one);
        ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
        seen = usable_cores();
    }}.join();
    EXPECT_EQ(seen, 1U);
}

}    // namespace
}    // namespace countersign
