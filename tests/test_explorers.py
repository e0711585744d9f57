"""Explorers without a browser: formulas against the engine, the picture, the words, the errors."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab import explorers
from backprop_lab.explorers.controls import Button, Choice, Slider, Switch
from backprop_lab.explorers.explorer import button_sets
from backprop_lab.explorers.formulas import OPERATIONS, Term, around, evaluate, extreme, term
from backprop_lab.explorers.numbers import written
from backprop_lab.explorers.reading import stable
from backprop_lab.explorers.scene import Curve, Scene, either, number, spoken
from backprop_lab.explorers.symbols import from_sympy
from explorer_cases import EXPLORERS, far, states

NAMES = list(EXPLORERS)


@pytest.fixture(params=NAMES)
def explorer(request):
    """Each explorer of the book, and three that a reader might make."""
    return EXPLORERS[request.param]()


# --- numbers ----------------------------------------------------------------------------------------


def test_the_formulas_give_what_the_engine_gives(explorer):
    """At both ends of every control, in the middle and where the functions are flat."""
    compared = 0
    for state in states(explorer):
        values, engine = explorer.values(**state), explorer.measured(**state)
        assert engine, "an explorer without an engine proves nothing"
        assert not far(explorer, values, engine), state
        compared += len(engine)
    assert compared >= 50


def test_a_wrong_formula_is_seen(explorer):
    """The comparison above can fail: one formula of each explorer, off by a billionth or by sign."""
    state = next(states(explorer))
    values, engine = explorer.values(**state), explorer.measured(**state)
    name = next(k for k, v in engine.items() if v)
    for wrong in (-values[name], values[name] * (1 + 1e-8)):
        assert far(explorer, {**values, name: wrong}, engine) == [name]


X, Y = sp.symbols("x y", real=True)


@pytest.mark.parametrize(
    "expr",
    [
        X + Y - 3, -X * Y / 2, X / (Y * (1 + X**2)), sp.sqrt(X + 4),
        sp.exp(-X) / (1 + sp.exp(-X)), sp.log(X**2 + 1), sp.sin(X) * sp.cos(Y), sp.tanh(X - Y),
        sp.Max(X, Y), sp.Min(X, Y, 1), sp.Abs(X - Y), sp.sign(X), sp.Heaviside(X - 1), sp.pi * X,
        sp.Piecewise((X, X > Y), (Y**3, True)), sp.Piecewise((1, sp.And(X > 0, Y > 0)), (0, True)),
        sp.Piecewise((1, sp.Or(X > 1, Y > 1)), (X, True)), sp.Piecewise((2, sp.Ne(X, Y)), (3, True)),
        sp.atan(X) + sp.sinh(Y) * sp.cosh(X), X**-3, -(X**2), sp.Integer(7),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("point", [(0.3, -1.7), (2.5, 2.5), (-1.25, 3.0)])
def test_formulas_from_sympy_have_sympys_values(expr, point):
    x, y = point
    got = evaluate({"e": from_sympy(expr)}, {"x": x, "y": y})["e"]
    assert math.isclose(got, float(expr.subs({X: x, Y: y})), rel_tol=1e-14, abs_tol=1e-15)


def test_what_has_no_formula_is_refused_by_name():
    with pytest.raises(bl.TraceError, match="erf has no formula for the page"):
        from_sympy(sp.erf(X))
    with pytest.raises(bl.TraceError) as caught:
        bl.explore(lambda x: np.arcsinh(x), x=(0.1, 0.9))
    taken = re.search(r"of NumPy (.*)\.", str(caught.value))[1].split(", ")
    assert len(taken) >= 20
    more = {"where": (1.0, 0.0), "logaddexp": (0.3,), "mod": (1.0,)}
    more |= dict.fromkeys(["maximum", "minimum"], (0.2,))
    for name in taken:
        f, others = getattr(np, name), more.get(name, ())
        bl.explore(lambda x, f=f, others=others: f(x, *others) * x, x=(0.1, 0.9))
    with pytest.raises(bl.TraceError, match="no operation 'erf'; there are"):
        term("erf", "x")


@pytest.mark.parametrize("z", [-800.0, -40.0, -12.0, 0.0, 12.0, 40.0, 800.0])
def test_slopes_keep_their_digits_where_the_function_is_flat(z):
    """Against 2,000 digits: the raw quotient is NaN at −800, and 1 − tanh² has no digit left at 20."""
    zs = sp.Symbol("z", real=True)
    for f in (
        1 / (1 + sp.exp(-zs)),
        sp.tanh(zs),
        sp.log(1 + sp.exp(zs)),
        sp.exp(zs) / (1 + sp.exp(zs)),
        1 / (1 + sp.exp(-3 * zs)),
        sp.log(1 + sp.exp(3 * zs)),
    ):
        slope = evaluate({"s": from_sympy(stable(sp.diff(f, zs)))}, {"z": z})["s"]
        truth = float(sp.diff(f, zs).subs(zs, sp.Rational(z)).evalf(2000))
        assert math.isclose(slope, truth, rel_tol=1e-13, abs_tol=1e-300), f


@pytest.mark.parametrize("x", [-700.0, -40.0, -1e-12, 1e-9, 0.3, 40.0, 700.0, 5000.0])
@pytest.mark.parametrize(
    "expr",
    [
        sp.log(1 + sp.exp(X)), sp.log(3 * sp.exp(X) + sp.exp(-2) + 5), sp.exp(X) - 1,
        2 - 2 * sp.exp(X) + X, 1 - sp.exp(X), sp.log(1 + X**2), sp.log(4 + X**2),
    ],
    ids=str,
)  # fmt: skip
def test_logarithms_and_powers_of_e_keep_their_digits(expr, x):
    """Against 2,000 digits; what is larger than any float is infinite."""
    got = evaluate({"e": from_sympy(expr)}, {"x": x})["e"]
    truth = float(expr.subs(X, sp.Rational(x)).evalf(2000))
    assert math.isclose(got, truth, rel_tol=1e-13, abs_tol=1e-300) or got == truth


def test_both_sides_of_a_place():
    """A kink and a jump stay however near one looks; a bend and a cusp do not."""
    x = Term("x")
    jumps = {
        "kink": (abs(x), False), "step": ((x > 0).then(2.0, 0.5), True), "sign": (x / abs(x), True),
        "bend": (x * x, False), "steep": (abs(x) ** 0.3, False), "flat": (Term(3.0), False),
    }  # fmt: skip
    for name, (f, is_jump) in jumps.items():
        formulas = {"f": f.tree, "jump": around("jump", "f", "x", 1e-5).tree}
        formulas["left"] = around("left", "f", "x", 1e-5).tree
        values = evaluate(formulas, {"x": 0.0})
        assert bool(values["jump"]) is is_jump, name
    assert evaluate(formulas, {"x": 0.0})["left"] == 3.0


def test_extremes_over_a_control():
    formulas = {"L": (Term("w") * Term("w")).tree, "hi": extreme("max", "L", "w", -3, 2).tree,
                "lo": extreme("min", Term("L") + 1, "w", -3, 3, 7).tree}  # fmt: skip
    values = evaluate(formulas, {"w": 1.0})
    assert (values["hi"], values["lo"], values["L"]) == (9.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-0.0625, "−0.0625"), (0.12345, "0.1235"), (0.125, "0.125"),
        (99999.6, "100000"), (12345.0, "12345"), (123456.0, "1.235·10⁵"), (1e-4, "0.0001"), (1e-5, "10⁻⁵"),
        (-2.5e-7, "−2.5·10⁻⁷"), (9.99996e9, "10¹⁰"), (float("inf"), "not defined"), (1e-310, "0"),
    ],
)  # fmt: skip
def test_numbers_are_written_short(value, text):
    assert written(value) == text


# --- the picture ------------------------------------------------------------------------------------


def test_the_page_is_complete_without_scripts(explorer):
    html = explorer.html()
    assert "NaN" not in html and "undefined" not in explorer.sentence()
    assert html.count("<svg") == len(explorer.scenes) and html.count("data:image/svg+xml") == len(
        explorer.scenes
    )
    assert '<div class="bl-controls" hidden>' in html
    assert len(html) < 150_000
    for k, scene in enumerate(explorer.scenes):
        root = ET.fromstring(explorer.svg(k))
        tied = [e for e in root.iter() if "data-b" in e.attrib]
        assert len(tied) == len(scene.tied()) and root.attrib["aria-label"]


def test_the_data_in_the_page_is_the_explorers_own(explorer):
    raw = re.search(r'<script type="application/json">(.*)</script>', explorer.html(), re.S)[1]
    data = json.loads(raw.replace("<\\/", "</"))
    assert dict(data["formulas"]) == json.loads(json.dumps(explorer.formulas))
    assert data["start"] == explorer.start and "</" not in raw


def test_the_words_change_with_the_numbers(explorer):
    said = {explorer.sentence(**state) for state in states(explorer)}
    assert len(said) >= 3 and not any("*" in s or "NaN" in s or "  " in s for s in said)


def test_ids_are_unique(explorer):
    ids = re.findall(r' id="([^"]+)"', re.sub(r"data:[^\"]+", "", explorer.html()))
    assert len(ids) == len(set(ids))


def test_the_same_bytes_every_time():
    code = (
        "import hashlib\nfrom explorer_cases import EXPLORERS\n"
        "print(*(hashlib.sha256(make().html().encode()).hexdigest() for make in EXPLORERS.values()))"
    )
    seen = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "tests:.", "PATH": ""},
        )  # fmt: skip
        seen.add(run.stdout)
    assert len(seen) == 1


def test_a_page_of_ones_own(tmp_path):
    path = bl.explore(lambda a, b: a * b, a=(0, 2), b=3.0).save(tmp_path / "mine.html")
    text = path.read_text()
    assert text.startswith("<!doctype html>") and "http" not in text.replace(
        "http://www.w3.org/2000/svg", ""
    )
    assert not list(tmp_path.glob("*.part"))


def test_what_is_no_number_is_not_defined_and_hidden():
    scene = Scene("s", 10, 10, "t")
    scene.add("circle", cx=Term("u"), cy=1, r=1)
    scene.text(0, 0, ["u = ", number(Term("u"))])
    scene.curve(Curve("w", -1, 1, Term("w"), 1 / Term("w"), 5))
    svg = scene.svg({"u": ["/", 1.0, ["-", "w", "w"]]}, evaluate({"u": ["log", "w"]}, {"w": -1.0}))
    assert 'class="gone"' in svg and "u = not defined" in svg and svg.count("M") == 2


def test_texts_with_two_sides():
    pieces = ["a ", either(Term("x") < 0, ["minus ", number("x", 2)], "plus"), "."]
    assert [spoken(pieces, {"x": v}) for v in (-1.234, 2.0)] == ["a minus −1.2.", "a plus."]


# --- buttons, widgets ---------------------------------------------------------------------------------


def test_one_gradient_step_goes_downhill_and_reset_goes_back():
    neuron = explorers.neuron()
    step = next(c for c in neuron.controls if isinstance(c, Button) and "gradient" in c.label)
    state = button_sets(neuron, step, neuron.start)
    dw, db = bl.grad(lambda w, b: (1 - 1 / (1 + np.exp(-(2 * w + b)))) ** 2 / 2, argnums=(0, 1))(
        0.5, -1.0
    )
    assert math.isclose(state["w"], 0.5 - dw) and math.isclose(state["b"], -1 - db)
    assert neuron.values(**state)["L"] < neuron.values()["L"]
    reset = next(c for c in neuron.controls if isinstance(c, Button) and c.label == "reset")
    assert button_sets(neuron, reset, state) == neuron.start


def test_the_task_of_the_neuron_can_be_done_by_hand_and_by_steps():
    neuron = explorers.neuron()
    assert "✓" in neuron.sentence(w=3.0, b=0.0) and "✓" not in neuron.sentence()
    step = next(c for c in neuron.controls if isinstance(c, Button) and "gradient" in c.label)
    state = neuron.start
    while neuron.values(**state)["L"] >= 0.01:
        state = button_sets(neuron, step, state)
    count = int(state["steps"])
    assert f"{count} gradient steps" in neuron.sentence(**state) and 2 <= count <= 20


def test_in_jupyter_the_engine_gives_the_numbers(explorer, monkeypatch):
    widgets = pytest.importorskip("backprop_lab.explorers.widgets")
    live = widgets.Live(explorer)
    assert explorer.sentence() in live.picture.value.replace("&gt;", ">").replace(
        "&lt;", "<"
    ).replace("&#x27;", "'")
    for control in explorer.controls:
        before = live.picture.value
        if isinstance(control, Slider):
            live.inputs[control.name].value = control.low
            assert live.state[control.name] == control.low
        elif isinstance(control, Choice):
            live.inputs[control.name].value = len(control.options) - 1
        elif isinstance(control, Switch):
            live.inputs[control.name].value = not control.start
        else:
            continue
        assert live.picture.value != before, control.name
    values = widgets.live_values(explorer, live.state)
    engine = explorer.measured(**live.state)
    assert engine and all(values[k] == v or v != v for k, v in engine.items())


def test_the_bundle_has_a_page_and_a_widget(explorer):
    pytest.importorskip("ipywidgets")
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert bundle["text/html"] == explorer.html() and explorer.sentence() in bundle["text/plain"]


def test_without_ipywidgets_the_picture_stays():
    code = (
        "import sys; sys.modules['ipywidgets'] = None\nimport backprop_lab as bl\n"
        "print(*bl.explorers.neuron()._repr_mimebundle_())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["text/plain", "text/html"]


# --- mistakes -------------------------------------------------------------------------------------------


def _f(w, x):
    return bl.let("L", w * x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bl.explore(_f, w=(2, 1), x=1.0), "the range of w is (2.0, 1.0); the first number must be"),
        (lambda: bl.explore(_f, w=(1, 1), x=1.0), "the range of w is (1.0, 1.0)"),
        (lambda: bl.explore(_f, w=(0, 1)), "says nothing of 'x'. Give each argument of _f (w, x)"),
        (lambda: bl.explore(_f, w=(0, 1), x=1, v=2), "_f has no argument 'v'"),
        (lambda: bl.explore(_f, w=1, x=1), "give at least one argument a range"),
        (lambda: bl.explore(_f, w=(0, 1, 2, 3), x=1), "has 4 numbers; a range is (low, high)"),
        (lambda: bl.explore(_f, w=(0, 1, 3), x=1), "w starts at 3.0, outside its range (0.0, 1.0)"),
        (lambda: bl.explore(_f, w=(0, "b"), x=1), "w got 'b'; a number or a range"),
        (lambda: bl.explore(_f, w=(0, float("inf")), x=1), "w got inf; a number or a range"),
        (lambda: bl.explore(np.log, w=(0, 1)), "explore"),
        (lambda: bl.explore(lambda x: np.log(x), x=(-1, 2)), "at x = -1 the value of out is not defined"),
        (lambda: bl.explore(lambda x: 1 / x, x=(-1, 1)), "at x = 0 the value of out is not defined"),
        (lambda: bl.explore(lambda x: np.stack([x, x]), x=(0, 1)), "explore needs a scalar output"),
        (lambda: bl.explore(lambda x: 3.0, x=(0, 1)), "explore: the output does not depend on any"),
        (lambda: bl.explore(_f, w=2.0, x=(0, 1)).values(u=1), "has no control 'u'; it has"),
        (lambda: explorers.Explorer("n", "t", [], {"a": "b"}, [], []), "the formula of a uses 'b'"),
    ],
)  # fmt: skip
def test_mistakes_are_named(make, message):
    with pytest.raises((bl.TraceError, ValueError), match=re.escape(message)):
        make()


def test_every_operation_is_known_to_the_script():
    from backprop_lab.explorers.explorer import SCRIPT

    script = SCRIPT.read_text()
    table = script[script.index("const OPERATIONS") : script.index("function nice")]
    known = (
        set(re.findall(r'"([^"]+)":', table))
        | set(re.findall(r"(\w+)[:,}]", table))
        | {"?", "pick"}
    )
    assert set(OPERATIONS) <= known
    assert len(script.encode()) <= 20_000 and "eval(" not in script and "Function(" not in script
