// Identifiers that cannot be mixed up: an Id of one tag converts to nothing else (STYLE: strong types).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace countersign {

template <class Tag>
class Id {
  public:
    Id() = default;
    explicit Id(std::string text) : text_{std::move(text)} {}
    explicit Id(std::string_view text) : text_{text} {}
    explicit Id(const char* text) : text_{text} {}

    const std::string& text() const { return text_; }
    bool empty() const { return text_.empty(); }

    friend bool operator==(const Id&, const Id&) = default;
    friend auto operator<=>(const Id&, const Id&) = default;

  private:
    std::string text_;
};

using UserId = Id<struct UserTag>;
using SessionId = Id<struct SessionTag>;
using AccountId = Id<struct AccountTag>;
using KeyId = Id<struct KeyTag>;
/// Names one refusal or request: the value of `x-request-id`, what `countersign explain` takes.
using Reference = Id<struct ReferenceTag>;

}    // namespace countersign

template <class Tag>
struct std::hash<countersign::Id<Tag>> {
    std::size_t operator()(const countersign::Id<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.text());
    }
};
