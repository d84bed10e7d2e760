// Messages on their way out: written in the transaction that makes what they carry, so that nothing acknowledged is
// lost. Payloads are sealed: a copied database opens no link.
#pragma once

#include <atomic>

#include "base/mailer.hpp"
#include "base/random.hpp"
#include "crypto/symmetric.hpp"
#include "storage/storage.hpp"

namespace countersign::identity {

class Outbox {
  public:
    /// `kept`: how many messages the capture transport keeps.
    static constexpr std::int64_t kept = 1000;

    Outbox(storage::Storage& storage, const Clock& clock, Random& random, crypto::Keyring keys)
        : storage_{&storage},
          clock_{&clock},
          random_{&random},
          keys_{std::move(keys)} {}

    /// Sets `at` of the message.
    Result<void> put(storage::Tx& tx, Message message);
    /// The statements of put(), and nothing stays (ENU-04).
    Result<void> put_nothing(storage::Tx& tx, Message message);
    /// Newest first. A message that a lost secret sealed is left out.
    Result<std::vector<Message>> newest();

  private:
    struct Place {
        std::string id;
        std::int64_t number;
    };
    Result<Place> write(storage::Tx& tx, Message message);
    static Result<std::int64_t> next_number(storage::Rows& rows);
    storage::Storage* storage_;
    const Clock* clock_;
    Random* random_;
    crypto::Keyring keys_;
};

/// The inbox as JSON: `[{"at","to","kind","subject","text","url","token","otp"}]`.
std::string inbox_json(std::span<const Message> messages);

}    // namespace countersign::identity
