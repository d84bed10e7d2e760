#include "storage/storage.hpp"

namespace countersign::storage {
namespace {

/// The first that failed; what comes behind it is done all the same.
Result<void> run_all(std::span<const Deed> deeds) {
    Result<void> first;
    for (const Deed& deed : deeds) {
        Result<void> done = deed();
        if (first.ok() && !done.ok()) first = std::move(done);
    }
    return first;
}

}    // namespace

Result<void> Storage::migrate(std::span<const Table* const> tables, std::vector<Extension> extensions) {
    CS_CHECK(complete({.tables = {tables.begin(), tables.end()}, .extensions = std::move(extensions)}));
    return {};
}

Result<void> Storage::transact(const std::function<Result<void>(Tx&)>& work) {
    Tx::Deeds deeds;
    std::optional<AuthError> refused;    // and what was done is kept
    Result<void> committed = run_transaction([&](Tx& tx) -> Result<void> {
        tx.deeds_ = &deeds;
        Result<void> done = work(tx);
        if (done.ok() || !tx.keeps_on_refusal()) return done;
        refused = std::move(done).error();
        return {};
    });
    if (!committed.ok()) {
        std::ranges::reverse(deeds.undo);
        CS_CHECK(run_all(deeds.undo));
        return committed;
    }
    const Result<void> followed = run_all(deeds.follow);
    if (refused) return fail(*std::move(refused));
    return followed;
}

}    // namespace countersign::storage
