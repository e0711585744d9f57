"""Print how many times longer a gradient takes than the same gradient written out by hand.

python -m benchmarks            the whole table, about two minutes
python -m benchmarks --quick    small sizes and few rounds, some seconds: does it still run?
"""

from __future__ import annotations

import argparse
import os
import sys
import tracemalloc

# One BLAS thread, and an allocator that keeps its memory: else page faults are what is measured.
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds")
    quick = parser.parse_args().quick
    if any(os.environ.get(key) != value for key, value in SETTINGS.items()):
        # They are read when a process starts, so this one is started again with them.
        os.execve(
            sys.executable,
            [sys.executable, "-m", "benchmarks", *sys.argv[1:]],
            {**os.environ, **SETTINGS},
        )

    import numpy as np

    import backprop_lab as bl
    from benchmarks.measure import median_and_quartiles, paired_ratios
    from benchmarks.workloads import workloads

    libraries = {"backprop_lab": (bl.grad, np)}
    try:
        import autograd
        import autograd.numpy
    except ImportError:
        print("HIPS autograd is not installed (pip install autograd): it is left out.")
    else:
        libraries["autograd"] = (autograd.grad, autograd.numpy)

    columns = "".join(f"{name:>24}" for name in libraries)
    print(f"{'gradient, times by hand: median (quartiles)':<44}{columns}")
    for work in workloads(quick):
        places = tuple(range(len(work.arguments)))
        runs = {"by hand": lambda work=work: work.by_hand(*work.arguments)}
        for name, (grad, xp) in libraries.items():
            gradient = grad(work.loss(xp), places)
            assert_equal(gradient(*work.arguments), runs["by hand"](), f"{work.name}, {name}")
            runs[name] = lambda gradient=gradient, work=work: gradient(*work.arguments)
        rounds, seconds = (6, 0.01) if quick else (30, 0.05)
        ratios = paired_ratios(runs, rounds, seconds)
        cells = ""
        for name in libraries:
            median, low, high = median_and_quartiles(ratios[name])
            cells += f"{f'{median:.2f} ({low:.2f}–{high:.2f})':>24}"
        print(f"{work.name:<44}{cells}", flush=True)
    print(f"tape: {bytes_an_operation():.0f} bytes an operation on a chain, values not counted")


def assert_equal(got, want, what) -> None:
    """Gradients agree before anything is timed; relative to each gradient's largest entry."""
    for a, b in zip(got, want, strict=True):
        error, scale = abs(a - b).max(), abs(b).max()
        assert a.shape == b.shape and error <= 1e-10 * scale, f"{what}: off by {error / scale:.1e}"


def bytes_an_operation(depth: int = 10_000) -> float:
    """Memory that the tape keeps for each operation on a Python float, beside the float itself."""
    import backprop_lab as bl

    def f(x):
        for _ in range(depth):
            x = 1.0001 * x
        return x

    bl.vjp(f, 1.0)
    tracemalloc.start()
    kept = bl.vjp(f, 1.0)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return size / depth - sys.getsizeof(1.0)


if __name__ == "__main__":
    main()
