"""The targets, and what a run says about them. A missed target is a word in the table, never a failure."""
from statistics import median

Results = dict[str, dict[str, list[dict]]]


def middle(results: Results, case: str, name: str, figure: str) -> float:
    return median(sample[figure] for sample in results[case][name])


def figures(results: Results) -> list[tuple[str, str, float, float, str]]:
    """id, what, measured, target, unit; at most, unless the unit begins with `>`."""
    ok, session = "GET /api/auth/ok", "GET /api/auth/get-session"
    refusals, idle = "refusals of countersign", "connections that wait"
    cpu = middle(results, ok, "countersign", "cpu_us")
    compared = middle(results, refusals, "/ok, to compare", "cpu_us")
    alone = middle(results, idle, "/ok alone", "cpu_us")
    rows = [
        ("ok-nginx", "/ok: CPU a request against nginx", cpu / middle(results, ok, "nginx", "cpu_us"), 1.0, "times"),
        ("ok-cpu", "/ok: CPU a request", cpu, 6.0, "us"),
        ("ok-floor", "/ok: CPU a request above the kernel floor", cpu - middle(results, ok, "kernel floor", "cpu_us"), 1.5, "us"),
        ("ok-better-auth", "/ok: requests a second against Better Auth",
         middle(results, ok, "countersign", "rps") / middle(results, ok, "better-auth", "rps"), 60.0, "> times"),
        ("session-cpu", "get-session: CPU a request", middle(results, session, "countersign", "cpu_us"), 22.0, "us"),
        ("memory", "idle anonymous memory", middle(results, "start and idle memory", "countersign", "anon_mib"), 15.0, "MiB"),
        ("start", "start to first 200", middle(results, "start and idle memory", "countersign", "start_ms"), 25.0, "ms"),
        ("newcomers", "last of the newcomers while busy", middle(results, "newcomers while busy", "countersign", "last_ms"), 50.0, "ms"),
        ("idle-memory", "an idle connection", middle(results, idle, "idle connections", "kib_each"), 4.0, "KiB"),
        ("idle-cpu", "/ok beside idle connections against alone",
         middle(results, idle, "/ok beside idle connections", "cpu_us") / alone, 1.1, "times"),
    ]
    for case in ("unknown route", "bad JSON"):
        rows.append((f"refused-{case.replace(' ', '-').lower()}", f"{case}: CPU above /ok",
                     middle(results, refusals, case, "cpu_us") - compared, 2.0, "us"))
    return rows


def judge(results: Results) -> list[dict]:
    verdicts = []
    for identifier, what, measured, target, unit in figures(results):
        met = measured >= target if unit.startswith(">") else measured <= target
        words = f"{'at least' if unit.startswith('>') else 'at most'} {target:g} {unit.lstrip('> ')}"
        verdicts.append({"id": identifier, "what": what, "measured": round(measured, 3), "target": words, "verdict": "met" if met else "missed"})
    return verdicts
