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
    /// The statements and the writes of put(), for what nobody is sent: ENU-04. It leaves a row that newest() does not
    /// show and that says nothing of what was asked; these rows give way to each other only.
    Result<void> put_nothing(storage::Tx& tx, Message message);
    /// Newest first. A message that a lost secret sealed is left out.
    Result<std::vector<Message>> newest();

  private:
    /// Messages are counted up from 1, those to nobody down from -1.
    enum class Ring : std::uint8_t { messages, nothing };
    Result<void> write(storage::Tx& tx, Message message, Ring ring);
    static Result<std::int64_t> last_number(storage::Rows& rows, Ring ring);
    storage::Storage* storage_;
    const Clock* clock_;
    Random* random_;
    crypto::Keyring keys_;
};

/// The inbox as JSON: `[{"at","to","kind","subject","text","url","token","otp"}]`.
std::string inbox_json(std::span<const Message> messages);

}    // namespace countersign::identity
