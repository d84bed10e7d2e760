// Reads Prometheus text as strictly as the format is written down, so that a test sees what a scraper would.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace countersign {

/// The samples by `name{labels}`, in the order of their labels as written. Adds a failure for every broken rule.
class ReadExposition {
  public:
    explicit ReadExposition(std::string_view text) {
        EXPECT_TRUE(text.ends_with('\n'));
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            read_line(text.substr(0, end));
            text.remove_prefix(std::min(end, text.size() - 1) + 1);
        }
        check_histograms();
    }
    double at(const std::string& series) const {
        const auto found = samples_.find(series);
        EXPECT_NE(found, samples_.end()) << series;
        return found == samples_.end() ? -1 : found->second;
    }
    bool has(const std::string& series) const { return samples_.contains(series); }
    const std::map<std::string, double>& samples() const { return samples_; }
    const std::map<std::string, std::string>& types() const { return types_; }

  private:
    static bool is_name(std::string_view text) {
        constexpr std::string_view chars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:";
        return !text.empty() && text.find_first_not_of(chars) == std::string_view::npos;
    }
    void read_line(std::string_view line) {
        if (line.starts_with("# HELP ")) {
            const std::string name{line.substr(7, line.find(' ', 7) - 7)};
            EXPECT_TRUE(is_name(name)) << line;
            EXPECT_TRUE(helped_.insert(name).second) << "two HELP of " << name;
            return;
        }
        if (line.starts_with("# TYPE ")) {
            const std::size_t blank = line.find(' ', 7);
            family_ = line.substr(7, blank - 7);
            EXPECT_TRUE(helped_.contains(family_)) << "no HELP of " << family_;
            EXPECT_TRUE(types_.emplace(family_, line.substr(blank + 1)).second) << "two TYPE of " << family_;
            return;
        }
        read_sample(line);
    }
    void read_sample(std::string_view line) {
        const std::size_t blank = line.rfind(' ');
        ASSERT_NE(blank, std::string_view::npos) << line;
        const std::string series{line.substr(0, blank)}, value{line.substr(blank + 1)};
        const std::string name = series.substr(0, series.find('{'));
        EXPECT_TRUE(is_name(name)) << line;
        const std::string suffix = name.starts_with(family_) ? name.substr(family_.size()) : "none";
        const bool histogram = types_[family_] == "histogram";
        const bool fits = histogram ? suffix == "_bucket" || suffix == "_sum" || suffix == "_count" : suffix.empty();
        EXPECT_TRUE(fits) << line << " below " << family_;
        EXPECT_EQ(types_[family_] == "counter", family_.ends_with("_total")) << family_;
        std::size_t read = 0;
        EXPECT_TRUE(samples_.emplace(series, std::stod(value, &read)).second) << "twice: " << series;
        EXPECT_EQ(read, value.size()) << line;
    }
    /// Buckets grow up to +Inf, which is the count.
    void check_histograms() {
        std::map<std::string, std::map<double, double>> buckets;
        for (const auto& [series, value] : samples_) {
            const std::size_t le = series.find(",le=\"");
            if (le == std::string::npos) continue;
            const std::string rest =
                series.substr(0, series.find("_bucket")) + series.substr(series.find('{'), le - series.find('{'));
            buckets[rest][std::stod(series.substr(le + 5))] = value;    // reads +Inf too
        }
        for (const auto& [rest, by_bound] : buckets) {
            double last = 0;
            for (const auto& [bound, value] : by_bound) {
                EXPECT_GE(value, last) << rest << " at " << bound;
                last = value;
            }
            EXPECT_TRUE(std::isinf(by_bound.rbegin()->first)) << rest;
            const std::string name = rest.substr(0, rest.find('{')), labels = rest.substr(rest.find('{')) + "}";
            EXPECT_EQ(at(name + "_count" + labels), last) << rest;
            EXPECT_GE(at(name + "_sum" + labels), 0) << rest;
        }
    }
    std::set<std::string> helped_;
    std::map<std::string, std::string> types_;
    std::map<std::string, double> samples_;
    std::string family_;
};

}    // namespace countersign
