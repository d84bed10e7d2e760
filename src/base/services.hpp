// A registry of what the application has wired together, looked up by type. Filled at start by app/, read only
// afterwards: a handler asks for the service that its folder declares.
#pragma once

#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace countersign {

class Services {
  public:
    template <class T>
    void add(T& service) {
        entries_.emplace_back(key<T>(), static_cast<void*>(&service));
    }
    template <class T>
    T& get() const {
        T* found = find<T>();
        CS_ASSERT(found != nullptr);
        return *found;
    }
    template <class T>
    T* find() const {
        for (const auto& [type, service] : entries_) {
            if (type == key<T>()) return static_cast<T*>(service);
        }
        return nullptr;
    }

  private:
    template <class T>
    static const void* key() {
        static const char mark = 0;
        return &mark;
    }
    std::vector<std::pair<const void*, void*>> entries_;
};

}    // namespace countersign
