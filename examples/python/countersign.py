"""Countersign's verifier for Python, over ctypes: countersign.h as far as an API needs it. Take it into your service."""
import ctypes
import os

ABI = 1
OK, REFUSED, BAD_CALL, INVALID, UNAVAILABLE, ABSENT = 0, 1, 2, 3, 4, 5
PUBLIC_JWK, PUBLIC_SET, PUBLIC_PEM, PRIVATE_JWK, PRIVATE_PEM = 1, 2, 3, 5, 6


class Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]

    @classmethod
    def of(cls, value: "str | bytes") -> "Text":
        raw = value.encode() if isinstance(value, str) else value
        return cls(raw, len(raw))


class View(ctypes.Structure):
    """A text that the library gives out; c_char_p would stop at a NUL."""
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]

    def __str__(self) -> str:
        return ctypes.string_at(self.data, self.size).decode() if self.size else ""


class Sized(ctypes.Structure):
    """A structure that begins with its own size."""

    def __init__(self, **members) -> None:
        super().__init__(size=ctypes.sizeof(self), **members)


class Error(Sized):
    _fields_ = [("size", ctypes.c_size_t), ("code", ctypes.c_int32), ("reserved", ctypes.c_int32),
                ("cause", ctypes.c_char * 64), ("detail", ctypes.c_char * 1024)]


class Fetch(Sized):
    _fields_ = [("size", ctypes.c_size_t), ("fetch", ctypes.c_void_p), ("context", ctypes.c_void_p)]


class VerifierAsk(Sized):
    _fields_ = [("size", ctypes.c_size_t), ("policy", Text), ("jwks", Text), ("fetch", ctypes.POINTER(Fetch)),
                ("log", ctypes.c_void_p), ("log_context", ctypes.c_void_p)]


class VerifyAsk(Sized):
    _fields_ = [("size", ctypes.c_size_t), ("token", Text), ("now", ctypes.c_int64), ("dpop", ctypes.c_void_p),
                ("proof", ctypes.c_void_p)]


class Verdict(Sized):
    _fields_ = [("size", ctypes.c_size_t), ("accepted", ctypes.c_int32), ("http_status", ctypes.c_int32),
                ("public_code", View), ("public_message", View), ("oauth_error", View), ("cause", View), ("detail", View),
                ("fingerprint", View), ("subject", View), ("issuer", View), ("token_id", View), ("key_id", View),
                ("algorithm", View), ("bound_to", View), ("claims", View), ("expires", ctypes.c_int64),
                ("issued_at", ctypes.c_int64)]


class GenerateAsk(Sized):
    _fields_ = [("size", ctypes.c_size_t), ("algorithm", Text), ("curve", Text), ("rsa_bits", ctypes.c_uint32),
                ("reserved", ctypes.c_uint32)]


class SignAsk(Sized):
    _fields_ = [("size", ctypes.c_size_t), ("claims", Text), ("typ", Text), ("now", ctypes.c_int64), ("how", ctypes.c_int32),
                ("reserved", ctypes.c_int32)]


def _load() -> ctypes.CDLL:
    found = ctypes.CDLL(os.environ.get("COUNTERSIGN_LIBRARY", f"libcountersign.so.{ABI}"))
    found.cs_buffer_text.restype = View
    for name in ("cs_verifier_free", "cs_result_free", "cs_key_free", "cs_signer_free", "cs_buffer_free"):
        getattr(found, name).restype = None
        getattr(found, name).argtypes = [ctypes.c_void_p]
    found.cs_buffer_text.argtypes = [ctypes.c_void_p]
    found.cs_key_parse.argtypes = [Text, Text, ctypes.c_void_p, ctypes.c_void_p]
    found.cs_key_write.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p]
    found.cs_signer_make.argtypes = [ctypes.c_void_p, Text, ctypes.c_void_p, ctypes.c_void_p]
    found.cs_sign.argtypes = [ctypes.c_void_p] * 4
    found.cs_verify.argtypes = [ctypes.c_void_p] * 3
    found.cs_result_read.argtypes = [ctypes.c_void_p] * 2
    return found


library = _load()


class Refused(Exception):
    """Show a client `http_status` and `public_message` alone; `cause`, `detail` and `fingerprint` are for the log."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict.public_message))
        self.http_status = verdict.http_status
        self.public_message = str(verdict.public_message)
        self.cause, self.detail, self.fingerprint = str(verdict.cause), str(verdict.detail), str(verdict.fingerprint)


class Unusable(Exception):
    """A policy, key or call that cannot be used: cause and what to do about it."""

    def __init__(self, error: Error) -> None:
        super().__init__(f"{error.cause.decode()}: {error.detail.decode()}")
        self.cause = error.cause.decode()


def _made(call, *arguments) -> ctypes.c_void_p:
    out, error = ctypes.c_void_p(), Error()
    if call(*arguments, ctypes.byref(out), ctypes.byref(error)) != OK:
        raise Unusable(error)
    return out


def _taken(buffer: ctypes.c_void_p) -> str:
    text = str(library.cs_buffer_text(buffer))
    library.cs_buffer_free(buffer)
    return text


class Verifier:
    """One for a service; `verify` may be called by several threads at once."""

    def __init__(self, policy: str, jwks: str = "", fetch: "Fetch | None" = None) -> None:
        self._fetch = fetch
        ask = VerifierAsk(policy=Text.of(policy), jwks=Text.of(jwks))
        if fetch is not None:
            ask.fetch = ctypes.pointer(fetch)
        self._handle = _made(library.cs_verifier_make, ctypes.byref(ask))

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            library.cs_verifier_free(self._handle)

    def verify(self, token: "str | bytes", now: int = 0) -> dict:
        """Subject, key and claims (JSON) of a token that is right; raises Refused for any other. `now`: for tests."""
        result = ctypes.c_void_p()
        if library.cs_result_make(ctypes.byref(result)) != OK:
            raise MemoryError
        try:
            ask = VerifyAsk(token=Text.of(token), now=now)
            code = library.cs_verify(self._handle, ctypes.byref(ask), result)
            verdict = Verdict()
            read = library.cs_result_read(result, ctypes.byref(verdict))
            if code != OK or read != OK or verdict.accepted != 1:
                raise Refused(verdict)
            return {"subject": str(verdict.subject), "key_id": str(verdict.key_id), "expires": verdict.expires,
                    "algorithm": str(verdict.algorithm), "claims": str(verdict.claims)}
        finally:
            library.cs_result_free(result)


class Key:
    def __init__(self, handle: ctypes.c_void_p) -> None:
        self._handle = handle

    def __del__(self) -> None:
        library.cs_key_free(self._handle)

    @classmethod
    def generate(cls, algorithm: str) -> "Key":
        return cls(_made(library.cs_key_generate, ctypes.byref(GenerateAsk(algorithm=Text.of(algorithm)))))

    @classmethod
    def parse(cls, text: "str | bytes", kid: str = "") -> "Key":
        return cls(_made(library.cs_key_parse, Text.of(text), Text.of(kid)))

    def write(self, form: int) -> str:
        return _taken(_made(library.cs_key_write, self._handle, form))

    def sign(self, claims: str, typ: str, now: int = 0) -> str:
        signer = _made(library.cs_signer_make, self._handle, Text.of(""))
        try:
            return _taken(_made(library.cs_sign, signer, ctypes.byref(SignAsk(claims=Text.of(claims), typ=Text.of(typ), now=now))))
        finally:
            library.cs_signer_free(signer)
