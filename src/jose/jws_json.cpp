#include "jose/jws_json.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace countersign::jose {

/// One reading of one document.
class DocumentReader {
  public:
    enum class Shape : std::uint8_t { flattened, general };

    static Result<DocumentReader> open(const KeySet& keys, std::string_view text, std::size_t max_size, Shape shape) {
        if (text.empty()) return fail(Code::token_missing);
        if (text.size() > max_size) return fail(Code::token_too_large, max_size, text.size());
        auto document = json::parse(text);
        if (!document.ok() || document->as_object() == nullptr) return fail(Code::token_malformed, "a JSON object");
        DocumentReader out{keys, *std::move(document)};
        CS_CHECK(out.check_shape(shape));
        const std::string* payload = out.text_of_member(out.document_, "payload");
        if (payload == nullptr) return fail(Code::token_malformed, "a text", "payload");
        out.payload_ = *payload;
        return out;
    }

    Result<SignedDocument> flattened() const {
        CS_TRY(const Key* key, verify(document_));
        return finish({key});
    }

    Result<SignedDocument> general(SignatureRule rule) const {
        std::vector<const Key*> right;
        std::optional<AuthError> refused;
        for (const json::Value& entry : *document_.find("signatures")->as_array()) {
            const auto key = verify(entry);
            if (key.ok()) {
                right.push_back(*key);
            } else if (rule == SignatureRule::all) {
                return fail(key.error());
            } else if (!refused) {
                refused = key.error();
            }
        }
        if (right.empty()) return fail(*refused);    // there is at least one signature
        return finish(std::move(right));
    }

  private:
    DocumentReader(const KeySet& keys, json::Value document) : keys_{&keys}, document_{std::move(document)} {}

    static const std::string* text_of_member(const json::Value& object, std::string_view name) {
        const json::Value* found = object.find(name);
        return found == nullptr ? nullptr : found->as_string();
    }

    /// One form or the other: a document with the members of both could be read in two ways.
    Result<void> check_shape(Shape shape) const {
        const json::Value* list = document_.find("signatures");
        if (shape == Shape::flattened) {
            if (list != nullptr) return fail(Code::token_malformed, "the flattened form", "signatures");
            return {};
        }
        for (const std::string_view name : {"signature", "protected", "header"}) {
            if (document_.find(name) != nullptr) return fail(Code::token_malformed, "the general form", name);
        }
        if (list == nullptr || list->as_array() == nullptr) return fail(Code::token_malformed, "a list", "signatures");
        const std::size_t count = list->as_array()->size();
        if (count == 0 || count > max_signatures) return fail(Code::token_malformed, "1 to 16 signatures", count);
        return {};
    }

    /// The unprotected `kid`; absent if there is none.
    static Result<std::optional<std::string>> unprotected_kid(const json::Value& entry) {
        const json::Value* header = entry.find("header");
        if (header == nullptr) return std::optional<std::string>{};
        if (header->as_object() == nullptr) return fail(Code::token_header_malformed, "an object", "header");
        for (const auto& [name, value] : *header->as_object()) {
            if (name != "kid") return fail(Code::token_header_malformed, "kid alone unprotected", name);
            const std::string* kid = value.as_string();
            if (kid == nullptr || kid->empty() || kid->size() > max_header_text || kid->contains('\0'))
                return fail(Code::token_header_malformed, "1 to 256 bytes", "kid");
            return std::optional{*kid};
        }
        return std::optional<std::string>{};
    }

    Result<const Key*> select(const json::Value& entry, const std::string& encoded) const {
        const std::optional<Bytes> header_text = parse_base64url(encoded);
        if (!header_text) return fail(Code::token_malformed, "canonical base64url", "protected");
        CS_TRY(const HeaderView header,
               parse_header(text_of(*header_text), max_json_depth, CritRule::nothing_understood));
        CS_TRY(std::optional<std::string> kid, unprotected_kid(entry));
        // RFC 7515 §7.2.1: no name in both.
        if (kid && header.kid) return fail(Code::token_header_malformed, "kid in one header", "kid");
        if (header.kid) kid = header.kid->text();
        return keys_->select(header.alg.text(), kid);
    }

    Result<const Key*> verify(const json::Value& entry) const {
        const std::string* encoded = text_of_member(entry, "protected");
        const std::string* signature = text_of_member(entry, "signature");
        if (encoded == nullptr || encoded->empty()) return fail(Code::token_malformed, "a text", "protected");
        if (signature == nullptr) return fail(Code::token_malformed, "a text", "signature");
        CS_TRY(const Key* key, select(entry, *encoded));
        CS_CHECK(check_signature(*key, *encoded + "." + payload_, *signature));
        return key;
    }

    Result<SignedDocument> finish(std::vector<const Key*> right) const {
        std::optional<Bytes> bytes = parse_base64url(payload_);
        if (!bytes) return fail(Code::token_malformed, "canonical base64url", "payload");
        return SignedDocument{*std::move(bytes), std::move(right)};
    }

    const KeySet* keys_;
    json::Value document_;
    std::string payload_;
};

namespace {

/// The two signed parts and the signature, as members of an object.
Result<void> write_signature(json::Writer& out, const SigningKey& key, std::span<const std::byte> payload,
                             HeaderFields fields) {
    CS_TRY(const std::string token, sign_compact(key, payload, fields));
    out.key("protected").value(token.substr(0, token.find('.')));
    out.key("signature").value(token.substr(token.rfind('.') + 1));
    return {};
}

}    // namespace

Result<SignedDocument> verify_flattened(const KeySet& keys, std::string_view text, std::size_t max_size) {
    CS_TRY(const DocumentReader reader, DocumentReader::open(keys, text, max_size, DocumentReader::Shape::flattened));
    return reader.flattened();
}

Result<SignedDocument> verify_general(const KeySet& keys, std::string_view text, SignatureRule rule,
                                      std::size_t max_size) {
    CS_TRY(const DocumentReader reader, DocumentReader::open(keys, text, max_size, DocumentReader::Shape::general));
    return reader.general(rule);
}

Result<std::string> sign_flattened(const SigningKey& key, std::span<const std::byte> payload, HeaderFields fields) {
    std::string text;
    json::Writer out{text};
    out.begin_object().key("payload").value(base64url(payload));
    CS_CHECK(write_signature(out, key, payload, fields));
    out.end_object();
    return text;
}

Result<std::string> sign_general(std::span<const SigningKey* const> keys, std::span<const std::byte> payload,
                                 HeaderFields fields) {
    if (keys.empty() || keys.size() > max_signatures)
        return fail(Code::token_malformed, "1 to 16 signatures", keys.size());
    std::string text;
    json::Writer out{text};
    out.begin_object().key("payload").value(base64url(payload)).key("signatures").begin_array();
    for (const SigningKey* key : keys) {
        out.begin_object();
        CS_CHECK(write_signature(out, *key, payload, fields));
        out.end_object();
    }
    out.end_array().end_object();
    return text;
}

}    // namespace countersign::jose
