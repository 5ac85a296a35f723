"""`python -m tests.bench [--json FILE] [--only NAME]`: run every bench, print one table.

Every module `bench_*.py` beside this one has a function `rows()` that yields `Row`s; a new bench is
a new file. The exit status tells whether every target was met.
"""

import argparse
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench.rows import Row, machine, table


def main() -> int:
    """Run the benches and report; 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--json", type=Path, help="write the rows to this file as well")
    parser.add_argument("--only", default="", help="run the benches whose names contain this")
    options = parser.parse_args()
    found: list[Row] = []
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        if options.only not in path.stem:
            continue
        for row in importlib.import_module(f"tests.bench.{path.stem}").rows():
            found.append(row)
            sys.stderr.write(f"{row.name}: {row.value} ({row.target})\n")
    about = machine()
    sys.stdout.write(f"{table(found)}\n\n{'; '.join(f'{k} {v}' for k, v in about.items())}\n")
    if options.json:
        text = json.dumps({"machine": about, "rows": [asdict(row) for row in found]}, indent=2)
        options.json.write_text(text + "\n", "utf-8")
    return 0 if all(row.met is not False for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
