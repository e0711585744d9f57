"""The dictionary of layouts: there and back, the ten sources against the engine, and the errors."""

from __future__ import annotations

import html
import itertools
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab.layouts import OURS, SOURCES, Layout, arrange, convert, restore, shape_in
from backprop_lab.layouts import lines as layout_lines
from backprop_lab.layouts.lines import FIVE, RESULTS, five, in_layout, tex_in
from backprop_lab.layouts.words import Word

ROOT = Path(__file__).resolve().parent.parent
LAYOUTS = [
    Layout(*answers)
    for answers in itertools.product(
        ("row", "column"), ("numerator", "denominator"), ("shape", "transposed", "vec")
    )
]
TWO = list(itertools.product(LAYOUTS, repeat=2))
WITH_A_MATRIX = [pair for pair in TWO if "vec" not in (pair[0].matrix, pair[1].matrix)]
PAIRS = [((), (4,)), ((3,), (4,)), ((3,), ()), ((), (3, 4)), ((), ()), ((1,), (4,)), ((3,), (1,))]


def name_of(layout):
    return f"{layout.gradient}-{layout.jacobian}-{layout.matrix}"


def numbers(shape):
    return np.arange(1.0, 1.0 + np.prod(shape, dtype=int)).reshape(shape)


# --- numbers ----------------------------------------------------------------------------------
@pytest.mark.parametrize("layout", LAYOUTS, ids=name_of)
@pytest.mark.parametrize(("of", "by"), PAIRS)
def test_there_and_back_is_the_identity(layout, of, by):
    native = numbers(of + by)
    arranged = arrange(native, of, by, layout)
    assert arranged.shape == shape_in(layout, of, by)
    assert np.array_equal(restore(arranged, of, by, layout), native)


@pytest.mark.parametrize(("source", "target"), TWO)
def test_converting_there_and_back_is_the_identity(source, target):
    for of, by in PAIRS:
        value = arrange(numbers(of + by), of, by, source)
        there = convert(value, of, by, source, target)
        assert np.array_equal(convert(there, of, by, target, source), value)


def test_each_arrangement_puts_each_entry_where_its_definition_says():
    """By subscripts, so that the test shares no transposition with the code."""
    J, G = numbers((3, 4)), numbers((3, 4))
    turned = arrange(J, (3,), (4,), Layout("row", "denominator"))
    transposed = arrange(G, (), (3, 4), Layout("row", "numerator", "transposed"))
    stacked = arrange(G, (), (3, 4), Layout("row", "numerator", "vec"))
    for i, j in np.ndindex(3, 4):
        assert turned[j, i] == J[i, j]
        assert transposed[j, i] == G[i, j]
        assert stacked[0, 3 * j + i] == G[i, j]  # columns one after another


@pytest.mark.parametrize("key", SOURCES)
def test_shapes_in_each_source(key):
    layout = SOURCES[key].layout
    assert shape_in(layout, (), (4,)) == ((1, 4) if layout.gradient == "row" else (4, 1))
    assert shape_in(layout, (3,), (4,)) == ((4, 3) if layout.jacobian == "denominator" else (3, 4))


def test_the_families():
    families = {key: source.layout.name for key, source in SOURCES.items()}
    assert families["mml"] == families["parr"] == families["minka"] == "numerator"
    assert families["d2l"] == families["aggarwal"] == "denominator"
    assert families["goodfellow"] == families["torch"] == OURS.name == "mixed"
    assert Layout("row", "denominator").name == "mixed"


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: Layout("rows", "numerator"), r"gradient is 'rows'; choose one of \('row', 'col"),
        (lambda: shape_in(OURS, (2, 3), (3, 4)), r"does not put in one matrix.*\(2, 3, 3, 4\)"),
        (lambda: shape_in(SOURCES["parr"].layout, (), (3, 4)), "says nothing of"),
        (lambda: arrange(np.ones((1, 4)), (), (4,), OURS), r"has shape \(4,\); got \(1, 4\)"),
        (
            lambda: restore(np.ones((4, 1)), (), (4,), SOURCES["mml"].layout),
            r"\(1, 4\); got \(4, 1",
        ),
    ],
)
def test_numbers_that_fit_no_arrangement_are_refused(action, message):
    with pytest.raises(ValueError, match=message):
        action()


# --- which layout is it? ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shape", "of", "by", "answer"),
    [
        ((3, 2), (3,), (2,), "numerator"),
        ((2, 3), (3,), (2,), "denominator"),
        ((2, 2), (2,), (2,), "both"),
        ((1, 4), (), (4,), "numerator"),
        ((4, 1), (), (4,), "denominator"),
        ((4,), (), (4,), "denominator"),
        ((1, 1), (), (1,), "both"),
        ((3, 1), (3,), (), "numerator"),
        ((1, 3), (3,), (), "denominator"),
        ((5, 3), (), (3, 5), "numerator"),
        ((3, 5), (), (3, 5), "denominator"),
        ((1, 15), (), (3, 5), "vec"),
        ((3, 3), (), (3, 3), "both"),
    ],
)
def test_which_layout(shape, of, by, answer):
    verdict = bl.which_layout(shape, of=of, by=by)
    assert verdict.layout == answer
    assert repr(verdict).startswith(f"{answer}: ")
    assert f"<strong>{answer}</strong>" in verdict._repr_html_()


@pytest.mark.parametrize("layout", LAYOUTS, ids=name_of)
@pytest.mark.parametrize(("of", "by"), [((3,), (4,)), ((), (4,)), ((), (3, 4))])
def test_which_layout_finds_what_arrange_made(layout, of, by):
    found = bl.which_layout(shape_in(layout, of, by), of, by).layout
    by_matrix = {"shape": "denominator", "transposed": "numerator", "vec": "vec"}[layout.matrix]
    by_vector = {"row": "numerator", "column": "denominator"}[layout.gradient]
    assert found == (layout.jacobian if of else by_vector if len(by) == 1 else by_matrix)


def test_the_undecided_say_which_example_tells():
    """And the example does tell: it is computed here, by the engine, in both layouts."""
    assert "y₁ = x₂" in bl.which_layout((2, 2), (2,), (2,)).because
    J = bl.jacobian(lambda x: np.stack([x[1], 0 * x[0]]))(np.ones(2))
    assert arrange(J, (2,), (2,), Layout("row", "numerator"))[0, 1] == 1
    assert arrange(J, (2,), (2,), Layout("column", "denominator"))[1, 0] == 1
    assert "L = W₁₂" in bl.which_layout((3, 3), (), (3, 3)).because
    G = bl.grad(lambda W: W[0, 1])(np.ones((3, 3)))
    assert arrange(G, (), (3, 3), Layout("row", "numerator", "transposed"))[1, 0] == 1
    assert arrange(G, (), (3, 3), Layout("column", "denominator"))[0, 1] == 1
    assert "nothing to tell apart" in bl.which_layout((1, 1), (1,), (1,)).because


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ((8, 2), (3,), (2,)),
            r"\(8, 2\) fits no layout.*numerator \(3, 2\); denominator \(2, 3\)",
        ),
        (((2, 3, 4), (2, 3), (4,)), r"no matrix in any of these layouts.*\(2, 3, 4\)"),
        ((5, (), (5,)), "a shape is a tuple of whole numbers above 0.*got 5"),
        (((0, 2), (0,), (2,)), r"got \(0, 2\)"),
    ],
)
def test_shapes_that_fit_nowhere_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        bl.which_layout(*arguments)


def test_layout_of_reads_numbers():
    A, x = numbers((2, 2)), np.array([1.0, -1.0])
    layout_of = bl.layouts.layout_of
    assert layout_of(A, lambda x: A @ x, x).layout == "numerator"
    assert layout_of(A.T, lambda x: A @ x, x).layout == "denominator"
    assert layout_of(A + A.T, lambda x: (A + A.T) @ x, x).layout == "both"
    assert layout_of((A + A.T) @ x, lambda x: x @ A @ x, x).layout == "denominator"
    assert layout_of(((A + A.T) @ x)[None], lambda x: x @ A @ x, x).layout == "numerator"
    W, a, b = numbers((2, 3)), np.array([1.0, 2.0]), np.array([1.0, -1.0, 3.0])
    assert layout_of(np.outer(b, a), lambda W: a @ W @ b, W).layout == "numerator"
    assert (
        layout_of(np.outer(a, b).reshape(1, -1, order="F"), lambda W: a @ W @ b, W).layout == "vec"
    )
    with pytest.raises(ValueError, match="the shape fits, the numbers do not"):
        layout_of(2 * A @ x, lambda x: x @ A @ x, x)
    with pytest.raises(ValueError, match="the numbers do not"):  # rows one after another: not vec
        layout_of(np.outer(a, b).reshape(1, -1), lambda W: a @ W @ b, W)
    with pytest.raises(ValueError, match="fits no layout"):
        layout_of(np.ones((5, 5)), lambda x: A @ x, x)


# --- formulas ---------------------------------------------------------------------------------
def test_words_turn_as_matrices_do():
    names = {"A": numbers((2, 2)), "B": numbers((2, 3)), "x": numbers((3, 1))}
    A, B, x = (Word("name", (n,)) for n in names)
    for word in (A @ B @ x, (A + A.T) @ B, 2 * (A - A.T) @ B, (B.T @ A.T).T, -(A @ B) * 3):
        assert np.array_equal(word.T.run(names), word.run(names).T)
        assert word.T.T == word
        assert np.array_equal(eval(repr(word), {}, names), word.run(names))


@pytest.mark.parametrize(("source", "target"), WITH_A_MATRIX)
def test_a_formula_and_its_translation_give_the_same_derivative(source, target):
    """Computed on both sides: leaves arranged by `arrange`, the formula carried by `translate`."""
    rng = np.random.default_rng(1)
    W, x, y_bar = (rng.standard_normal(s) for s in ((3, 2), (2, 1), (3,)))
    line = bl.layouts.translate(lambda x, g: g @ x.T, "matrix", OURS, source, g="gradient")
    there = line(x, arrange(y_bar, (), (3,), source))
    assert np.allclose(there, arrange(np.outer(y_bar, x), (), W.shape, source))
    again = bl.layouts.translate(line, "matrix", source, target, g="gradient")
    assert np.allclose(
        again(x, arrange(y_bar, (), (3,), target)), convert(there, (), W.shape, source, target)
    )
    jacobian = {"D": "jacobian", "g": "gradient"}
    chain = bl.layouts.translate(lambda D, g: D.T @ g, "gradient", OURS, source, **jacobian)
    value = chain(arrange(W, (3,), (2,), source), arrange(y_bar, (), (3,), source))
    assert np.allclose(value, arrange(W.T @ y_bar, (), (2,), source))


def test_a_translated_formula_is_proved_and_an_untranslated_one_refused():
    derivation = bl.derive(
        lambda W, x: bl.let("y", W @ x), wrt="W", shapes={"W": ("m", "n"), "x": ("n", 1)}
    )
    minka = SOURCES["minka"].layout
    foreign = lambda x, y_bar: x @ y_bar  # noqa: E731
    ours = bl.layouts.translate(foreign, "matrix", minka, y_bar="gradient")
    assert ours.__doc__ == "y_bar @ x.T"
    assert derivation.then(ours).proved
    forgotten = bl.layouts.translate(foreign, "matrix", OURS, y_bar="gradient")
    with pytest.raises(bl.ProofError):
        derivation.then(forgotten)


@pytest.mark.parametrize(
    ("arguments", "roles", "message"),
    [
        ((lambda x, g: g @ x.T, "matrix", OURS), {"h": "gradient"}, r"no 'h'; it has \['x', 'g'\]"),
        ((lambda x: x, "hessian", OURS), {}, "one of .*'gradient'.*got 'hessian'"),
        ((lambda x: x, "matrix", SOURCES["magnus"].layout), {}, "has no matrix for a number by"),
        ((lambda x: x, "matrix", SOURCES["parr"].layout), {}, "says nothing"),
        ((lambda x: 3, "gradient", OURS), {}, "it gave a int"),
        ((lambda x: np.exp(x), "gradient", OURS), {}, "numbers times a matrix, and .T alone: "),
        (
            (lambda x: np.eye(2) @ x, "gradient", OURS),
            {},
            "names, @.*for @: 'numpy.ndarray' and 'Word'",
        ),
        ((lambda x: x.sum(), "gradient", OURS), {}, "has no attribute 'sum'"),
    ],
)
def test_formulas_that_cannot_be_carried_are_refused(arguments, roles, message):
    with pytest.raises(ValueError, match=message):
        bl.layouts.translate(*arguments, **roles)


# --- the five results in the ten sources ------------------------------------------------------
EACH = [(key, name) for key, source in SOURCES.items() for name in five(source.layout)]


def test_ten_sources_and_five_results():
    assert len(SOURCES) == 10
    assert len(FIVE) == 5
    assert {name for _, name in EACH} == set(FIVE)


@pytest.mark.parametrize(("source", "name"), EACH)
def test_each_result_agrees_with_the_engine_after_conversion(source, name):
    """The line, run on arranged numbers and restored, is what the tape pulls back natively."""
    layout = SOURCES[source].layout
    result = RESULTS[five(layout)[name]]
    proved = in_layout(five(layout)[name], layout)
    assert proved.proved and proved.status == "proved for all sizes"
    plain = layout_lines._plain(layout)
    rng = np.random.default_rng(7)
    sizes = {"m": 3, "n": 4, "N": 5, "p": 2, 1: 1}
    point = {k: rng.standard_normal([sizes[n] for n in s]) for k, s in result.shapes.items()}
    y = result.f(**point)
    y_bar = rng.standard_normal(np.shape(y)) if np.ndim(y) else 1.0
    leaves = {
        n: layout_lines._leaf_numbers(leaf, plain, point, y_bar)
        for n, leaf in result.leaves.items()
    }
    kinds = {n: leaf.kind for n, leaf in result.leaves.items()}
    line = bl.layouts.translate(result.line, result.kind, OURS, plain, **kinds)
    value = line(*((point | leaves)[n] for n in line.__signature__.parameters))
    i = list(point).index(result.wrt)
    if result.kind == "jacobian":
        native = bl.jacobian(result.f, argnums=i)(*point.values())[:, 0, :, 0]
        of, by = (3,), (4,)
    else:
        native = np.asarray(bl.vjp(result.f, *point.values())[1](y_bar)[i])
        native = native.ravel() if result.kind == "gradient" else native
        of, by = (), native.shape
    assert np.allclose(restore(value, of, by, plain), native, rtol=1e-12, atol=1e-12)


def rhs(key, source):
    return re.sub(r"\\(cotangent|local)|\\[,!]|\\left|\\right|\s", "",
                  tex_in(key, SOURCES[source].layout)).split("=")[1]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "key", "printed"),
    [  # as the sources themselves print them; the numbers are theirs
        ("mml", "linear form", r"a^{\top}"),  # (5.105)
        ("mml", "quadratic form", r"x^{\top}(A^{\top}+A)"),  # (5.107)
        ("d2l", "linear map", r"A^{\top}"),
        ("d2l", "quadratic form", r"(A+A^{\top})x"),
        ("aggarwal", "linear map", r"A^{\top}"),  # theorem 2.5.1 and before
        ("parr", "linear form", r"a^{\top}"),
        ("goodfellow", "XW", r"X^{\top}{\frac{\partialL}{\partialY}}"),  # section 6.5.6
        ("cs224n", "Wx", r"({\frac{\partialL}{\partialy}})^{\top}x^{\top}"),  # (5)
        ("minka", "Wx", r"x{\frac{\partialL}{\partialy}}"),
    ],
)
def test_the_printed_form_is_the_source_s_own(source, key, printed):
    assert rhs(key, source) == printed


@pytest.mark.parametrize("layout", [s.layout for s in SOURCES.values()], ids=list(SOURCES))
def test_a_line_left_in_our_layout_is_refused_elsewhere(layout):
    """The proof in a layout is a proof: the untranslated line fails wherever it differs."""
    for key in five(layout).values():
        result, proved = RESULTS[key], in_layout(key, layout)
        same = tex_in(key, layout).split("=")[1] == tex_in(key, OURS).split("=")[1]
        kinds = {n: leaf.kind for n, leaf in result.leaves.items()}
        untranslated = bl.layouts.translate(result.line, result.kind, OURS, OURS, **kinds)
        if same:
            assert proved.then(untranslated).proved
        elif layout.matrix != "vec" or result.kind != "matrix":
            with pytest.raises(bl.ProofError):
                proved.then(untranslated)


def test_numbers_are_compared_with_the_engine(monkeypatch):
    """A wrong line, were it proved by mistake, would still be seen in numbers."""
    result = RESULTS["quadratic form"]
    wrong = bl.layouts.translate(lambda A, x: 2 * (A @ x), "gradient", OURS)
    with pytest.raises(bl.ProofError, match="is not the engine's derivative in this layout"):
        layout_lines._check_numbers(result, layout_lines._plain(OURS), wrong)


def test_forms_name_each_source_once():
    for name in FIVE:
        told = "; ".join(why for _, why in bl.layouts.forms(name).rows)
        for source in SOURCES.values():
            assert told.count(source.name) == (name in five(source.layout)), (name, source.name)
    with pytest.raises(ValueError, match="the five results are"):
        bl.layouts.forms("trace")
    with pytest.raises(ValueError, match="no source 'bishop'"):
        bl.layouts.card("bishop")
    with pytest.raises(ValueError, match=r"the results are .*; got 'layer'"):
        in_layout("layer", OURS)


@pytest.mark.parametrize("key", SOURCES)
def test_a_card_shows_what_is_proved_and_where_the_source_says_it(key):
    card = bl.layouts.card(key)
    page = card._repr_html_()
    assert 'class="bl-proof" data-status="proved"' in page
    assert page.count('class="bl-line"') == len(five(SOURCES[key].layout)) >= 4
    assert SOURCES[key].where in html.unescape(page)
    assert r"\frac" in card._repr_latex_()
    assert repr(card).endswith("proved for all sizes")


def test_every_source_is_in_the_bibliography():
    known = set(re.findall(r"@\w+\{(\w+),", (ROOT / "book/references.bib").read_text()))
    assert {source.cite for source in SOURCES.values()} <= known


def test_the_numbers_need_no_sympy():
    code = (
        "import sys; sys.modules['sympy'] = None\nimport backprop_lab as bl\n"
        "print(bl.which_layout((3, 2), of=(3,), by=(2,)).layout)\n"
        "print(bl.layouts.convert([[1, 2]], (), (2,), bl.layouts.SOURCES['mml'].layout, "
        "bl.layouts.OURS).shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["numerator", "(2,", "1)"]


def test_an_unknown_name_is_told_what_there_is():
    with pytest.raises(AttributeError, match=r"layouts has no 'cards'. It has .*card, convert"):
        bl.layouts.cards  # noqa: B018


# --- the table of all ten ------------------------------------------------------------------------


def test_the_overview_has_a_row_for_every_source_in_the_page_and_in_a_terminal():
    table = bl.layouts.overview()
    page, text = table._repr_html_(), repr(table)
    for layout, name, *answers in table.rows():
        assert f"<em>{layout}</em>" in page and name.replace("&", "&amp;") in page
        (line,) = [row for row in text.splitlines() if f"  {name}" in row]
        assert line.startswith(layout) and all(answer in line for answer in answers)
    assert page.count("<p") == 1 and "? not checked in the source itself" in page
    assert text.endswith("– the source does not say.")
    assert page.count("<tr>") == 1 + 10 + len({row[0] for row in table.rows()})


def test_the_overview_marks_each_answer_that_was_not_checked():
    rows = {name: answers for _, name, *answers in bl.layouts.overview().rows()}
    fields = ("gradient", "jacobian", "matrix")
    for source in SOURCES.values():
        assert set(source.unsure) <= set(fields)
        for field, answer in zip(fields, rows[source.name], strict=True):
            assert ("?" in answer) == (field in source.unsure), (source.name, field)
    marked = bl.layouts.overview()._repr_html_().count("underline dotted")
    assert marked == sum(len(source.unsure) for source in SOURCES.values()) > 0


@pytest.mark.book
def test_the_page_says_once_what_was_read_and_names_every_unsure_source():
    cells = nbformat.read(ROOT / "book/layouts.ipynb", as_version=4).cells
    said = [c.source for c in cells if "**What we read.**" in c.source]
    assert len(said) == 1
    (paragraph,) = [p for p in said[0].split("\n\n") if "**What we read.**" in p]
    assert all(f"{{cite:t}}`{s.cite}`" in paragraph for s in SOURCES.values())
