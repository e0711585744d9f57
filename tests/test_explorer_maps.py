"""The explorers of maps between vectors: their formulas, their layouts, what they say is right."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab import explorers, symbolic
from backprop_lab.explorers import jacobian_layouts as layouts
from backprop_lab.explorers.elementwise import ENGINE, LEAST, MOST, READ, Y_BAR, X
from backprop_lab.explorers.formulas import evaluate
from backprop_lab.explorers.map_reading import entry, map_formulas
from explorer_cases import positions

MAPS = list(ENGINE)


def two(x):
    return bl.let("y", np.stack([x[0] * x[1], x[0] ** 2 + x[1]]))


def symmetric(x):
    return bl.let("y", np.stack([2 * x[0] + x[1], x[0] + 3 * x[1]]))


def nested(x):
    a = bl.let("a", np.exp(x[0]) * x[1])
    b = bl.let("b", np.tanh(a) + x[2])
    return np.stack([a * b, b + x[0], np.sin(a)])


# --- formulas -----------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [nested, *READ.values()], ids=["nested", *READ])
def test_every_entry_is_sympys_jacobian_of_the_whole_map(f):
    """The formulas go through named quantities; SymPy differentiates the map put together."""
    n, point = 3, [0.31, -0.74, 1.2]
    reading = symbolic.read(f, {"x": (n,)})
    truth = symbolic.jacobian(reading, "x")
    at = dict(zip(reading.quantities["x"].symbols, map(sp.Float, point), strict=True))
    got = evaluate(map_formulas(f, n), {f"x{k}": v for k, v in enumerate(point, 1)})
    for i, j in np.ndindex(*truth.shape):
        exact = float(sp.sympify(truth[i, j]).subs(at))
        assert np.isclose(got[entry(i + 1, j + 1)], exact, rtol=1e-13, atol=1e-15), (i, j)


def test_the_slope_of_exp_is_its_value_at_hand():
    assert map_formulas(READ["exp"], 2)["J22"] == "y2"


@pytest.mark.parametrize("name", MAPS)
def test_the_map_that_is_read_is_the_map_that_is_measured(name):
    x = np.array([0.3, -1.1, 2.0, 0.0])
    assert np.array_equal(np.asarray(READ[name](x)), np.asarray(ENGINE[name](x))) or np.allclose(
        READ[name](x), ENGINE[name](x), rtol=1e-15
    )


@pytest.mark.parametrize("f", [lambda x: np.sum(x), lambda x: np.outer(x, x)])
def test_what_is_no_map_of_vectors_is_refused(f):
    with pytest.raises(bl.TraceError, match="at most 9 entries is needed; from shape"):
        map_formulas(f, 2)


# --- the table ------------------------------------------------------------------------------------


def test_it_starts_at_the_chapters_numbers():
    values = explorers.jacobian_map().values()
    assert [float(values[f"xbar{j}"]) for j in (1, 2)] == [11.0, 4.0 + 3.0 * np.cos(3.0)]
    rows = {tuple(round(float(values[entry(i, j)]), 3) for j in (1, 2)) for i in (1, 2, 3)}
    assert rows == {(3.0, 2.0), (4.0, 1.0), (0.0, -0.99)}, "no two rows are equal"


@pytest.mark.parametrize("m", [2, 3])
@pytest.mark.parametrize("layout", range(3), ids=layouts.LAYOUTS)
def test_what_it_calls_legal_numpy_multiplies(m, layout):
    rng = np.random.default_rng(m)
    J, y_bar = rng.normal(size=(m, 2)), rng.normal(size=m)
    cotangent = [y_bar[None, :], y_bar[:, None], y_bar[:, None]][layout]
    matrix = [J, J.T, J][layout]
    for side, (a, b) in {"left": (cotangent, matrix), "right": (matrix, cotangent)}.items():
        first, second = layouts.pair(m, layout, side)
        assert np.shape(first) == a.shape and np.shape(second) == b.shape
        try:
            a @ b
            works = True
        except ValueError:
            works = False
        assert layouts.legal(m, layout, side) == works


def test_each_layout_allows_one_order_and_mixed_none():
    allowed = [[s for s in layouts.SIDES if layouts.legal(3, k, s)] for k in range(3)]
    assert allowed == [["left"], ["right"], []]


def shown_texts(explorer, scene, **state):
    """The texts of a drawing, what is hidden left out."""
    root = ET.fromstring(explorer.svg(scene, explorer.values(**state)))

    def walk(e):
        if "gone" in e.get("class", "").split():
            return
        if e.tag.endswith("}text"):
            yield "".join(e.itertext())
        for child in e:
            yield from walk(child)

    return list(walk(root))


@pytest.mark.parametrize(
    ("f", "verdict"), [(two, "✗ 2 = 2: legal, but not x̄"), (symmetric, "✓ 2 = 2: J is symmetric")]
)
def test_a_square_jacobian_hides_the_layout(f, verdict):
    explorer = explorers.jacobian_map(f, (2.0, 3.0), (1.0, 2.0))
    texts = shown_texts(explorer, 1, layout=2)
    assert verdict in texts and "✗ 1 ≠ 2: no product" in texts
    assert "hide that the transpose is missing" in explorer.sentence(layout=2)
    values, J = explorer.values(layout=2), bl.jacobian(f)(np.array([2.0, 3.0]))
    assert [values["mixed1"], values["mixed2"]] == list(J @ [1.0, 2.0])
    assert not np.allclose(J @ [1.0, 2.0], J.T @ [1.0, 2.0]) or f is symmetric


def test_the_chosen_entry_is_told_with_its_one_product():
    explorer = explorers.jacobian_map()
    assert "enters x̄₁ alone, as 8. x̄₁ = 3 · 1 + 4 · 2 + 0 · 3 = 11." in explorer.sentence(entry=2)
    assert "y₃ falls by 0.99" in explorer.sentence(entry=5)
    assert "y₃ does not move with x₁, and nothing comes back" in explorer.sentence(entry=4)


@pytest.mark.parametrize(
    "call",
    [
        lambda: explorers.jacobian_map(two, (2.0, 3.0), (1.0, 2.0, 3.0)),
        lambda: explorers.jacobian_map(x=(1.0, 2.0, 3.0)),
        lambda: explorers.jacobian_map(y_bar=(1.0, 2.0)),
        lambda: explorers.jacobian_map(np.exp, (1.0, 2.0), (1.0,)),
    ],
)
def test_another_number_of_inputs_or_outputs_is_refused(call):
    with pytest.raises(bl.TraceError, match="a map of 2 inputs with 2 or 3 outputs, and needs a"):
        call()


# --- the circle -------------------------------------------------------------------------------------


def drawn_points(explorer, scene, way):
    """The points of the closed curve that a drawing shows, in the units of the space."""
    values = explorer.values(way=way)
    root = ET.fromstring(explorer.svg(scene, values))
    paths = [e for e in root if e.tag.endswith("}path") and "gone" not in e.get("class")]
    (path,) = paths
    points = np.array(re.findall(r"([-\d.]+),([-\d.]+)", path.get("d")), float)
    scale = float(values["xy"[scene] + "scale"])
    return (points - [180.0, 142.0]) * [1, -1] / scale


@pytest.mark.parametrize("way", [0, 1], ids=["forward", "back"])
def test_the_curves_are_the_images_of_the_circle(way):
    explorer = explorers.jacobian_circle()
    J = bl.jacobian(two)(np.array([2.0, 3.0]))
    circle = drawn_points(explorer, way, way)
    assert np.allclose(np.linalg.norm(circle, axis=1), 1.0, atol=0.01)
    image = drawn_points(explorer, 1 - way, way)
    assert np.allclose(image, circle @ (J if way else J.T), atol=0.1)


@pytest.mark.parametrize("way", [0, 1], ids=["forward", "back"])
def test_no_image_is_longer_than_the_long_half_axis(way):
    explorer = explorers.jacobian_circle()
    lengths = [float(explorer.values(angle=a, way=way)["length"]) for a in range(0, 361)]
    values = explorer.values()
    assert max(lengths) <= values["longest"] < max(lengths) * (1 + 1e-3)
    assert min(lengths) >= values["shortest"] > min(lengths) * (1 - 1e-2)
    said = ["✓ No other" in explorer.sentence(angle=a, way=way) for a in range(0, 361)]
    assert 2 <= sum(said) <= 12 and said[int(np.argmax(lengths))]


def test_a_singular_jacobian_is_told():
    assert "nearly singular" in explorers.jacobian_circle().sentence(x1=1.0, x2=2.0)
    assert "nearly singular" not in explorers.jacobian_circle().sentence()
    with pytest.raises(bl.TraceError, match="2 inputs with 2 outputs"):
        explorers.jacobian_circle(nested, (1.0, 2.0, 3.0))


# --- elementwise ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elementwise():
    """The explorer of chapter 4."""
    return explorers.elementwise_map()


@pytest.mark.parametrize("n", range(LEAST, MOST + 1))
@pytest.mark.parametrize("name", MAPS)
def test_it_says_of_each_map_what_its_jacobian_says(elementwise, name, n):
    """Whether ⊙ is right, and whether a missing transpose shows, against the engine."""
    which, y_bar = MAPS.index(name), np.array(Y_BAR[:n])
    x, f = np.array(X[:n]), ENGINE[name]
    J, back = bl.jacobian(f)(x), bl.vjp(f, x)[1](y_bar)[0]
    texts = shown_texts(elementwise, 1, map=which, n=n)
    verdicts = [t for t in texts if t.endswith(("the same", "another"))]
    assert verdicts[0].startswith("✓") == np.allclose(y_bar * np.diagonal(J), back)
    assert verdicts[1].startswith("✓") == np.allclose(J @ y_bar, back)
    said = elementwise.sentence(map=which, n=n)
    assert ("⊙ is right" in said) == np.array_equal(J, np.diag(np.diagonal(J)))
    assert ("does not show here" in said) == (np.allclose(J, J.T) and "⊙ is wrong" in said)
    assert said.startswith(f"{name} of {n} numbers")


@pytest.mark.parametrize("name", MAPS)
def test_zeros_fade_and_nothing_else(elementwise, name):
    root = ET.fromstring(elementwise.svg(0, elementwise.values(map=MAPS.index(name), n=4)))
    groups = [g for g in root if g.tag.endswith("}g") and "gone" not in g.get("class", "")]
    J = bl.jacobian(ENGINE[name])(np.array(X[:4]))
    assert len(groups) == J.size
    faded = [any("off" in e.get("class", "").split() for e in g) for g in groups]
    assert sum(faded) == np.sum(J == 0)
    dashed = [any("dash" in e.get("class", "").split() for e in g) for g in groups]
    assert sum(dashed) == np.sum(J < 0)


def test_the_task_has_the_answer_that_it_hints_at(elementwise):
    """One input moves one entry of exp and all of softmax; a shift moves none of softmax."""

    def entries(name, **state):
        values = elementwise.values(map=MAPS.index(name), n=4, **state)
        return np.array([[values[entry(i, j)] for j in range(1, 5)] for i in range(1, 5)])

    def moved(name, **state):
        return int(np.sum(~np.isclose(entries(name), entries(name, **state), rtol=1e-12)))

    assert (moved("exp", alone=0.5), moved("softmax", alone=0.5)) == (1, 16)
    assert (moved("exp", shift=1.0), moved("softmax", shift=1.0)) == (4, 0)
    assert moved("cumsum", alone=0.5, shift=1.0) == 0


def test_the_million_is_counted(elementwise):
    assert (
        8 * (10**6) ** 2 == 8e12 and "8 terabytes, a vector 8 megabytes" in elementwise.sentence()
    )


def test_relu_says_how_many_it_stops(elementwise):
    relu = MAPS.index("ReLU")
    assert "1 slope is 0 and stops its cotangent" in elementwise.sentence(map=relu)
    assert "3 slopes are 0 and stop their" in elementwise.sentence(map=relu, alone=-4, shift=-2)


# --- in the browser -----------------------------------------------------------------------------------


@pytest.mark.browser
def test_pointing_at_an_entry_chooses_it(browser, tmp_path):
    page = browser.new_page(viewport={"width": 900, "height": 900})
    explorer = explorers.jacobian_map()
    page.goto(explorer.save(tmp_path / "map.html").as_uri())
    cells, state = page.locator("svg [data-set]"), "document.querySelector('.bl-explorer').explorer"
    assert cells.count() == 6
    for k in positions(explorer.controls[5]):
        cells.nth(int(k)).hover()
        assert page.evaluate(f"() => {state}.state.entry") == k
        assert page.locator('input[data-name="entry"]').nth(int(k)).is_checked()
        assert page.locator(".bl-says").inner_text() == explorer.sentence(entry=k)
    page.locator('input[data-name="entry"]').nth(5).focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(f"() => {state}.state.entry") == 4
    page.close()


@pytest.mark.browser
def test_no_text_of_the_table_runs_into_another(browser, tmp_path):
    """At the ends of all sliders, where the numbers are longest."""
    for build in (explorers.jacobian_map, explorers.elementwise_map):
        explorer = build()
        page = browser.new_page(viewport={"width": 900, "height": 900})
        page.goto(explorer.save(tmp_path / f"{explorer.name}.html").as_uri())
        lows = {c.name: c.low for c in explorer.controls if hasattr(c, "low")}
        highs = {c.name: c.high for c in explorer.controls if hasattr(c, "high")}
        choices = [{"layout": k, "entry": 5 - k, "map": k + 1} for k in range(3)]
        for state in ({}, *(ends | c for ends in (lows, highs) for c in choices)):
            known = {k: v for k, v in state.items() if k in explorer.start}
            page.evaluate("s => document.querySelector('.bl-explorer').explorer.set(s)", known)
            assert page.evaluate(_OVERLAPS) == [], known
        page.add_style_tag(content=".bl-scene text { font-size: 19px !important }")
        assert page.evaluate(_OVERLAPS), "larger type would collide, and this test would see it"
        page.close()


_OVERLAPS = """() => [...document.querySelectorAll('.bl-panel > svg')].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].filter(t => t.getBoundingClientRect().width)
    .map(t => [t.textContent, t.getBoundingClientRect()]), out = [];
  texts.forEach(([a, r], k) => {
    if (r.left < box.left - 1 || r.right > box.right + 1) out.push([a, 'outside']);
    texts.slice(k + 1).forEach(([b, q]) => {
      const wide = Math.min(r.right, q.right) - Math.max(r.left, q.left);
      const high = Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top);
      if (wide > 1 && high > 4) out.push([a, b]);
    });
  });
  return out;
})"""
