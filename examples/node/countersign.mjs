// Countersign's verifier for Node, over koffi: countersign.h as far as an API needs it. Take it into your service.
import koffi from "koffi";

const abi = 1;
const library = koffi.load(process.env.COUNTERSIGN_LIBRARY ?? `libcountersign.so.${abi}`);
const OK = 0;
export const PUBLIC_SET = 2;

const Text = koffi.struct("cs_text", { data: "const uint8_t *", size: "size_t" });
const View = koffi.struct("cs_view", { data: "void *", size: "size_t" });    // a text that the library gives out
const ErrorOut = koffi.struct("cs_error", {
  size: "size_t", code: "int32_t", reserved: "int32_t", cause: koffi.array("char", 64), detail: koffi.array("char", 1024),
});
const VerifierAsk = koffi.struct("cs_verifier_ask", {
  size: "size_t", policy: Text, jwks: Text, fetch: "void *", log: "void *", log_context: "void *",
});
const VerifyAsk = koffi.struct("cs_verify_ask", { size: "size_t", token: Text, now: "int64_t", dpop: "void *", proof: "void *" });
const Verdict = koffi.struct("cs_verdict", {
  size: "size_t", accepted: "int32_t", http_status: "int32_t",
  public_code: View, public_message: View, oauth_error: View, cause: View, detail: View, fingerprint: View,
  subject: View, issuer: View, token_id: View, key_id: View, algorithm: View, bound_to: View, claims: View,
  expires: "int64_t", issued_at: "int64_t",
});
const GenerateAsk = koffi.struct("cs_generate_ask", {
  size: "size_t", algorithm: Text, curve: Text, rsa_bits: "uint32_t", reserved: "uint32_t",
});
const SignAsk = koffi.struct("cs_sign_ask", {
  size: "size_t", claims: Text, typ: Text, now: "int64_t", how: "int32_t", reserved: "int32_t",
});

const call = {
  verifierMake: library.func("int32_t cs_verifier_make(cs_verifier_ask *ask, _Out_ void **out, _Inout_ cs_error *error)"),
  verifierFree: library.func("void cs_verifier_free(void *verifier)"),
  resultMake: library.func("int32_t cs_result_make(_Out_ void **out)"),
  resultFree: library.func("void cs_result_free(void *result)"),
  verify: library.func("int32_t cs_verify(void *verifier, cs_verify_ask *ask, void *result)"),
  resultRead: library.func("int32_t cs_result_read(void *result, _Inout_ cs_verdict *out)"),
  keyGenerate: library.func("int32_t cs_key_generate(cs_generate_ask *ask, _Out_ void **out, _Inout_ cs_error *error)"),
  keyWrite: library.func("int32_t cs_key_write(void *key, int32_t form, _Out_ void **out, _Inout_ cs_error *error)"),
  keyFree: library.func("void cs_key_free(void *key)"),
  signerMake: library.func("int32_t cs_signer_make(void *key, cs_text algorithm, _Out_ void **out, _Inout_ cs_error *error)"),
  signerFree: library.func("void cs_signer_free(void *signer)"),
  sign: library.func("int32_t cs_sign(void *signer, cs_sign_ask *ask, _Out_ void **out, _Inout_ cs_error *error)"),
  bufferText: library.func("cs_view cs_buffer_text(void *buffer)"),
  bufferFree: library.func("void cs_buffer_free(void *buffer)"),
};

const text = (from) => {
  const data = Buffer.from(from, "utf8");
  return { data, size: data.length };
};
const read = (view) =>
  Number(view.size) === 0 ? "" : Buffer.from(koffi.decode(view.data, koffi.array("uint8_t", Number(view.size)))).toString("utf8");
const empty = (type) => {
  const size = koffi.sizeof(type);
  const out = koffi.decode(Buffer.alloc(size), type);
  return { ...out, size };
};

/** A policy, key or call that cannot be used: `cause`, and what to do about it. */
export class Unusable extends Error {
  constructor(error) {
    super(`${error.cause}: ${error.detail}`);
    this.cause = error.cause;
  }
}

/** Show a client `httpStatus` and `message` alone; `label`, `detail` and `fingerprint` are for the log. */
export class Refused extends Error {
  constructor(verdict) {
    super(read(verdict.public_message));
    this.httpStatus = verdict.http_status;
    this.label = read(verdict.cause);
    this.detail = read(verdict.detail);
    this.fingerprint = read(verdict.fingerprint);
  }
}

const made = (run) => {
  const out = [null];
  const error = empty(ErrorOut);
  if (run(out, error) !== OK) throw new Unusable(error);
  return out[0];
};
const taken = (buffer) => {
  try {
    return read(call.bufferText(buffer));
  } finally {
    call.bufferFree(buffer);
  }
};

/** One for a service. Call `close` at its end. */
export class Verifier {
  #verifier;
  #result;
  constructor(policy, jwks = "") {
    const ask = {
      size: koffi.sizeof(VerifierAsk), policy: text(policy), jwks: text(jwks), fetch: null, log: null, log_context: null,
    };
    this.#verifier = made((out, error) => call.verifierMake(ask, out, error));
    const room = [null];
    if (call.resultMake(room) !== OK) throw new Error("out of memory");
    this.#result = room[0];
  }
  /** What a right token says; throws Refused for any other. `now` (seconds) is for tests. */
  verify(token, now = 0) {
    const ask = { size: koffi.sizeof(VerifyAsk), token: text(token), now, dpop: null, proof: null };
    const code = call.verify(this.#verifier, ask, this.#result);
    const verdict = empty(Verdict);
    const ok = call.resultRead(this.#result, verdict) === OK;
    if (code !== OK || !ok || verdict.accepted !== 1) throw new Refused(verdict);
    return {
      subject: read(verdict.subject), keyId: read(verdict.key_id), algorithm: read(verdict.algorithm),
      expires: Number(verdict.expires), claims: JSON.parse(read(verdict.claims)),
    };
  }
  close() {
    call.resultFree(this.#result);
    call.verifierFree(this.#verifier);
    this.#result = this.#verifier = null;
  }
}

export class Key {
  #key;
  constructor(algorithm) {
    const ask = { size: koffi.sizeof(GenerateAsk), algorithm: text(algorithm), curve: text(""), rsa_bits: 0, reserved: 0 };
    this.#key = made((out, error) => call.keyGenerate(ask, out, error));
  }
  write(form) {
    return taken(made((out, error) => call.keyWrite(this.#key, form, out, error)));
  }
  sign(claims, typ) {
    const signer = made((out, error) => call.signerMake(this.#key, text(""), out, error));
    const ask = {
      size: koffi.sizeof(SignAsk), claims: text(JSON.stringify(claims)), typ: text(typ), now: 0, how: 0, reserved: 0,
    };
    try {
      return taken(made((out, error) => call.sign(signer, ask, out, error)));
    } finally {
      call.signerFree(signer);
    }
  }
  close() {
    call.keyFree(this.#key);
    this.#key = null;
  }
}
