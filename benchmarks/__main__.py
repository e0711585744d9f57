"""Print how many times longer a gradient takes than the same gradient written out by hand.

python -m benchmarks                          the whole table, and its files
python -m benchmarks --quick                  small sizes, some seconds: does it still run?
python -m benchmarks --only small,chain --libraries backprop_lab
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.libraries import LIBRARIES, installed
from benchmarks.rows import GROUPS, Row, rows
from benchmarks.run import as_stored, run


def names(text: str, known: dict, what: str) -> list[str]:
    """The names in `a,b,c`, or an error that lists what there is."""
    given = [name.strip() for name in text.split(",") if name.strip()]
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise argparse.ArgumentTypeError(
                f"there is no {what} {name!r}.{hint} There are: {', '.join(known)}."
            )
    if not given:
        raise argparse.ArgumentTypeError(f"name at least one {what} of: {', '.join(known)}.")
    return given


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    groups = "\n".join(f"  {name:<12} {text}" for name, text in GROUPS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"workloads:\n{groups}\n\nlibraries:\n  {', '.join(LIBRARIES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="small sizes, few rounds; writes nothing")
    add("--only", metavar="NAMES", type=lambda t: names(t, GROUPS, "workload"))
    add("--libraries", metavar="NAMES", type=lambda t: names(t, LIBRARIES, "library"))
    add("--write", action="store_true", help="write the files although the table is not whole")
    add("--folder", type=Path, default=Path(__file__).parent, help="where the files go")
    return parser


def present(asked: list[str] | None, parser: argparse.ArgumentParser) -> list[str]:
    """The libraries to measure: those asked for, which must be there, or all that are."""
    missing = [n for n in asked or LIBRARIES if not installed(LIBRARIES[n][2])]
    if asked and missing:
        parser.error(f"{', '.join(missing)} is not installed; `make bench-peers` installs all.")
    if missing:
        print(f"Not installed, so left out: {', '.join(missing)} (`make bench-peers`).")
    return [n for n in asked or LIBRARIES if n not in missing]


def tell(row: Row, found: dict) -> None:
    """Print one row of one library as soon as it is measured."""
    for column, cell in found.items():
        print(report.line(as_stored(row, {}), column, cell), flush=True)


def main() -> None:
    parser = arguments()
    options = parser.parse_args()
    libraries = present(options.libraries, parser)
    wanted = [r for r in rows(options.quick) if not options.only or r.group in options.only]
    absent = {row.needs for row in wanted if row.needs and not installed(row.needs)}
    if absent:
        print(f"Not installed, so the rows against it are left out: {', '.join(absent)}.")
    try:
        results = run(options.quick, options.only, libraries, tell)
    except RuntimeError as error:
        sys.exit(f"{error} Nothing was written.")
    print("\n" + report.markdown(results))
    whole = not (options.quick or options.only or options.libraries)
    if whole or options.write:
        written = report.write(results, options.folder)
        print("Written: " + ", ".join(path.name for path in written))
    else:
        print("Nothing was written: this is not the whole table (--write does it all the same).")


if __name__ == "__main__":
    main()
