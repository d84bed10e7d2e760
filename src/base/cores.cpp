#include "base/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

namespace countersign {
namespace {

std::string text_of(const std::string& path) {
    const std::ifstream file{path};
    std::ostringstream text;
    if (file) text << file.rdbuf();
    return text.str();
}

std::optional<std::size_t> in_cores(std::istream& quota_and_period) {
    std::int64_t quota = 0, period = 0;    // microseconds; "max" and -1 are no quota
    if (!(quota_and_period >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
    return static_cast<std::size_t>(std::max<std::int64_t>((quota - 1) / period + 1, 1));
}

std::optional<std::size_t> of_folder(const std::string& folder) {
    std::istringstream unified{text_of(folder + "/cpu.max")};
    if (const auto found = in_cores(unified)) return found;
    std::istringstream legacy{text_of(folder + "/cpu.cfs_quota_us") + ' ' + text_of(folder + "/cpu.cfs_period_us")};
    return in_cores(legacy);
}

/// Whether a line of /proc/self/cgroup is of the unified hierarchy or of the one that has the controller `cpu`.
bool is_of_cpu(std::string_view controllers) {
    if (controllers.empty()) return true;
    return (',' + std::string{controllers} + ',').contains(",cpu,");
}

void take_smallest(std::optional<std::size_t>& least, std::optional<std::size_t> found) {
    if (found) least = std::min(least.value_or(*found), *found);
}

std::optional<std::size_t> on_the_way(const std::string& mounted, std::string path) {
    std::optional<std::size_t> least;
    while (true) {
        take_smallest(least, of_folder(mounted + path));
        const std::size_t slash = path.rfind('/');
        if (slash == std::string::npos) return least;
        path.resize(slash);
    }
}

std::size_t cores_of_affinity() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::size_t>(CPU_COUNT(&set));
    return std::thread::hardware_concurrency();    // more cores than the set holds
}

}    // namespace

std::optional<std::size_t> quota_in_cores(std::string_view groups, const std::string& root) {
    std::optional<std::size_t> least;
    std::istringstream lines{std::string{groups}};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
        if (!is_of_cpu(controllers)) continue;
        take_smallest(least, on_the_way(controllers.empty() ? root : root + "/cpu", path));
    }
    return least;
}

std::size_t usable_cores() {
    const std::size_t allowed = std::max<std::size_t>(cores_of_affinity(), 1);
    return std::min(allowed, quota_in_cores(text_of("/proc/self/cgroup"), "/sys/fs/cgroup").value_or(allowed));
}

}    // namespace countersign
