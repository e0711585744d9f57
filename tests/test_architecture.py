"""Every line of code knows its room: what may import what, read from the sources themselves."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "backprop_lab"
ENGINE = {  # what each engine file may import of the package: everything above it in this list
    name: place
    for place, name in enumerate(
        [
            "errors", "cost", "naming", "rules.broadcasting", "rules.calls", "rules.registry", "rules.diagonals", "rules.kinds", "rules.elementwise",
            "rules.kinks", "rules.activations", "rules.waves",
            "rules.shapes", "rules.copies", "rules.joining", "rules.indexing", "rules.reductions", "rules.statistics", "rules.order", "rules.calculus", "rules.grids", "rules.convolution", "rules.ufunc_methods", "rules.products", "rules.einsum", "rules.linalg_products", "rules.complexes", "rules.linalg", "rules.norms", "rules.eigen", "rules.decompositions", "rules.fft", "rules", "several", "hints", "refusing", "traced", "methods", "guard", "forward", "tape", "quick", "entries", "trees", "boundary", "bundles", "nans", "runs", "transforms", "jacobians",
            "checkpoints", "custom",
            "graph",
        ]
    )
}  # fmt: skip
SYMBOLIC = ["symbolic", "derivation", "indexed", "inner_products", "explicit", "index_numbers"]
HEAVY = {"sympy", "matplotlib", "ipywidgets", "IPython", "scipy", "pandas", "autograd"}


def module_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_of(p): p for p in sorted(PACKAGE.rglob("*.py"))}


def imports_of(source):
    """Every module that a source text imports, at the top or within a function."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_of(imported):
    """The modules of this package among them, without the leading `backprop_lab.`."""
    inner = {m.removeprefix("backprop_lab.") for m in imported if m.startswith("backprop_lab.")}
    return {m for m in inner if m in SOURCES}


def outside(imported):
    return {m.partition(".")[0] for m in imported} - {"backprop_lab"}


def test_the_parser_of_this_test_sees_every_kind_of_import():
    text = (
        "import a.b\nfrom c import d\ndef f():\n    import e\n    from backprop_lab.rules import g"
    )
    found = imports_of(text)
    assert outside(found) == {"a", "c", "e"} and rooms_of(found) == {"rules"}


@pytest.mark.parametrize("name", ENGINE)
def test_engine_files_import_numpy_and_the_engine_above_them(name):
    imported = imports_of(SOURCES[name].read_text())
    assert outside(imported) <= set(sys.stdlib_module_names) | {"numpy"}
    rooms = rooms_of(imported)
    assert rooms <= set(ENGINE)
    later = {room for room in rooms if ENGINE[room] >= ENGINE[name]}
    assert not later, f"{name} imports {later}, which stand after it"


@pytest.mark.parametrize("name", [n for n in SYMBOLIC if n in SOURCES])
def test_the_oracle_never_sees_a_rule(name):
    """Neither by itself nor through another module of the package, the engine's notes aside."""
    seen, waiting = set(), {name}
    while waiting:
        room = waiting.pop()
        seen.add(room)
        if room:
            waiting |= rooms_of(imports_of(SOURCES[room].read_text())) - seen
    assert not {room for room in seen if room.startswith("rules")}
    assert not seen & {"tape", "traced", "transforms", "forward"}


@pytest.mark.parametrize("name", SOURCES)
def test_matplotlib_belongs_to_draw_and_widgets_to_the_explorers(name):
    imported = outside(imports_of(SOURCES[name].read_text()))
    assert "matplotlib" not in imported or name.partition(".")[0] == "draw"
    assert not {"ipywidgets", "IPython"} & imported or name.partition(".")[0] == "explorers"


def test_the_exercises_read_engine_symbols_and_slips_and_nobody_reads_them():
    allowed = {
        *ENGINE,
        "",
        "derivation",
        "equality",
        "layouts",
        "slips",
        "symbolic",
        "symbolic_table",
    }
    for name, path in SOURCES.items():
        for room in rooms_of(imports_of(path.read_text())):
            theirs, ours = (
                room.partition(".")[0] == "exercises",
                name.partition(".")[0] == "exercises",
            )
            assert ours or not theirs, f"{name} imports {room}"
            assert not ours or theirs or room in allowed, f"{name} imports {room}"


def test_importing_the_package_loads_numpy_alone():
    code = "import sys, numpy; before = set(sys.modules); import backprop_lab; print(*sorted({m.partition('.')[0] for m in set(sys.modules) - before}))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.split())
    assert "backprop_lab" in loaded
    assert loaded <= set(sys.stdlib_module_names) | {"backprop_lab", "numpy"}  # np.fft loads late
    assert not loaded & HEAVY


def test_the_heart_fits_on_a_few_pages():
    lines = (PACKAGE / "tape.py").read_text().splitlines()
    assert 50 < len(lines) <= 200


def code_cells(notebook):
    cells = json.loads(notebook.read_text())["cells"]
    return ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]


@pytest.mark.parametrize("notebook", sorted((ROOT / "book").glob("*.ipynb")), ids=lambda p: p.name)
def test_chapters_never_import_matplotlib(notebook):
    for source in code_cells(notebook):
        plain = "\n".join(s for s in source.splitlines() if not s.lstrip().startswith(("%", "!")))
        assert "matplotlib" not in outside(imports_of(plain))


@pytest.mark.parametrize(("name", "missing"), [("derive", "sympy"), ("draw", "matplotlib")])
def test_a_missing_library_is_named_with_what_to_do(name, missing):
    code = (
        f"import sys; sys.modules['{missing}'] = None\n"
        f"import backprop_lab as bl\nprint(bl.grad(lambda x: x * x)(3.0))\nbl.{name}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "6.0" and done.returncode
    assert f"backprop_lab.{name} needs {missing}, which is not installed" in done.stderr
