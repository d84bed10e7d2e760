// Which configurations of golden traces load, where the traces are there: every key is known, and what is refused is a
// feature of a later version.
#include <fstream>

#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

TEST(Traces, every_key_of_a_golden_trace_is_known) {
    const std::filesystem::path folder = std::filesystem::path{COUNTERSIGN_SOURCE_DIR} / "../shared/better-auth/traces";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no golden traces here";
    std::size_t traces = 0, loading = 0;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) files.push_back(entry.path());
    std::ranges::sort(files);
    for (const std::filesystem::path& file : files) {
        std::ifstream in{file};
        std::string line;
        std::getline(in, line);
        const auto meta = json::parse(line);
        ASSERT_TRUE(meta.ok()) << file;
        const Loaded loaded = load_from({.file_name = file.stem().string(),
                                         .file_text = json::write(*meta->find("countersign")),
                                         .environment = {{"COUNTERSIGN_STORAGE__URL", "sqlite::memory:"}}});
        ++traces;
        std::string refused;
        for (const config::Problem& problem : loaded.tree.problems()) {
            EXPECT_TRUE(problem.what.starts_with("comes with a later version") ||
                        problem.what.contains("in this version"))
                << file << " " << problem.path << ": " << problem.what;
            refused += " " + problem.path;
        }
        loading += refused.empty() ? 1 : 0;
        std::cout << file.stem().string() << (refused.empty() ? ": loads" : ": later:" + refused) << "\n";
    }
    EXPECT_GE(loading, 7U) << "of " << traces;
}

}    // namespace
}    // namespace countersign::app
