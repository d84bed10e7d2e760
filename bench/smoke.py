"""Runs `tools/bench --quick` and checks that every row is there with a figure. Speed is not judged: timing decides no
test."""
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
    "refusals of countersign": {"/ok, to compare", "unknown route", "bad JSON"},
    "newcomers while busy": {"countersign", "nginx", "node http", "better-auth"},
    "connections that wait": {"/ok alone", "/ok beside idle connections", "idle connections"},
}


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


output = subprocess.run(["tools/bench", "--quick", "--json"], stdout=subprocess.PIPE, check=True).stdout
print("\n".join(found := problems(json.loads(output))) or "bench: every row has a figure")
sys.exit(1 if found else 0)
