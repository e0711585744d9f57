"""The benchmark works and is right. No time is asserted anywhere: machines are noisy."""

from __future__ import annotations

import doctest
import gc
import importlib.util
import json
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import explicit, machine, measure, memory, ratios, report, rows, run, scalars
from benchmarks.libraries import LIBRARIES

ROOT = Path(__file__).resolve().parent.parent
QUICK_ROWS = rows.rows(quick=True)
OURS = LIBRARIES["backprop_lab"][0]()


def bench(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


# --- hand-written gradients -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "row", [r for r in QUICK_ROWS if r.group not in ("import", "explicit")], ids=lambda r: r.title
)
def test_gradients_by_hand_are_those_of_the_library(row):
    if row.needs and importlib.util.find_spec(row.needs) is None:
        pytest.skip(f"{row.needs} is not installed")
    work = row.make()
    for workload in work.values() if isinstance(work, dict) else [work]:
        assert callable(ratios.runner(workload, OURS[0]))


def test_a_wrong_gradient_by_hand_stops_the_run():
    work = QUICK_ROWS[0].make()
    wrong = type(work)(work.loss, work.arguments, lambda *a: [1.01 * g for g in work.by_hand(*a)],
                       constants=work.constants)  # fmt: skip
    with pytest.raises(ValueError, match=r"not that by hand: gradient 0 is off by 1e-02"):
        ratios.runner(wrong, OURS[0])


def test_expression_of_micrograds_readme():
    """Its README prints the value 24.7041 and the derivatives 138.8338 and 645.5773."""

    class Plain:
        relu = staticmethod(lambda x: max(x, 0.0))

    loss, arguments = scalars.readme_expression()
    assert round(loss(Plain)(*arguments), 4) == 24.7041
    got = OURS[0].gradient(loss(OURS[0]), arguments)()
    assert [round(g, 4) for g in got] == [138.8338, 645.5773]


def test_scalar_network_against_a_peer():
    loss, weights = scalars.scalar_mlp(points=10, width=4)
    (peer,) = LIBRARIES["autograd"][0]()
    assert len(weights) == 3 * 4 + 5 * 4 + 5
    got, want = (library.gradient(loss(library), weights)() for library in (OURS[0], peer))
    np.testing.assert_allclose(got, want, rtol=1e-12)
    assert np.count_nonzero(want) > len(weights) / 2


def test_the_explicit_jacobian_gives_the_vjp():
    operands = explicit.matrices(5)
    np.testing.assert_allclose(explicit.by_jacobian(*operands), explicit.by_vjp(*operands))


@pytest.mark.parametrize(
    ("got", "want", "said"),
    [
        (np.ones(3), np.ones(3), ""),
        (np.ones(3) * (1 + 1e-11), np.ones(3), ""),
        (np.ones(3) * (1 + 1e-9), np.ones(3), "is off by 1e-09"),
        (np.float32([1, 1.00001]), np.ones(2, np.float32), ""),
        (np.float32([1, 1.001]), np.ones(2, np.float32), "is off by 1e-03"),
        (np.ones(2), np.ones(2, np.float32), "is in float64, not float32"),
        (np.ones((1, 2)), np.ones(2), "has shape (1, 2), not (2,)"),
        (np.array([np.nan, 1.0]), np.ones(2), "is off by nan"),
        (np.array([1e-30]), np.zeros(1), "is off by 1e-30"),
    ],
)
def test_disagreement_is_named(got, want, said):
    assert measure.disagreement((got,), (want,)) == (f"gradient 0 {said}" if said else "")


# --- statistics -----------------------------------------------------------------------------------


class Clock:
    """Time that passes only in what is measured, each time as slow as the machine is then."""

    def __init__(self):
        self.now, self.slowness, self.order = 0.0, 1.0, []

    def __call__(self):
        return self.now

    def contender(self, name, seconds):
        def work():
            assert gc.isenabled()
            self.order.append(name)
            self.now += seconds * self.slowness
            self.slowness *= 1.01

        return work


def test_ratios_are_paired_within_rounds_and_orders_are_rotated():
    clock = Clock()
    runs = {n: clock.contender(n, s) for n, s in [("hand", 1.0), ("a", 2.0), ("b", 0.5)]}
    pace = measure.Pace(rounds=6, slice=1e-9, seconds=1e9)
    found = measure.paired_ratios(runs, pace, clock)
    assert list(found) == ["a", "b"] and all(len(v) == 6 for v in found.values())
    # The machine gets 20 times slower meanwhile; the medians of the pairs hardly notice.
    assert measure.summary(found["a"])["median"] == pytest.approx(2.0, rel=0.03)
    assert measure.summary(found["b"])["median"] == pytest.approx(0.5, rel=0.03)
    rounds = clock.order[6:]  # each ran twice before: to warm up, and to see how long it takes
    assert rounds[:9] == ["hand", "a", "b", "a", "b", "hand", "b", "hand", "a"]


@pytest.mark.parametrize(
    ("seconds", "allowed", "rounds"), [(1.0, 1e9, 40), (1.0, 20.0, 10), (1.0, 0.1, 7)]
)
def test_rounds_fit_the_time_but_are_enough_for_quartiles(seconds, allowed, rounds):
    clock = Clock()
    clock.contender = lambda name, s: lambda: setattr(clock, "now", clock.now + s)
    runs = {name: clock.contender(name, seconds) for name in "ab"}
    pace = measure.Pace(rounds=40, slice=0.5, seconds=allowed)
    assert len(measure.paired_ratios(runs, pace, clock)["b"]) == rounds


def test_slices_repeat_what_is_short():
    clock = Clock()
    runs = {}
    for name, seconds in [("hand", 0.01), ("slow", 0.1)]:
        runs[name] = clock.contender(name, seconds)
    clock.slowness = 1.0
    pace = measure.Pace(rounds=1, slice=0.1, seconds=1.0)
    measure.paired_ratios(runs, pace, clock)
    assert clock.order.count("hand") > 2 + 5 and clock.order.count("slow") == 3


def test_summary():
    got = measure.summary([5.0, 1.0, 2.0, 4.0, 3.0])
    assert got == {"median": 3.0, "low": 2.0, "high": 4.0, "rounds": 5}
    assert measure.summary([7.0]) == {"median": 7.0, "low": 7.0, "high": 7.0, "rounds": 1}


def test_traced_memory_sees_peak_what_is_held_and_what_is_left():
    left = []

    def work():
        big = bytearray(3_000_000)
        left.append(bytearray(500_000))
        del big
        return bytearray(1_000_000)

    peak, held, after = memory.traced_memory(work)
    for got, want in [(peak, 3_500_000), (held, 1_500_000), (after, 500_000)]:
        assert want <= got < want + 10_000


# --- the table ------------------------------------------------------------------------------------


def test_every_group_has_rows_and_titles_are_unique():
    for table in (QUICK_ROWS, rows.rows(quick=False)):
        assert {row.group for row in table} == set(rows.GROUPS)
        assert len({row.title for row in table}) == len(table)


def test_goals_are_for_the_whole_table_only():
    assert {row.goal for row in QUICK_ROWS} == {None}
    whole = rows.rows(quick=False)
    assert sum(row.goal is not None for row in whole) >= 28
    for row in whole:
        assert row.stretch is None or row.stretch < row.goal


def test_allocator_settings():
    kept, default = run.environment("kept"), run.environment("default")
    assert set(kept) - set(default) == set(run.ALLOCATOR)
    for environment in (kept, default):
        assert environment["OPENBLAS_NUM_THREADS"] == environment["OMP_NUM_THREADS"] == "1"


def stored(title, cells, goal=None, stretch=None, unit="×", against="by hand"):
    return {"title": title, "goal": goal, "stretch": stretch, "unit": unit, "against": against,
            "cells": {name: value if isinstance(value, str) else dict(
                zip(("median", "low", "high", "rounds"), value, strict=True))
                for name, value in cells.items()}}  # fmt: skip


RESULTS = json.loads(json.dumps({
    "quick": False,
    "machine": {"cpu": "Abacus 1", "cores": 2, "system": "Linux", "python": "CPython 3.11.7",
                "numpy": "2.4.6", "blas": "openblas 0.3"},
    "versions": {"backprop_lab": "0.1.0", "mygrad": "2.3"},
    "rows": [
        stored("one", {"Backprop Lab": (1.2345, 1.2, 1.27, 9), "MyGrad": (20.04, 19, 21, 9)}, 1.3, 1.1),
        stored("two", {"Backprop Lab": (0.9, 0.8, 1.0, 9), "MyGrad": "RecursionError"}, 1.3, 1.0),
        stored("three", {"Backprop Lab": (812.6, 1, 2, 1), "MyGrad": "–"}, 450, 200, "B", "nothing"),
        stored("four", {"Backprop Lab": (0.012, 0.01, 0.02, 3)}, None, None, "×", "micrograd"),
        stored("Y = XW", {"explicit Jacobian": (663.2, 650, 670, 5)}, against="its VJP"),
    ],
}))  # fmt: skip


def test_markdown():
    lines = report.markdown(RESULTS).splitlines()
    assert [line for line in lines if line.startswith("|")] == [
        "| gradient of | Backprop Lab | reached | MyGrad | goal | stretch |",
        "|---|---|---|---|---|---|",
        "| one | 1.23 (1.20–1.27) | ✓ | 20.0 | ≤\xa01.3 | ≤\xa01.1 |",
        "| two | 0.90 (0.80–1.00) | ✓ stretch | RecursionError | ≤\xa01.3 | ≤\xa01 |",
        "| three (B) | 813 | not reached | – | ≤\xa0450 | ≤\xa0200 |",
        "| four, over micrograd | 0.012 (0.01–0.02) |  | – |  |  |",
    ]
    text = "\n".join(lines)
    assert "Of 3 goals 2 are reached." in text
    assert "Abacus 1, 2 cores" in text and "mygrad 2.3" in text and "make bench" in text
    assert "over its VJP: 663 (Y = XW)." in text and "quick run" not in text


def test_a_goal_is_not_reached_silently_without_a_measurement():
    row = stored("one", {}, 1.3)
    assert report.verdict(row, None) == report.verdict(row, "–") == "not measured"


def test_examples_in_the_report():
    assert doctest.testmod(report).failed == 0 < doctest.testmod(report).attempted


def test_files_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    report.write(RESULTS, tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert set(before) == {"results.json", "results.md"}
    assert json.loads(before["results.json"]) == RESULTS

    with pytest.raises(KeyError):
        report.write({**RESULTS, "rows": [{}]}, tmp_path)

    def no_space(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(report.os, "chmod", no_space)
    with pytest.raises(OSError, match="no space"):
        report.write({**RESULTS, "quick": True}, tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_facts_name_no_host():
    facts = machine.facts()
    assert facts["numpy"] == np.__version__ and facts["cpu"]
    assert platform.node() not in facts.values()
    assert not any("/" in str(fact) for fact in facts.values())


# --- the command ----------------------------------------------------------------------------------


def test_quick_run_end_to_end(tmp_path):
    options = "--quick --only small,chain --libraries backprop_lab --folder".split()
    done = bench(*options, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Nothing was written" in done.stdout and not list(tmp_path.iterdir())

    done = bench(*options, tmp_path, "--write")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    assert [row["group"] for row in results["rows"]] == ["small", "chain", "chain"]
    for row in results["rows"]:
        cell = row["cells"]["Backprop Lab"]
        assert 0 < cell["low"] <= cell["median"] <= cell["high"]
    assert str(ROOT) not in json.dumps(results)
    assert (tmp_path / "results.md").read_text().strip() in done.stdout


def test_a_run_that_fails_leaves_the_old_files(tmp_path, monkeypatch, capsys):
    report.write(RESULTS, tmp_path)
    before = (tmp_path / "results.json").read_text()

    def failing(name, numbers, *_):
        yield numbers[0], {"Backprop Lab": {"median": 1.0, "low": 1.0, "high": 1.0, "rounds": 9}}
        raise RuntimeError("The process of backprop_lab ended with code 1.")

    monkeypatch.setattr(run, "measure", failing)
    options = "--write --only small --libraries backprop_lab --folder".split()
    monkeypatch.setattr(sys, "argv", ["benchmarks", *options, str(tmp_path)])
    with pytest.raises(SystemExit, match=r"ended with code 1\. Nothing was written\."):
        command.main()
    assert (tmp_path / "results.json").read_text() == before


def test_a_peer_that_fails_is_named_and_left_out(monkeypatch, capsys):
    one = {"median": 1.0, "low": 1.0, "high": 1.0, "rounds": 9}

    def one_fails(name, numbers, *_):
        if name == "autograd":
            raise RuntimeError("The process of autograd ended with code -9.")
        yield numbers[0], {"Backprop Lab": one}

    monkeypatch.setattr(run, "measure", one_fails)
    results = run.run(True, ["small"], ["backprop_lab", "autograd"], lambda row, found: None)
    assert results["rows"][0]["cells"] == {"Backprop Lab": one}
    assert "autograd ended with code -9. What it has not measured" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only", "chian"], "there is no workload 'chian'. Did you mean chain? There are: mlp,"),
        (["--only", ","], "name at least one workload of: mlp,"),
        (["--libraries", "tensorflow"], "there is no library 'tensorflow'."),
        (["--libraries", "backprop_lab,jaxx"], "Did you mean jax?"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_ones(options, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", *options])
    with pytest.raises(SystemExit):
        command.main()
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_library_asked_for_must_be_there_and_others_are_left_out(monkeypatch, capsys):
    monkeypatch.setattr(command, "installed", lambda module: module not in ("jax", "torch"))
    with pytest.raises(SystemExit):
        command.present(["backprop_lab", "jax"], command.arguments())
    assert "jax is not installed; `make bench-peers` installs all." in capsys.readouterr().err
    assert command.present(None, command.arguments()) == ["backprop_lab", "autograd", "mygrad"]
    assert "Not installed, so left out: pytorch, jax" in capsys.readouterr().out
