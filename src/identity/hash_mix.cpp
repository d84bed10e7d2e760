#include "identity/hash_mix.hpp"

#include <numeric>

#include "base/encoding.hpp"
#include "crypto/password.hpp"
#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::identity {
namespace {

namespace st = storage::statements;
constexpr Seconds count_every{600};
constexpr std::string_view first_text = " ", behind_every_hash = "\x7F";    // stored hashes are printable ASCII
constexpr std::uint64_t all = std::uint64_t{1} << 32U;                      // one more than the last place on the line
constexpr std::size_t most_steps = 32, most_unreadable = 8;                 // each of them scans the table

/// The text behind everything that begins with `prefix`.
std::string behind(std::string_view prefix) {
    std::string out{prefix};
    while (!out.empty() && out.back() == '\xFF') out.pop_back();
    if (out.empty()) return std::string{behind_every_hash};
    out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
    return out;
}

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// Better Auth's scrypt begins with random hex, and its texts are among those of other schemes that begin with such
/// letters. Where the next text that is none of its own may be.
std::string behind_hex(std::string_view text) {
    constexpr std::string_view gaps[]{":", "ag", "bcg", "cg", "g"};    // "argon2$", "bcrypt$", "crypt$$"
    for (const std::string_view gap : gaps)
        if (text < gap) return std::string{gap};
    return std::string{behind_every_hash};
}

/// What the walk over the table makes of one stored text.
struct Step {
    enum class Kind : std::uint8_t { costs, free, unreadable, better_auth };
    Kind kind;
    std::string from, behind;    // where texts of its kind are
    std::string decoy;
};
Step step_of(const std::string& stored) {
    constexpr std::size_t scheme_and_cost = 7;    // of bcrypt
    const Result<crypto::StoredHash> hash = crypto::parse_stored_hash(stored);
    const bool scrypt = crypto::scheme_of(stored) == crypto::PasswordScheme::better_auth_scrypt;
    if (scrypt || !hash.ok()) {
        const std::string start = stored.substr(0, scheme_and_cost);
        return {.kind = scrypt ? Step::Kind::better_auth : Step::Kind::unreadable,
                .from = start,
                .behind = is_hex_digit(stored.front()) ? behind_hex(stored) : behind(start),
                .decoy = {}};
    }
    const std::string prefix = stored.substr(0, hash->cost_end);
    const Result<std::string> decoy = crypto::decoy_like(stored);
    return {.kind = hash->weight == crypto::Weight::light ? Step::Kind::free : Step::Kind::costs,
            .from = prefix,
            .behind = behind(prefix),
            .decoy = decoy.ok() ? *decoy : std::string{}};
}

}    // namespace

std::string_view decoy_of(HashScheme scheme) {
    return crypto::decoy_of(scheme == HashScheme::argon2id ? crypto::PasswordScheme::argon2id
                                                           : crypto::PasswordScheme::better_auth_scrypt);
}

std::string HashMix::decoy_for(std::string_view identifier) const {
    const crypto::Sha256 mac = key_.mac(bytes_of(identifier));
    std::uint64_t place = 0;
    for (const std::byte byte : std::span{mac}.first(4)) place = place << 8U | std::to_integer<std::uint64_t>(byte);
    const std::scoped_lock held{lock_};
    for (const Part& part : line_)
        if (place < part.end) return part.decoy;
    return std::string{decoy_of(usual_)};
}

Result<std::int64_t> HashMix::hashes_between(std::string_view first, std::string_view behind_last) {
    const storage::Value range[]{"credential", std::string{first}, std::string{behind_last}};
    return storage_->reader().count(st::account_count_hashes, range);
}

Result<std::optional<std::string>> HashMix::first_hash_from(std::string_view least) {
    const storage::Value range[]{"credential", std::string{least}, std::string{behind_every_hash}};
    CS_TRY(const std::optional<storage::Row> row, storage_->reader().find_one(st::account_first_hash, range));
    if (!row) return std::optional<std::string>{};
    return storage::optional_cell<std::string>(*row, *storage::account_table.index_of("password"));
}

Result<std::vector<HashMix::Kind>> HashMix::kinds(std::int64_t hashes) {
    CS_TRY(const std::int64_t argon2id, hashes_between(crypto::our_argon2id, behind(crypto::our_argon2id)));
    std::vector<Kind> found{{std::string{decoy_of(HashScheme::argon2id)}, argon2id}};
    std::int64_t rest = hashes - argon2id, free = 0;
    std::string from{first_text};
    for (std::size_t steps = 0, unread = 0; rest > 0 && steps < most_steps && unread < most_unreadable; ++steps) {
        CS_TRY(const std::optional<std::string> stored, first_hash_from(from));
        if (!stored) break;
        const Step step = step_of(*stored);
        from = step.behind;
        if (step.kind == Step::Kind::unreadable) ++unread;
        const bool counts = step.kind == Step::Kind::costs || step.kind == Step::Kind::free;
        if (!counts || step.from == crypto::our_argon2id) continue;
        CS_TRY(const std::int64_t same, hashes_between(step.from, step.behind));
        rest -= same;
        if (step.kind == Step::Kind::free)
            free += same;
        else
            found.push_back({step.decoy, same});
    }
    found.push_back({std::string{decoy_of(HashScheme::better_auth_scrypt)}, std::max<std::int64_t>(rest, 0)});
    Kind& usual = usual_ == HashScheme::argon2id ? found.front() : found.back();
    usual.hashes += free;
    return found;
}

void HashMix::cut(const std::vector<Kind>& found) {
    const auto total =
        static_cast<double>(std::accumulate(found.begin(), found.end(), std::int64_t{0},
                                            [](std::int64_t sum, const Kind& kind) { return sum + kind.hashes; }));
    std::vector<Part> line;
    std::int64_t sum = 0;
    for (const Kind& kind : found) {
        if (kind.hashes == 0) continue;
        sum += kind.hashes;
        const double share = static_cast<double>(sum) / total;
        line.push_back({kind.decoy, static_cast<std::uint64_t>(share * static_cast<double>(all))});
    }
    const std::scoped_lock held{lock_};
    line_ = std::move(line);
}

Result<void> HashMix::count() {
    CS_TRY(const std::int64_t hashes, hashes_between(first_text, behind_every_hash));
    if (hashes == 0) {
        cut({});
        return {};
    }
    CS_TRY(const std::vector<Kind> found, kinds(hashes));
    cut(found);
    return {};
}

void HashMix::begin_counting() {
    wanted_ = true;
    due_ = clock_->now() + count_every;
    thread_ = std::thread{[this] { count_when_asked(); }};
}

HashMix::~HashMix() {
    if (!thread_.joinable()) return;
    {
        const std::scoped_lock held{counting_};
        stopping_ = true;
    }
    asked_.notify_all();
    thread_.join();
}

void HashMix::count_when_asked() {
    std::unique_lock held{counting_};
    while (true) {
        asked_.wait(held, [this] { return wanted_ || stopping_; });
        if (stopping_) return;
        wanted_ = false;
        held.unlock();
        // A count that fails leaves the last one; the look-up that follows tells the caller what is wrong with storage.
        std::ignore = count();
        held.lock();
        counted_once_ = true;
        counted_.notify_all();
    }
}

void HashMix::await_count() {
    std::unique_lock held{counting_};
    if (!thread_.joinable()) return;
    if (clock_->now() >= due_) {
        due_ = clock_->now() + count_every;
        wanted_ = true;
        asked_.notify_all();
    }
    counted_.wait(held, [this] { return counted_once_; });
}

}    // namespace countersign::identity
