// javascript.golden was recorded from Node by record_javascript.mjs.
#include <charconv>
#include <fstream>
#include <sstream>

#include "base/json.hpp"
#include "base/url.hpp"

namespace countersign {
namespace {

/// Lines of one kind: the word, what was asked, what Node said.
std::vector<std::pair<std::string, std::string>> recorded(std::string_view wanted) {
    std::ifstream file{std::string{COUNTERSIGN_SOURCE_DIR} + "/tests/unit/base/javascript.golden"};
    std::vector<std::pair<std::string, std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        std::string kind, asked, answer;
        words >> kind >> asked >> answer;
        if (kind == wanted) rows.emplace_back(asked, answer);
    }
    return rows;
}

TEST(JavaScript, numbers_are_written_as_JSON_stringify_writes_them) {
    const auto rows = recorded("number");
    ASSERT_GT(rows.size(), 20U);
    for (const auto& [asked, answer] : rows) {
        double number = 0;
        std::from_chars(asked.data(), asked.data() + asked.size(), number);
        std::string text;
        json::Writer{text}.value(number);
        EXPECT_EQ(text, answer) << asked;
    }
}

TEST(JavaScript, RDR_03_an_origin_that_is_read_is_the_one_that_browsers_read) {
    const auto rows = recorded("url");
    ASSERT_GT(rows.size(), 300U);
    std::size_t read = 0;
    for (const auto& [url, answer] : rows) {
        const std::optional<Origin> origin = parse_http_origin(url);
        if (origin) {
            EXPECT_EQ(origin->text(), answer) << url;
            ++read;
            continue;
        }
        // What is refused here but read there has a second spelling, or an empty label.
        const std::string_view host = std::string_view{url}.substr(std::string_view{"https://"}.size());
        const bool empty_label = host.contains("..") || host.starts_with('.') || host.contains(".:") ||
                                 host.ends_with('.') || host.contains('^');
        EXPECT_TRUE(answer != url || empty_label) << url;
    }
    EXPECT_GT(read, 90U);
}

}    // namespace
}    // namespace countersign
