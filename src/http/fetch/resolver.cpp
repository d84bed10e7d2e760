#include "http/fetch/resolver.hpp"

#include <netdb.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace countersign::http {
namespace {

constexpr int most_at_once = 16;
constexpr std::size_t most_addresses = 16;
std::atomic<int> running{0};    // look-ups of the whole process, those that nobody waits for among them

struct AddressListDeleter {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

struct Lookup {
    std::string host;
    std::mutex lock;
    std::condition_variable done;
    bool is_done = false;
    int error = 0;
    std::vector<IpAddress> found;

    void run() {
        addrinfo hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* list = nullptr;
        const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
        const std::unique_ptr<addrinfo, AddressListDeleter> owned{list};
        const std::lock_guard held{lock};
        error = failed;
        for (const addrinfo* one = list; one != nullptr && found.size() < most_addresses; one = one->ai_next) {
            if (const auto address = IpAddress::of(*one->ai_addr)) found.push_back(*address);
        }
        is_done = true;
        done.notify_all();
    }
};

}    // namespace

Result<std::vector<IpAddress>> SystemResolver::resolve(const std::string& host, Milliseconds time) {
    if (running.fetch_add(1) >= most_at_once) {
        running.fetch_sub(1);
        return fail(Code::fetch_failed, most_at_once, "look-ups that wait for the name server");
    }
    const auto lookup = std::make_shared<Lookup>();
    lookup->host = host;
    try {
        std::thread{[lookup] {
            lookup->run();
            running.fetch_sub(1);
        }}.detach();
    } catch (const std::system_error&) {    // the system has no thread to give
        running.fetch_sub(1);
        return fail(Code::fetch_failed, "a thread for the look-up");
    }
    std::unique_lock held{lookup->lock};
    if (!lookup->done.wait_for(held, time, [&] { return lookup->is_done; }))
        return fail(Code::fetch_timeout, time.count(), "look-up of the name");
    if (lookup->error != 0) return fail(Code::fetch_failed, "an address", ::gai_strerror(lookup->error));
    return lookup->found;
}

}    // namespace countersign::http
