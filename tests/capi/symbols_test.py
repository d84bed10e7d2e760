"""What leaves the libraries is what tests/capi/symbols.txt lists and the headers declare, and what they need is allowed."""
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).parent
INCLUDE = HERE.parent.parent / "include" / "countersign"
LIBRARY, FETCH = sys.argv[1], sys.argv[2]
SYSTEM = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
          "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2"}    # the last four: run-times of sanitizers
OURS = {"libcrypto.so.3", "libsodium.so.23", "libsimdjson.so.14", "libfmt.so.9"}
FETCHING = {"libcountersign.so.1", "libcurl.so.4", "libfmt.so.9"}


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def exported(library: str) -> list[str]:
    return [line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines()]


def dynamic(library: str, tag: str) -> list[str]:
    """The name between brackets, or the words behind the tag."""
    return [name or words for name, words in re.findall(rf"\({tag}\)(?:.*\[(.*)\]|\s+(.*))", run("readelf", "-d", library))]


def declared(header: str) -> set[str]:
    return set(re.findall(r"CS_API[^;]*?\b(cs_\w+)\(", (INCLUDE / header).read_text()))


class Symbols(unittest.TestCase):
    def test_the_list_is_the_committed_one(self) -> None:
        symbols = sorted(s for s in exported(LIBRARY) + exported(FETCH) if not s.startswith("COUNTERSIGN_"))
        self.assertEqual(symbols, sorted((HERE / "symbols.txt").read_text().split()))

    def test_every_declared_function_is_there_with_its_version(self) -> None:
        for library, header, version in ((LIBRARY, "countersign.h", "COUNTERSIGN_1"),
                                         (FETCH, "countersign-fetch.h", "COUNTERSIGN_FETCH_1")):
            names = {s for s in exported(library) if "@@" in s}
            self.assertEqual(names, {f"{name}@@{version}" for name in declared(header)})

    def test_the_soname_has_the_abi(self) -> None:
        abi = re.search(r"#define CS_ABI (\d+)", (INCLUDE / "countersign.h").read_text()).group(1)
        self.assertEqual(dynamic(LIBRARY, "SONAME")[0], f"libcountersign.so.{abi}")
        self.assertEqual(dynamic(FETCH, "SONAME")[0], f"libcountersign-fetch.so.{abi}")

    def test_only_allowed_libraries_are_needed(self) -> None:
        needed = set(dynamic(LIBRARY, "NEEDED"))
        self.assertIn("libcrypto.so.3", needed)
        self.assertEqual(needed - SYSTEM - OURS, set())
        self.assertEqual(set(dynamic(FETCH, "NEEDED")) - SYSTEM - FETCHING, set())

    def test_only_the_fetching_library_stays_loaded(self) -> None:
        self.assertIn("NODELETE", " ".join(dynamic(FETCH, "FLAGS_1")))
        self.assertNotIn("NODELETE", " ".join(dynamic(LIBRARY, "FLAGS_1")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
