"""Requirement ids (docs/spec/*.md) without a test that carries them in its name: spec.py [--json]."""
import json
import pathlib
import re
import sys

ID = re.compile(r"(?<![A-Z])([A-Z]{3,4})[-_](\d{2})(?!\d)")
wanted = {f"{group}-{number}" for path in pathlib.Path("docs/spec").glob("*.md") for group, number in ID.findall(path.read_text())}
tested: set[str] = set()
for path in pathlib.Path("tests").rglob("*"):
    if path.suffix in {".cpp", ".hpp", ".mjs", ".py"} and "node_modules" not in path.parts:
        tested |= {f"{group}-{number}" for group, number in ID.findall(path.read_text())}
missing = sorted(wanted - tested)
if "--json" in sys.argv:
    print(json.dumps({"tested": sorted(wanted & tested), "missing": missing}))
else:
    print("\n".join(missing))
    print(f"{len(wanted & tested)} of {len(wanted)} requirements have a test")
