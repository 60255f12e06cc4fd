"""`python -m tests.bench [NAME ...]`: run the measurements and print one JSON line for each row.

Every module beside this one that has a `main()` is a measurement: it returns (or yields) its
rows, flat mappings that begin with what was measured. Names choose modules; none means all.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path


def names() -> list[str]:
    """Return the modules beside this one, helpers left out."""
    return sorted(
        module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])
        if not module.name.startswith("_")
    )


def main(chosen: list[str]) -> int:
    """Run the chosen measurements; 2 when there is no such one."""
    known = names()
    unknown = [name for name in chosen if name not in known]
    if unknown:
        print(f"no such measurement: {', '.join(unknown)}; there are {', '.join(known)}",
              file=sys.stderr)
        return 2
    for name in chosen or known:
        measure = getattr(importlib.import_module(f"tests.bench.{name}"), "main", None)
        if measure is None:
            continue
        for row in measure() or ():
            print(json.dumps({"bench": name, **row}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
