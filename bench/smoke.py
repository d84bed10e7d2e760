"""Runs `tools/bench --quick` and `tools/bench jose --quick` and checks that every row is there with a figure. Speed is not
judged: timing decides no test."""
import json
import math
import subprocess
import sys

from judge import TARGETS

VERDICTS = {row[0] for row in TARGETS}
CASES = {
    "start and idle memory": {"countersign", "nginx", "node http", "better-auth"},
    "GET /api/auth/ok": {"kernel floor", "countersign", "nginx", "node http", "better-auth"},
    "GET /api/auth/get-session": {"countersign", "better-auth", "better-auth, no JWT header"},
    "GET /api/auth/jwks": {"countersign", "better-auth"},
    "get-session, jwt and bearer on both sides": {"countersign", "better-auth"},
    "get-session, no plugins on either side": {"countersign", "better-auth"},
    "refusals of countersign": {"/ok, to compare", "unknown route", "bad JSON"},
    "newcomers while busy": {"countersign", "nginx", "node http", "better-auth"},
    "connections that wait": {"/ok alone", "/ok beside idle connections", "idle connections"},
    "start with few people and many": {"few sessions", "a million"},
    "sessions of many": {"few sessions", "a million"},
    "sign-in": {"countersign", "better-auth"},
    "get-session, calm": {"countersign", "better-auth"},
    "get-session, flood": {"countersign", "better-auth"},
    "get-session on PostgreSQL": {f"{name}, {n} connections" for name in ("countersign", "better-auth") for n in (32, 128)},
}


JOSE = {
    "HS256": {"npm jose", "fast-jwt", "PyJWT", "libjwt", "cjose", "cache_hot", "cache_many", "garbage", "unknown_header"},
    "RS256": {"npm jose", "fast-jwt", "PyJWT", "libjwt", "cjose"},
    "ES256": {"npm jose", "fast-jwt", "PyJWT", "libjwt", "cjose"},
    "EdDSA": {"npm jose", "fast-jwt", "PyJWT"},
}


def jose_problems(report: dict) -> list[str]:
    found = [f"no verdict: {row}" for row in report["verdicts"] if row["verdict"] not in {"met", "missed"} or not math.isfinite(row["measured"])]
    if len(report["verdicts"]) < 19:
        found.append(f"verdicts that are not there: {len(report['verdicts'])}")
    for alg, sides in JOSE.items():
        missing = (sides | {"verify", "primitive"}) - {name for name, values in report["samples"].get(alg, {}).items() if values and all(value > 0 for value in values)}
        if missing:
            found.append(f"{alg}: no figures of {sorted(missing)}")
        if any(report["samples"][alg]["allocations"]):
            found.append(f"{alg}: a verification allocates")
    return found


def problems(report: dict) -> list[str]:
    found = []
    if (verdicts := {row["id"] for row in report["verdicts"]}) != VERDICTS:
        found.append(f"verdicts that differ: {sorted(verdicts ^ VERDICTS)}")
    for row in report["verdicts"]:
        if row["verdict"] not in {"met", "missed"} or not math.isfinite(row["measured"]):
            found.append(f"no verdict: {row}")
    if (cases := {case: set(names) for case, names in report["samples"].items()}) != CASES:
        found.append(f"cases that differ: {cases}")
    for case, names in report["samples"].items():
        for name, samples in names.items():
            if not samples or any(not math.isfinite(value) for sample in samples for value in sample.values()):
                found.append(f"{case}, {name}: no figures")
            if any(sample.get("broken", 0) > 0 for sample in samples):
                found.append(f"{case}, {name}: broken connections")
    return found


def report_of(*words: str) -> dict:
    return json.loads(subprocess.run(["tools/bench", *words, "--quick", "--json"], stdout=subprocess.PIPE, check=True).stdout)


found = problems(report_of()) + jose_problems(report_of("jose"))
print("\n".join(found) or "bench: every row has a figure")
sys.exit(1 if found else 0)
