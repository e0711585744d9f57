"""Figures: the engine's numbers, the same bytes at each run, words, both themes, clear refusals."""

import ast
import base64
import hashlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab import draw
from backprop_lab.draw import figure, matrices, paper, words
from backprop_lab.errors import TraceError

SVG = "{http://www.w3.org/2000/svg}"
ROOT = Path(__file__).parent.parent


def softmax(x):
    e = np.exp(x)
    return e / np.sum(e)


def neuron(w, b, x, y):
    z = bl.let("z", w * x + b)
    y_hat = bl.let("y_hat", np.tanh(z), latex=r"\hat y")
    return bl.let("L", (y - y_hat) ** 2 / 2)


def loss(w, b, x, y):
    return (y - 1 / (1 + np.exp(-(w * x + b)))) ** 2 / 2


def skipping(t):
    x = bl.let("x", t**2)
    y = bl.let("y", 3 * x)
    return bl.let("f", x * y + t)


def crossing(x1, x2):
    y1, y2, y3 = (bl.let(f"y{k + 1}", y) for k, y in enumerate((x1 * x2, x1**2 + x2, x1 - x2)))
    return bl.let("L", y1 + 2 * y2 + 3 * y3)


MAPS = {"exp": np.exp, "ReLU": bl.relu, "softmax": softmax, "cumsum": np.cumsum}
FIGURES = {
    "two_paths": lambda: draw.two_paths(),
    "network_shapes": lambda: draw.network_shapes(8, 5, 4, 3),
    "graph": lambda: draw.graph(skipping, 1.3, paths="t", title="A graph & its <paths>"),
    "loss_over_w": lambda: draw.loss_over_w(loss, 0.5, -1.0, 2.0, 1.0),
    "activation_slopes": lambda: draw.activation_slopes(),
    "jacobian_map": lambda: draw.jacobian_map(softmax, [1.0, 2.0, 3.0]),
    "jacobian_maps": lambda: draw.jacobian_maps(MAPS, [-1.0, 0.5, 2.0]),
}


@pytest.fixture(scope="module")
def drawn():
    return {name: make() for name, make in FIGURES.items()}


def numbers(text):
    """Read the numbers of a text, true minus signs and powers of ten included."""
    text = text.replace("−", "-").replace("·10", "e")
    text = text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    return [float(m) for m in re.findall(r"(?<![\w₀-₉])-?\d+(?:\.\d+)?(?:e-?\d+)?", text)]


def shown(value):
    return float(words.rounded(value))


# Every figure


def test_every_public_figure_is_tested():
    assert set(draw.__all__) - {"Figure"} == set(FIGURES)


@pytest.mark.no_cover
@pytest.mark.parametrize("name", FIGURES)
def test_two_drawings_are_the_same_bytes(name, drawn):
    assert FIGURES[name]().svg == drawn[name].svg


def test_another_process_draws_the_same_bytes(drawn):
    code = (
        "import hashlib, backprop_lab as bl\n"
        "for f in (bl.draw.two_paths(), bl.draw.activation_slopes(), bl.draw.network_shapes(8, 5, 4, 3)):\n"
        "    print(hashlib.sha256(f.svg.encode()).hexdigest())"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
    out = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    ).stdout.split()
    names = ("two_paths", "activation_slopes", "network_shapes")
    assert out == [hashlib.sha256(drawn[n].svg.encode()).hexdigest() for n in names]


def test_the_readers_settings_have_no_say_and_are_left_alone(drawn):
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "svg.fonttype": "none"}):
        assert draw.loss_over_w(loss, 0.5, -1.0, 2.0, 1.0).svg == drawn["loss_over_w"].svg
        assert mpl.rcParams["font.size"] == 30


@pytest.mark.parametrize("name", FIGURES)
def test_the_svg_is_xml_with_title_and_description(name, drawn):
    fig = drawn[name]
    root = ET.fromstring(fig.svg)
    assert root.tag == SVG + "svg" and root.get("role") == "img"
    ids = {element.get("id") for element in root.iter()}
    assert set(root.get("aria-labelledby").split()) <= ids
    assert root.find(SVG + "title").text == fig.title
    assert root.find(SVG + "desc").text == fig.alt
    used = set(re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', fig.svg))
    assert used <= ids


@pytest.mark.parametrize("name", FIGURES)
def test_the_svg_follows_the_theme(name, drawn):
    svg = drawn[name].svg
    body = re.sub(r"<style>.*?</style>", "", svg)
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", body)) == set(), "a colour without a dark value"
    assert "currentColor" in body or "var(--bl-" in body
    assert "prefers-color-scheme:dark" in svg
    assert set(re.findall(r"var\((--[\w-]+)\)", body)) <= set(figure.VARIABLES.values())


@pytest.mark.parametrize("name", FIGURES)
def test_the_svg_holds_no_tex_no_comment_and_no_version(name, drawn):
    svg = drawn[name].svg
    assert "\\" not in svg and "<!--" not in svg and "atplotlib" not in svg and "<text" not in svg
    assert "nan" not in svg.lower().replace("nant", "") and len(svg) < 120_000


@pytest.mark.parametrize("name", FIGURES)
def test_the_bundle_has_svg_png_and_words(name, drawn):
    bundle = drawn[name]._repr_mimebundle_()
    assert bundle["image/svg+xml"] == drawn[name].svg
    assert bundle["text/plain"] == drawn[name].alt
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", FIGURES)
def test_words_and_numbers_are_in_the_alt_text(name, drawn):
    alt = drawn[name].alt
    assert alt[0].isupper() or name == "activation_slopes"
    assert "\\" not in alt and alt.endswith(".") and len(numbers(alt)) >= 3


@pytest.mark.parametrize("name", FIGURES)
def test_type_is_legible_on_a_phone(name, drawn):
    canvas = drawn[name]._canvas
    width = canvas.get_size_inches()[0] * 72
    sizes = [t.get_fontsize() for t in canvas.findobj(figure._is_text) if t.get_text()]
    assert min(sizes) * 330 / width >= 9, "under 9 px at a width of 330 px"


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_stands_outside_the_sheet_and_no_texts_overlap(name, drawn):
    canvas = drawn[name]._canvas
    figure.FigureCanvasAgg(canvas).draw()
    boxes = []
    for text in canvas.findobj(figure._is_text):
        if text.get_text().strip():
            box = text.get_window_extent()
            assert box.x0 > -1 and box.y0 > -1, text.get_text()
            assert box.x1 < canvas.bbox.width + 1 and box.y1 < canvas.bbox.height + 1, text
            boxes.append((text.get_text(), box.padded(-1.5), text.get_rotation()))
    for i, (a, box, turned) in enumerate(boxes):
        for b, other, turned_too in boxes[:i]:
            if not turned and not turned_too:
                assert not box.overlaps(other), f"{a} on {b}"


def luminance(colour):
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    rgb = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(rgb @ [0.2126, 0.7152, 0.0722])


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def over(colour, page, share):
    parts = [
        round(share * int(colour[i : i + 2], 16) + (1 - share) * int(page[i : i + 2], 16))
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{p:02x}" for p in parts)


@pytest.mark.parametrize("colour", figure.DARK)
def test_colours_have_contrast_on_both_pages(colour):
    assert contrast(colour, "#ffffff") >= 4.5
    assert contrast(figure.DARK[colour], "#121212") >= 4.5


@pytest.mark.parametrize("tint", [figure.LOCAL, figure.NEGATIVE])
def test_ink_has_contrast_on_the_strongest_tint(tint):
    assert contrast(figure.INK, over(tint, "#ffffff", matrices.TINT)) >= 4.5
    dark = over(figure.DARK[tint], "#121212", matrices.TINT)
    assert contrast(figure.DARK[figure.INK], dark) >= 4.5


def test_save_writes_svg_and_png(tmp_path, drawn):
    fig = drawn["two_paths"]
    fig.save(tmp_path / "a.svg")
    fig.save(str(tmp_path / "a.png"))
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == fig.svg
    assert (tmp_path / "a.png").read_bytes() == fig.png()
    with pytest.raises(TraceError, match=r"writes \.svg or \.png; got 'a\.pdf'"):
        fig.save(tmp_path / "a.pdf")


def test_draw_does_not_load_sympy_or_pyplot():
    code = (
        "import sys, backprop_lab as bl; bl.draw.two_paths().png()\n"
        "print([m for m in ('sympy', 'matplotlib.pyplot', 'ipywidgets') if m in sys.modules])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert out.stdout.strip() == "[]", out.stderr


# The numbers are the engine's


def test_graph_writes_every_value_cotangent_and_slope():
    point = (0.3, -0.7, 1.9, 0.2)
    fig = draw.graph(neuron, *point, cotangents="partial")
    run = bl.named_graph(neuron, *point)
    for node in run.nodes:
        tex = words.tex_name(node.name, node.latex)
        sign, number = words.tex_relation(node.value), words.tex_number(node.value)
        assert f"${tex} {sign} {number}$" in fig.labels
        bar = f"${{}} {words.tex_relation(node.bar)} {words.tex_number(node.bar)}$"
        assert bar.format(rf"\partial L/\partial {tex}") in fig.labels
        name = words.say_name(node.name)
        said = f"∂L/∂{name} {words.relation(node.bar)} {words.say_number(node.bar)}"
        assert said in fig.alt
    for edge in run.edges:
        d = "d" if edge.head == "y_hat" else "∂"  # ŷ depends on z alone
        text = f"{d}{words.say_name(edge.head)}/{d}{words.say_name(edge.tail)} "
        text += f"{words.relation(edge.slope)} {words.say_number(edge.slope)}"
        assert text in fig.alt
    gradient = bl.grad(neuron, argnums=(0, 1, 2, 3))(*point)
    assert [run[n].bar for n in "wbxy"] == pytest.approx(gradient, rel=1e-14)


def test_paths_add_up_to_the_gradient():
    for t in (1.0, 1.7):
        last = draw.two_paths(t=t).alt.splitlines()[-1]
        gradient = bl.grad(lambda t: (t**2) ** 2 * (3 * t))(t)
        assert numbers(last)[-1] == shown(gradient)
    for first, second in (("x1", "x2"), ("x2", "x1")):
        fig = draw.graph(crossing, 1.5, -0.5, paths=(first, second))
        said = [fig.alt.index(f"Paths from {words.say_name(name)}") for name in (first, second)]
        assert said == sorted(said) and sum("to" in t and "L" in t for t in fig.labels) == 6


def test_a_skipped_layer_is_a_path_of_its_own():
    alt = draw.graph(skipping, 1.3, paths="t").alt
    assert "t → x → y → f: 1.69 · 3 · 2.6 ≈ 13.18" in alt and "t → f: 1." in alt
    assert numbers(alt.splitlines()[-1])[-1] == shown(bl.grad(skipping)(1.3))


def test_a_cotangent_that_could_be_taken_for_a_slope_gets_a_bar():
    assert r"$\bar{t} \approx 27.36$" in draw.graph(skipping, 1.3).labels
    point = (0.5, -1.0, 2.0, 1.0)
    assert not any("bar" in label for label in draw.graph(neuron, *point).labels)
    assert any("bar" in label for label in draw.graph(neuron, *point, cotangents="bar").labels)


def test_shapes_come_from_the_engine():
    alt = draw.network_shapes(6, 5, 4, 3).alt
    for text in ("X: 6×5, cotangent 6×5", "W₁: 5×4", "b₂: 3, cotangent 3", "Y: 6×3, cotangent 6×3"):
        assert text in alt


def test_loss_over_w_takes_the_engines_slope_and_step():
    for wrt, place in (("w", 0), ("b", 1), (2, 2)):
        point = [0.4, -0.9, 1.7, 1.0]
        fig = draw.loss_over_w(loss, *point, wrt=wrt, rate=0.5)
        slope = bl.grad(loss, argnums=place)(*point)
        assert any(label.endswith(f"{words.tex_number(slope)}$") for label in fig.labels)
        point[place] -= 0.5 * slope
        assert numbers(fig.alt)[-2:] == [shown(point[place]), shown(loss(*point))]


def test_activation_slopes_are_the_engines():
    lines = draw.activation_slopes().alt.splitlines()
    for line, f in zip(lines, (lambda z: 1 / (1 + np.exp(-z)), np.tanh, bl.relu), strict=False):
        ends = [shown(bl.grad(f)(z)) for z in (0.0, -6.0, 6.0)]
        assert numbers(line)[0] == ends[0] and numbers(line)[3::2] == ends[1:]


def test_heat_maps_hold_the_jacobian():
    x = [1.0, 2.0, 3.0]
    J = bl.jacobian(softmax)(np.array(x))
    fig = draw.jacobian_map(softmax, x)
    cells = [float(t.strip("$")) for t in fig.labels if re.fullmatch(r"\$-?[\d.]+\$", t)]
    assert cells == [shown(v) for v in J.ravel()]
    assert numbers(fig.alt.split("3×3: ")[1]) == cells
    alt = draw.jacobian_maps(MAPS, x).alt
    for name, f in MAPS.items():
        line = next(s for s in alt.splitlines() if f"of {name} at" in s)
        assert numbers(line.split("3×3: ")[1]) == [
            shown(v) for v in bl.jacobian(f)(np.array(x)).ravel()
        ]


# What is refused


def scalar(x):
    return bl.let("L", np.sum(x**2))


def many(t):
    for k in range(30):
        t = bl.let(f"t{k}", t * 1.1)
    return t


def branching(t):
    for k in range(4):
        a, b = bl.let(f"a{k}", 2 * t), bl.let(f"b{k}", 3 * t)
        t = bl.let(f"t{k}", a + b)
    return t


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: draw.graph(np.exp, np.ones(2)),
            r"scalar output; .* shape \(2,\)\. Draw one entry",
        ),
        (lambda: draw.graph(skipping, 1.0, paths="q"), "paths='q' is no quantity .* t, x, y"),
        (lambda: draw.graph(scalar, np.ones(2), paths="x"), "has no single slope"),
        (lambda: draw.graph(many, 1.0), "31 named quantities are too many"),
        (lambda: draw.graph(branching, 1.0, paths="t"), "16 paths lead from t to t3; at most 12"),
        (lambda: draw.graph(skipping, 1.0, cotangents="hat"), "'partial' or 'bar'; got 'hat'"),
        (lambda: draw.jacobian_map(np.exp, np.ones(9)), "too large to read; at most 8"),
        (
            lambda: draw.jacobian_map(np.exp, 1.0),
            r"needs a vector x, of shape \(n,\); got shape \(\)",
        ),
        (lambda: draw.jacobian_map(np.sum, [1.0, 2.0]), "from vectors to vectors"),
        (lambda: draw.jacobian_maps({}, [1.0]), "at least one function"),
        (lambda: draw.loss_over_w(loss, 0.5, -1.0, 2.0, 1.0, wrt="q"), "wrt='q' is no argument"),
        (
            lambda: draw.loss_over_w(scalar, np.ones(2)),
            r"needs a number to vary; x has shape \(2,\)",
        ),
        (lambda: draw.activation_slopes({"sum": np.sum}), "keeps the shape"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(call, message):
    with pytest.raises(TraceError, match=message):
        call()


# Names and numbers


def test_names_and_latex():
    assert words.tex_name("y_hat", r"\hat y") == r"\hat y"
    assert words.tex_name("z", r"\class{bl-primal}{z}") == "z", "what mathtext cannot set"
    assert words.tex_name("W_1") == words.tex_name("W1") == "W_{1}"
    assert (words.say_name("theta"), words.say_name("z_2")) == ("θ", "z₂")


def test_numbers_are_rounded_openly():
    assert words.say_number(-1 / 16) == "−0.0625"
    assert words.relation(1 / 3) == "≈" and words.relation(-1 / 16) == "="
    assert words.say_number(np.inf) == "inf" and words.tex_number(-np.inf) == r"-\infty"
    for value in np.geomspace(1e-9, 1e9, 37):
        assert float(words.rounded(value)) == pytest.approx(value, rel=5.1e-4)


def test_no_number_is_typed_into_a_label():
    """No string of the figures' code writes a number as a result: '= 0.25' comes from the engine."""
    for path in (ROOT / "backprop_lab" / "draw").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value in docs or not re.search(r"[=≈]\s*[−-]?\d", node.value), (
                    node.value
                )


def test_width_is_measured_in_points():
    assert paper.width_of("$x = 1$", 20) == pytest.approx(
        2 * paper.width_of("$x = 1$", 10), rel=1e-6
    )
