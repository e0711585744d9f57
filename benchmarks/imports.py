"""What importing a library adds to `import numpy`, in milliseconds, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from benchmarks.libraries import Library
from benchmarks.measure import Pace

CODE = "import time; t = time.perf_counter(); import numpy{}; print(time.perf_counter() - t)"


def added_milliseconds(workload: None, libraries: list[Library], pace: Pace) -> dict:
    """Differences of pairs: NumPy alone, NumPy and the library, in turn first and second.

    Bytecode is kept in a folder of its own, which a first run fills: what is measured is the
    second import on a machine, as on every day but the first.
    """
    found = {}
    with tempfile.TemporaryDirectory() as cache:
        # -B, or what stands for it, would compile the sources again at every import.
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        env = {**kept, "PYTHONPYCACHEPREFIX": cache}

        def seconds(also):
            command = [sys.executable, "-c", CODE.format(also)]
            return float(subprocess.run(command, env=env, check=True, capture_output=True).stdout)

        for module in dict.fromkeys(library.module for library in libraries):
            also = f", {module}"
            seconds(also)
            differences = []
            for i in range(min(pace.rounds, 20)):
                took = {name: seconds(name) for name in (["", also] if i % 2 else [also, ""])}
                differences.append(1000 * (took[also] - took[""]))
            found |= {lib.column: differences for lib in libraries if lib.module == module}
    return found
