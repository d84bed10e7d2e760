"""The targets, and what a run says about them. A missed target is a word in the table, never a failure."""

from statistics import median

Results = dict[str, dict[str, list[dict]]]
TARGETS = [
    ("ok-nginx", "/ok: CPU a request against nginx", "at most", 1.0, "times"),
    ("ok-cpu", "/ok: CPU a request", "at most", 6.0, "us"),
    ("ok-floor", "/ok: CPU a request above the kernel floor", "at most", 1.5, "us"),
    ("ok-better-auth", "/ok: requests a second against Better Auth", "at least", 60.0, "times"),
    ("ok-better-auth-cpu", "/ok: CPU a request of Better Auth against ours", "at least", 60.0, "times"),
    ("session-cpu", "get-session: CPU a request", "at most", 22.0, "us"),
    ("memory", "idle anonymous memory", "at most", 15.0, "MiB"),
    ("start", "start to first 200", "at most", 25.0, "ms"),
    ("newcomers", "last of the newcomers while busy", "at most", 50.0, "ms"),
    ("idle-memory", "an idle connection", "at most", 4.0, "KiB"),
    ("idle-cpu", "/ok beside idle connections against alone", "at most", 1.1, "times"),
    ("refused-route", "unknown route: CPU above /ok", "at most", 2.0, "us"),
    ("refused-json", "bad JSON: CPU above /ok", "at most", 2.0, "us"),
    ("jwks-better-auth", "/jwks: requests a second against Better Auth", "at least", 100.0, "times"),
    ("session-better-auth", "get-session: requests a second against Better Auth, jwt and bearer", "at least", 40.0, "times"),
    ("session-plain", "the same without plugins", "at least", 45.0, "times"),
    ("many-sessions", "get-session: CPU with a million sessions against few", "at most", 1.1, "times"),
    ("many-start", "start to first 200 with a million users", "at most", 25.0, "ms"),
    ("sign-in", "sign-ins a second against Better Auth, scrypt", "at least", 1.25, "times"),
    ("flood-p99", "get-session beside a flood of sign-ins, p99", "at most", 5.0, "ms"),
    ("flood-better-auth", "the same, p99 of Better Auth against ours", "at least", 100.0, "times"),
    ("flood-memory", "anonymous memory in that flood, one hash at a time", "at most", 72.0, "MiB"),
    ("postgres-better-auth", "get-session on PostgreSQL: requests a second against Better Auth", "at least", 15.0, "times"),
    ("postgres-cpu-32", "get-session on PostgreSQL, 32 connections: CPU a request", "at most", 20.0, "us"),
    ("postgres-cpu-128", "get-session on PostgreSQL, 128 connections: CPU a request", "at most", 15.0, "us"),
]


def measured(results: Results) -> dict[str, float]:
    def middle(case: str, name: str, figure: str = "cpu_us") -> float:
        return median(sample[figure] for sample in results[case][name])

    def against_better_auth(case: str) -> float:
        return middle(case, "countersign", "rps") / middle(case, "better-auth", "rps")

    ours, ok, started = "countersign", "GET /api/auth/ok", "start and idle memory"
    refusals, idle = "refusals of countersign", "connections that wait"
    session, flood, postgres = "GET /api/auth/get-session", "get-session, flood", "get-session on PostgreSQL"
    compared = middle(refusals, "/ok, to compare")
    return {
        "ok-nginx": middle(ok, ours) / middle(ok, "nginx"),
        "ok-cpu": middle(ok, ours),
        "ok-floor": middle(ok, ours) - middle(ok, "kernel floor"),
        "ok-better-auth": against_better_auth(ok),
        "ok-better-auth-cpu": middle(ok, "better-auth") / middle(ok, ours),
        "session-cpu": middle(session, ours),
        "memory": middle(started, ours, "anon_mib"),
        "start": middle(started, ours, "start_ms"),
        "newcomers": middle("newcomers while busy", ours, "last_ms"),
        "idle-memory": middle(idle, "idle connections", "kib_each"),
        "idle-cpu": middle(idle, "/ok beside idle connections") / middle(idle, "/ok alone"),
        "refused-route": middle(refusals, "unknown route") - compared,
        "refused-json": middle(refusals, "bad JSON") - compared,
        "jwks-better-auth": against_better_auth("GET /api/auth/jwks"),
        "session-better-auth": against_better_auth("get-session, jwt and bearer on both sides"),
        "session-plain": against_better_auth("get-session, no plugins on either side"),
        "many-sessions": middle("sessions of many", "a million") / middle("sessions of many", "few sessions"),
        "many-start": middle("start with few people and many", "a million", "start_ms"),
        "sign-in": middle("sign-in", ours, "sign_ins") / middle("sign-in", "better-auth", "sign_ins"),
        "flood-p99": middle(flood, ours, "p99_us") / 1e3,
        "flood-better-auth": middle(flood, "better-auth", "p99_us") / middle(flood, ours, "p99_us"),
        "flood-memory": middle(flood, ours, "peak_mib"),
        "postgres-better-auth": middle(postgres, "countersign, 32 connections", "rps") / middle(postgres, "better-auth, 32 connections", "rps"),
        "postgres-cpu-32": middle(postgres, "countersign, 32 connections"),
        "postgres-cpu-128": middle(postgres, "countersign, 128 connections"),
    }


def judge(results: Results) -> list[dict]:
    found, verdicts = measured(results), []
    for identifier, what, bound, target, unit in TARGETS:
        value = found[identifier]
        met = value <= target if bound == "at most" else value >= target
        verdicts.append({"id": identifier, "what": what, "measured": round(value, 3)})
        verdicts[-1] |= {"target": f"{bound} {target:g} {unit}", "verdict": "met" if met else "missed"}
    return verdicts
