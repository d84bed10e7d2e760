"""What `./dev install` and `./dev package` leave is complete: from a prefix and from the packages a C program builds through
pkg-config and a C++17 program through CMake, both run, and nothing else is in there. ./dev test runs it."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
PRESET = os.environ.get("COUNTERSIGN_PRESET", "release")
MULTIARCH = "usr/lib/" + (subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True, check=True).stdout.strip())
OUTPUT = "accepted: ada\nrefused: Unauthorized\nfor the log: token.{}\n"
HEADERS = {"countersign.h", "countersign-fetch.h", "jose.hpp"}


def run(*command: object, **more: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command}\n{done.stdout}{done.stderr}")
    return done.stdout


def files_below(root: pathlib.Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_symlink() or path.is_file()}


class Installed(unittest.TestCase):
    def setUp(self) -> None:
        self.room = tempfile.TemporaryDirectory()
        self.addCleanup(self.room.cleanup)
        self.work = pathlib.Path(self.room.name)

    def build_and_run(self, prefix: pathlib.Path, libdir: pathlib.Path) -> None:
        environment = {**os.environ, "PKG_CONFIG_PATH": str(libdir / "pkgconfig"), "LD_LIBRARY_PATH": str(libdir)}
        flags = run("pkg-config", "--cflags", "--libs", "countersign", env=environment).split()
        program = self.work / "c"
        run("cc", "-std=c11", "-Wall", "-Werror", "-pedantic", "-o", program, ROOT / "examples/c/verify.c", *flags)
        self.assertEqual(run(program, env=environment), OUTPUT.format("signature_malformed"))
        self.assertIn("-lcountersign-fetch", run("pkg-config", "--libs", "countersign-fetch", env=environment))
        build = self.work / "cpp"
        run("cmake", "-S", ROOT / "examples/cpp", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
        self.assertIn(str(prefix), (build / "CMakeCache.txt").read_text())
        run("cmake", "--build", build)
        self.assertEqual(run(build / "verify", env=environment), OUTPUT.format("alg_none"))

    def test_a_prefix(self) -> None:
        prefix = self.work / "prefix"
        run(ROOT / "dev", "install", "--prefix", prefix, env={**os.environ, "COUNTERSIGN_PRESET": PRESET})
        self.assertEqual({f for f in files_below(prefix) if f.startswith("include/")},
                         {f"include/countersign/{name}" for name in HEADERS})
        moved = self.work / "moved"
        prefix.rename(moved)    # nothing in it knows where it was
        self.build_and_run(moved, moved / "lib")

    def test_it_is_built_without_node(self) -> None:
        commands = run("ninja", "-C", ROOT / "build" / PRESET, "-t", "commands", "countersign_so", "countersign_fetch_so")
        self.assertIn("system_fetch.cpp", commands)
        self.assertNotRegex(commands, r"build-web|embed_web|\bnpm\b|\bnode\b")

    def test_packages(self) -> None:
        libraries = [] if "--program" in sys.argv else ["--libraries"]
        run(ROOT / "dev", "package", *libraries, env={**os.environ, "COUNTERSIGN_PRESET": PRESET})
        root, seen, control = self.work / "root", {}, {}
        for package in sorted((ROOT / "build/packages").glob("*.deb")):
            name = package.name.split("_")[0]
            control[name] = run("dpkg-deb", "--field", package)
            run("dpkg-deb", "--extract", package, self.work / name)
            run("dpkg-deb", "--extract", package, root)
            seen[name] = {f for f in files_below(self.work / name) if "/doc/" not in f}
            self.assertRegex(run("dpkg-deb", "--contents", package), r"usr/share/doc/.*/copyright")
            self.assertNotRegex(run("dpkg-deb", "--contents", package), r"\s(?!root/root)\w+/\w+\s+\d+ \d{4}-")
        self.assertEqual(seen["libcountersign1"], {f"{MULTIARCH}/libcountersign.so.{end}" for end in ("1", "0.1.0")})
        self.assertEqual(seen["libcountersign-fetch1"], {f"{MULTIARCH}/libcountersign-fetch.so.{end}" for end in ("1", "0.1.0")})
        development = seen["libcountersign-dev"]
        self.assertTrue({f"usr/include/countersign/{name}" for name in HEADERS} <= development)
        self.assertTrue({f"{MULTIARCH}/libcountersign.so", f"{MULTIARCH}/pkgconfig/countersign.pc",
                         f"{MULTIARCH}/cmake/Countersign/CountersignConfig.cmake"} <= development)
        self.assertFalse(any(re.search(r"\.so\.|/bin/|\.a$|\.cpp$", name) for name in development))
        self.assertRegex(control["libcountersign-dev"], r"Depends: libcountersign1 \(= 0\.1\.0\)")
        self.assertNotRegex(control["libcountersign1"], r"curl|boost|sqlite|node|spdlog|Depends:.*libcountersign")
        self.assertRegex(control["libcountersign1"], r"Depends:.*libssl3.*libstdc\+\+6")
        self.assertRegex(control["libcountersign-fetch1"], r"Depends:.*libcountersign1.*libcurl4")
        if not libraries:
            self.assertEqual(seen["countersign"], {"usr/bin/countersign"})
            self.assertNotRegex(control["countersign"], r"Depends:.*(boost|libcountersign|node)")
            self.assertIn("0.1.0", run(root / "usr/bin/countersign", "version"))
        self.build_and_run(root / "usr", root / MULTIARCH)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
