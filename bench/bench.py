"""Countersign beside nginx, Node and npm Better Auth in one run: bench.py [--quick] [--json]. Run it as ./dev bench.

Every figure comes from short rounds in which the targets take turns, so that a noisy machine hits all of them alike;
the table shows medians and ranges. CPU time a request is the figure to trust: requests a second depend on the
neighbours."""
import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile

import crowd
import load
import on_postgres
from flood import flood, sign_ins
from judge import judge
from tables import samples_text, verdict_text
from targets import (
    CLIENT_CORE,
    BetterAuth,
    BetterAuthNoHeader,
    BetterAuthPlain,
    Countersign,
    CountersignAsBetterAuth,
    CountersignPlain,
    Floor,
    Hello,
    Nginx,
    Target,
)

BAD_JSON = '{"email":'


class Plan:
    """How long and how often."""

    def __init__(self, quick: bool) -> None:
        self.rounds, self.seconds, self.starts = (1, 1, 2) if quick else (5, 2, 10)
        self.busy, self.idle = (64, 500) if quick else (64, 10_000)
        self.few, self.many = (100, 5_000) if quick else (1_000, 1_000_000)
        self.flood_seconds = 2 if quick else 10


def take_turns(plan: Plan, cases: list[tuple[str, Target, dict]], cookie: str) -> dict[str, list[dict]]:
    """Rounds of every case in turn, each in another order; name to samples."""
    samples: dict[str, list[dict]] = {name: [] for name, _, _ in cases}
    for turn in range(plan.rounds):
        for name, target, what in cases[turn % len(cases) :] + cases[: turn % len(cases)]:
            samples[name].append(load.load(target, cookie, seconds=plan.seconds, **what))
    return samples


def measure_starts(plan: Plan, targets: list[Target]) -> dict[str, list[dict]]:
    """Starts with a database that exists. The last start stays: everything else is asked of it."""
    samples: dict[str, list[dict]] = {target.name: [] for target in targets}
    for target in targets:
        for _ in range(plan.starts if isinstance(target, Countersign) else min(plan.starts, 3)):
            target.stop()
            seconds = target.start()
            samples[target.name].append({"start_ms": seconds * 1e3, "anon_mib": target.anon_kib() / 1024})
    return samples


def measure_idle(plan: Plan, target: Target, cookie: str) -> dict[str, list[dict]]:
    """Rounds of /ok without, with and again without connections that only wait."""

    def rounds() -> list[dict]:
        return [load.load(target, cookie, "/api/auth/ok", plan.seconds) for _ in range(max(1, plan.rounds // 2))]

    alone, before = rounds(), target.anon_kib()
    sockets = load.open_idle(target, cookie, plan.idle)
    each = {"connections": len(sockets), "kib_each": (target.anon_kib() - before) / len(sockets)}
    beside = rounds()
    for client in sockets:
        client.close()
    target.status()  # answered when all that are closed are dealt with
    alone += rounds()
    return {"/ok alone": alone, "/ok beside idle connections": beside, "idle connections": [each]}


def measure_crowd(plan: Plan, folder: pathlib.Path) -> dict[str, dict[str, list[dict]]]:
    """The session of somebody else with each request, from a small database and from a large one; start with both."""
    small, large = (
        CountersignPlain("few sessions", folder / "few"),
        CountersignPlain("a million", folder / "many"),
    )
    targets = [(small, plan.few), (large, plan.many)]
    try:
        for target, people in targets:
            target.start()
            target.stop()
            crowd.fill(target.folder / "bench.db", people, target.folder / "cookies")
            target.start()
        os.sync()  # or a start waits for the disk to take what was just filled in
        starts = measure_starts(plan, [small, large])
        cases = [
            (t.name, t, {"path": "/api/auth/get-session", "cookies": t.folder / "cookies"}) for t, _ in targets
        ]
        for target, _ in targets:  # warm: what the system keeps of the file
            load.load(target, "x=y", "/api/auth/get-session", 2 * plan.seconds, cookies=target.folder / "cookies")
        return {"start with few people and many": starts, "sessions of many": take_turns(plan, cases, "x=y")}
    finally:
        for target, _ in targets:
            target.stop()


def measure_pair(plan: Plan, ours: Target, theirs: Target) -> dict[str, list[dict]]:
    """get-session by cookie of both with the same plugins, profile and database."""
    try:
        for target in (ours, theirs):
            target.start()
            target.sign_up()
            load.load(target, "", "/api/auth/get-session", 1)
        return take_turns(plan, [(t.name, t, {"path": "/api/auth/get-session"}) for t in (ours, theirs)], "")
    finally:
        for target in (ours, theirs):
            target.stop()


def measure_pairs(plan: Plan, folder: pathlib.Path) -> dict[str, dict[str, list[dict]]]:
    pairs = [
        ("get-session, jwt and bearer on both sides", CountersignAsBetterAuth, BetterAuth),
        ("get-session, no plugins on either side", CountersignPlain, BetterAuthPlain),
    ]
    return {
        case: measure_pair(plan, ours("countersign", folder / ours.__name__), theirs("better-auth", folder / theirs.__name__))
        for case, ours, theirs in pairs
    }


# Better Auth answers some 700 of these a second when nothing else is asked: a thousand would be a queue, not a measurement.
PROBES = {"countersign": 1000, "better-auth": 100}


def measure_flood(plan: Plan, folder: pathlib.Path) -> dict[str, dict[str, list[dict]]]:
    """Both with Better Auth's scrypt."""
    ours, theirs = CountersignAsBetterAuth("countersign", folder / "flood"), BetterAuth(
        "better-auth", folder / "flood-better-auth"
    )
    results: dict[str, dict[str, list[dict]]] = {"sign-in": {}, "get-session, calm": {}, "get-session, flood": {}}
    try:
        for target in (ours, theirs):
            target.start()
            target.sign_up()
            load.load(target, "", "/api/auth/get-session", 1)
        for _ in range(min(plan.rounds, 3)):
            for target in (ours, theirs):
                each = plan.flood_seconds, PROBES[target.name]
                results["sign-in"].setdefault(target.name, []).append(sign_ins(target, each[0]))
                results["get-session, calm"].setdefault(target.name, []).append(flood(target, each[0] / 4, 0, each[1]))
                results["get-session, flood"].setdefault(target.name, []).append(flood(target, each[0], 16, each[1]))
    finally:
        for target in (ours, theirs):
            target.stop()
    return results


def run(plan: Plan, folder: pathlib.Path) -> dict[str, dict[str, list[dict]]]:
    ours, better_auth = Countersign("countersign", folder / "countersign"), BetterAuth(
        "better-auth", folder / "better-auth"
    )
    no_header = BetterAuthNoHeader("better-auth, no JWT header", folder / "better-auth-no-header")
    hello, nginx, floor = (
        Hello("node http", folder / "hello"),
        Nginx("nginx", folder / "nginx"),
        Floor("kernel floor", folder / "floor"),
    )
    targets = [ours, nginx, hello, better_auth, no_header, floor]
    ok, session = {"path": "/api/auth/ok"}, {"path": "/api/auth/get-session"}
    results: dict[str, dict[str, list[dict]]] = {}
    try:
        for target in targets:
            target.start()
        for target in (ours, better_auth, no_header):
            target.sign_up()
        cookie = ours.cookie
        results["start and idle memory"] = measure_starts(plan, [ours, nginx, hello, better_auth])
        for target in targets:  # warm: code compiled by V8, caches filled
            load.load(target, cookie, "/api/auth/ok", 1)
        results["GET /api/auth/ok"] = take_turns(
            plan, [(t.name, t, ok) for t in (floor, ours, nginx, hello, better_auth)], cookie
        )
        results["GET /api/auth/jwks"] = take_turns(
            plan, [(t.name, t, {"path": "/api/auth/jwks"}) for t in (ours, better_auth)], cookie
        )
        results["GET /api/auth/get-session"] = take_turns(
            plan, [(t.name, t, session) for t in (ours, better_auth, no_header)], cookie
        )
        results["refusals of countersign"] = take_turns(
            plan,
            [
                ("/ok, to compare", ours, ok),
                ("unknown route", ours, {"path": "/api/auth/nothing-here", "expected": 404}),
                ("bad JSON", ours, {"path": "/api/auth/sign-in/email", "expected": 400, "body": BAD_JSON}),
            ],
            cookie,
        )
        results["newcomers while busy"] = {
            t.name: [load.newcomers(t, cookie, plan.busy) for _ in range(min(plan.rounds, 3))]
            for t in (ours, nginx, hello, better_auth)
        }
        results["connections that wait"] = measure_idle(plan, ours, cookie)
    finally:
        for target in targets:
            target.stop()
    results |= measure_pairs(plan, folder) | measure_crowd(plan, folder) | measure_flood(plan, folder)
    results["get-session on PostgreSQL"] = on_postgres.session_cases(plan, folder, take_turns)
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one short round of everything: shows that it runs, not how fast"
    )
    parser.add_argument("--json", action="store_true", help="samples and verdicts for machines")
    options = parser.parse_args()
    os.sched_setaffinity(0, {CLIENT_CORE})
    folder = pathlib.Path(tempfile.mkdtemp(prefix="countersign-bench-"))
    try:
        results = run(Plan(options.quick), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    verdicts = judge(results)
    if options.json:
        print(json.dumps({"samples": results, "verdicts": verdicts}, indent=1))
    else:
        print(samples_text(results) + "\n" + verdict_text(verdicts))
    return 0


sys.exit(main())
