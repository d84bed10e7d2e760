"""Tables for people."""
from statistics import median

HEADINGS = {
    "cpu_us": "CPU us a request",
    "rps": "requests a second",
    "p50_us": "p50 us",
    "p99_us": "p99 us",
    "sign_ins": "sign-ins a second",
    "peak_mib": "peak anonymous MiB",
    "start_ms": "start ms",
    "anon_mib": "anonymous MiB",
    "first_ms": "first ms",
    "median_ms": "median ms",
    "last_ms": "last ms",
    "connections": "connections",
    "kib_each": "KiB each",
}


def number(value: float) -> str:
    return (
        f"{value:,.0f}" if value >= 1000 else f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
    )


def cell(samples: list[dict], figure: str) -> str:
    values = [sample[figure] for sample in samples]
    if len(values) == 1:
        return number(values[0])
    return f"{number(median(values))} ({number(min(values))}..{number(max(values))})"


def samples_text(results: dict[str, dict[str, list[dict]]]) -> str:
    lines = []
    for case, targets in results.items():
        lines.append(f"\n{case}")
        for name, samples in targets.items():
            shown = [f"{HEADINGS[figure]} {cell(samples, figure)}" for figure in HEADINGS if figure in samples[0]]
            lines.append(f"  {name:<28} " + "   ".join(f"{text:<38}" for text in shown).rstrip())
    return "\n".join(lines)


def verdict_text(verdicts: list[dict]) -> str:
    lines = [f"{'figure':<48} {'measured':>10}  {'target':<22} verdict"]
    lines += [
        f"{row['what']:<48} {number(row['measured']):>10}  {row['target']:<22} {row['verdict']}" for row in verdicts
    ]
    return "\n".join(lines)
