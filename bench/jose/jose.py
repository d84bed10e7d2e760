"""Verifying tokens beside peers, in one run: jose.py [--quick] [--json]. Called by tools/bench jose."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from statistics import median

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OURS = os.environ["BENCH_JOSE"]
BUILT = ROOT / "build/bench"
NODE = os.environ["BENCH_NODE"]
CORE = max(os.sched_getaffinity(0))
ALGORITHMS = ["HS256", "RS256", "ES256", "EdDSA"]
# identifier, what, bound, target, unit: the first two words of the identifier say the two sides.
TARGETS = [
    ("HS256-primitive", "HS256: whole verification / the MAC alone", "at most", 1.7, "times"),
    ("RS256-primitive", "RS256: whole verification / the signature alone", "at most", 1.04, "times"),
    ("ES256-primitive", "ES256: whole verification / the signature alone", "at most", 1.03, "times"),
    ("EdDSA-primitive", "EdDSA: whole verification / the signature alone", "at most", 1.04, "times"),
    ("HS256-npm jose", "HS256: npm jose / ours", "at least", 55.0, "times"),
    ("HS256-PyJWT", "HS256: PyJWT / ours", "at least", 26.0, "times"),
    ("HS256-fast-jwt", "HS256: fast-jwt without cache / ours", "at least", 12.0, "times"),
    ("HS256-libjwt", "HS256: libjwt / ours", "at least", 12.0, "times"),
    ("EdDSA-npm jose", "EdDSA: npm jose / ours", "at least", 3.0, "times"),
    ("EdDSA-fast-jwt", "EdDSA: fast-jwt without cache / ours", "at least", 2.6, "times"),
    ("EdDSA-PyJWT", "EdDSA: PyJWT / ours", "at least", 3.0, "times"),
    ("ES256-npm jose", "ES256: npm jose / ours", "at least", 1.7, "times"),
    ("ES256-cjose", "ES256: cjose / ours", "at least", 1.05, "times"),
    ("beside", "HS256: everything that is not the MAC", "at most", 400.0, "ns"),
    ("garbage", "refusing garbage", "at most", 100.0, "ns"),
    ("unknown_header", "refusing a well-formed unknown header", "at most", 1000.0, "ns"),
    ("cache_hot", "a hit of the cache, one token", "at most", 60.0, "ns"),
    ("cache_many", "a hit of the cache, over 8,192 tokens", "at most", 150.0, "ns"),
    ("allocations", "allocations of a verification, all algorithms", "at most", 0.0, ""),
]


def run(*words: str) -> str:
    pinned = ["taskset", "-c", str(CORE), *words]
    return subprocess.run(pinned, check=True, stdout=subprocess.PIPE, text=True).stdout


def ours(material: str, alg: str) -> dict[str, float]:
    lines = run(OURS, "run", material, alg).split("\n")
    return {name: float(value) for name, value in (line.split() for line in lines if line)}


class Peers:
    """Each has files of its own form of the key; all have the same token."""

    def __init__(self, folder: str, material: str) -> None:
        self.folder, self.material = pathlib.Path(folder), material
        for row in json.load(open(material)):
            key = row.get("public", row["private"])
            secret = row["private"].get("k", "")
            raw = row["pem"].encode() if "pem" in row else base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
            (self.folder / f"{row['alg']}.key").write_bytes(raw)
            (self.folder / f"{row['alg']}.jwk").write_text(json.dumps(key))
            (self.folder / f"{row['alg']}.token").write_text(row["token"])
            self.expected = [row["iss"], row["aud"]]

    def commands(self, alg: str) -> dict[str, list[str]]:
        here, at = str(ROOT / "bench/jose"), str(self.folder / alg)
        out = {
            "npm jose": [NODE, f"{here}/peers.mjs", "jose", alg, self.material],
            "fast-jwt": [NODE, f"{here}/peers.mjs", "fast-jwt", alg, self.material],
            "PyJWT": ["/usr/bin/python3", f"{here}/peer_pyjwt.py", alg, self.material],
        }
        if alg != "EdDSA":
            out["libjwt"] = [f"{BUILT}/peer_libjwt", alg, f"{at}.key", f"{at}.token", *self.expected]
            out["cjose"] = [f"{BUILT}/peer_cjose", alg, f"{at}.jwk", f"{at}.token", *self.expected]
        return out


def measure(rounds: int) -> dict[str, dict[str, list[float]]]:
    """Nanoseconds by algorithm and side; a side's turn in every round."""
    with tempfile.TemporaryDirectory() as folder:
        material = f"{folder}/material.json"
        pathlib.Path(material).write_text(run(OURS, "material"))
        peers = Peers(folder, material)
        found: dict[str, dict[str, list[float]]] = {alg: {} for alg in ALGORITHMS}
        for turn in range(rounds):
            for alg in ALGORITHMS:
                print(f"round {turn + 1} of {rounds}: {alg}", file=sys.stderr)
                for name, value in ours(material, alg).items():
                    found[alg].setdefault(name, []).append(value)
                for name, command in peers.commands(alg).items():
                    found[alg].setdefault(name, []).append(float(run(*command)))
        return found


def judge(found: dict[str, dict[str, list[float]]]) -> list[dict]:
    def middle(alg: str, side: str) -> float:
        return median(found[alg][side])

    verdicts = []
    for identifier, what, bound, target, unit in TARGETS:
        alg, _, side = identifier.partition("-")
        if side == "primitive":
            value = middle(alg, "verify") / middle(alg, side)
        elif side:
            value = middle(alg, side) / middle(alg, "verify")
        elif identifier == "beside":
            value = middle("HS256", "verify") - middle("HS256", "primitive")
        elif identifier == "allocations":
            value = max(middle(one, identifier) for one in ALGORITHMS)
        else:
            value = middle("HS256", identifier)
        met = value <= target if bound == "at most" else value >= target
        verdicts.append({"id": identifier, "what": what, "measured": round(value, 3), "target": f"{bound} {target:g} {unit}".strip(), "verdict": "met" if met else "missed"})
    return verdicts


def text(found: dict[str, dict[str, list[float]]], verdicts: list[dict]) -> str:
    lines = ["nanoseconds of CPU each: median (lowest..highest) of the rounds"]
    for alg, sides in found.items():
        lines.append(f"\n{alg}")
        lines += [f"  {name:<16} {median(values):>12,.1f}   ({min(values):,.1f}..{max(values):,.1f})" for name, values in sides.items()]
    lines.append(f"\n{'figure':<52} {'measured':>10}  {'target':<20} verdict")
    lines += [f"{row['what']:<52} {row['measured']:>10,.2f}  {row['target']:<20} {row['verdict']}" for row in verdicts]
    return "\n".join(lines)


if __name__ == "__main__":
    samples = measure(1 if "--quick" in sys.argv else 7)
    judged = judge(samples)
    print(json.dumps({"samples": samples, "verdicts": judged}) if "--json" in sys.argv else text(samples, judged))
