// DecisionTrace::find and explain over a file that somebody else has written.
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.hpp"
#include "guard/trace.hpp"

using namespace countersign;

CS_FUZZ(input) {
    static const int file = ::memfd_create("trace", MFD_CLOEXEC);
    static const std::string path = "/proc/self/fd/" + std::to_string(file);
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, input.data(), input.size(), 0) < 0) return;
    const auto found = guard::DecisionTrace::find(path, "545443826cde565c");
    fuzz::equal("readable", found.ok(), true);
    if (!found->has_value()) return;
    const std::string prose = guard::explain(**found);
    for (const char c : prose) {
        const auto byte = static_cast<unsigned char>(c);
        fuzz::equal("nothing that a terminal obeys", byte < 0x20 && byte != '\n', false);
    }
}
