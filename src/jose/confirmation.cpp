#include "jose/confirmation.hpp"

namespace countersign::jose {
namespace {

/// `{"jkt": ...}` and nothing else: a second method would stay unchecked.
Result<std::string> thumbprint_of(const MemberView& cnf) {
    if (cnf.kind != JsonKind::object) return fail(Code::token_claim_type, "an object", "cnf");
    ObjectReader reader{cnf.raw, max_json_depth};
    MemberView member;
    std::string found;
    while (reader.next(member) == ObjectReader::Step::member) {
        if (!member.name.equals("jkt")) return fail(Code::token_cnf_unknown, "jkt alone", member.name.text());
        if (member.kind != JsonKind::string) return fail(Code::token_claim_type, "a text", "cnf.jkt");
        found = member.string().text();
    }
    const auto bytes = parse_base64url(found);
    if (!bytes || bytes->size() != crypto::sha256_size) return fail(Code::token_claim_type, "a thumbprint", "cnf.jkt");
    return found;
}

}    // namespace

Result<void> Confirming::check(Confirmation rule, const Claims& claims, std::string& bound_to) const {
    const bool bound = claims.has(Claim::cnf);
    if (!bound && rule == Confirmation::refuse && proof_ == nullptr) return {};
    if (!bound) return fail(Code::token_cnf_missing, "cnf with jkt");
    if (rule == Confirmation::refuse || proof_ == nullptr)
        return fail(Code::token_cnf_unproved, "proof of the key in cnf");
    CS_TRY(bound_to, thumbprint_of(*claims.find(Claim::cnf)));
    if (bound_to != proof_->thumbprint_) return fail(Code::token_cnf_mismatch, bound_to, proof_->thumbprint_);
    // The proof names the token that it was made for, and this is another one.
    if (proof_->token_hash_ != crypto::sha256(bytes_of(token_)))
        return fail(Code::dpop_ath_mismatch, "that of the token");
    return {};
}

}    // namespace countersign::jose
