"""Turns a folder of built pages into a C++ table: embed_web.py FOLDER OUTPUT (an empty FOLDER makes an empty table)."""
import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml", ".ico": "image/x-icon"}


def literal(data: bytes) -> str:
    lines = [data[i:i + 100] for i in range(0, len(data), 100)] or [b""]
    return "\n".join('        "' + "".join(f"\\{byte:03o}" for byte in line) + '"' for line in lines)


def main() -> None:
    folder, output = sys.argv[1], pathlib.Path(sys.argv[2])
    rows = []
    for path in sorted(pathlib.Path(folder).rglob("*")) if folder else []:
        if path.suffix not in TYPES:
            continue
        name = "/" + path.relative_to(folder).as_posix()
        data = path.read_bytes()
        rows.append(f'    Asset{{"{"/" if name == "/index.html" else name}", "{TYPES[path.suffix]}", std::string_view{{\n{literal(data)}, {len(data)}}}}},\n')
    output.parent.mkdir(parents=True, exist_ok=True)
    body = "constexpr std::array<Asset, %d> assets{{\n%s}};\n" % (len(rows), "".join(rows))
    output.write_text('#include <array>\n\n#include "app/pages.hpp"\n\nnamespace countersign::app {\nnamespace {\n' + body +
                      "}    // namespace\nstd::span<const Asset> embedded_assets() { return assets; }\n}    // namespace countersign::app\n")


main()
