// How many cores this process may use: what loops and password hashes are counted by.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace countersign {

/// The cores that this thread may run on, but no more than the quota of the process's control group pays for; at
/// least 1. A container with `--cpus 2` has two on any machine.
std::size_t usable_cores();

/// The quota of a control group in whole cores, rounded up: the smallest on the way from the group to the root of the
/// hierarchy. `groups` is the text of /proc/self/cgroup, `root` where the hierarchies are mounted (cgroups(7), versions
/// 2 and 1). Nothing without a quota.
std::optional<std::size_t> quota_in_cores(std::string_view groups, const std::string& root);

}    // namespace countersign
