"""Every exercise: its stub, its solution, right answers of many kinds, each slip by its name."""

from __future__ import annotations

import ast
import functools
import html
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import backprop_lab as bl
from backprop_lab.exercises import EXERCISES, running
from backprop_lab.exercises.formulas import Expression
from backprop_lab.exercises.functions import Function
from backprop_lab.exercises.kinds import Choice, Value
from backprop_lab.exercises.parts import pulled_back
from backprop_lab.exercises.pictures import number
from backprop_lab.slips import SLIPS
from exercise_cases import RIGHT, WRONG, Y

pytestmark = pytest.mark.usefixtures("unhurried")

ALL = list(EXERCISES.values())
LISTED = [(e, slip) for e in ALL for slip in e.slips]
FUNCTIONS = [e for e in ALL if isinstance(e.answer, Function)]


def case(value):
    return value.id if hasattr(value, "id") else None


def one(values):
    return values[0] if len(values) == 1 else tuple(values)


def made_answers(exercise, slip):
    """Give wrong answers for a slip: what it makes of the truth's ingredients, part by part."""
    kind = exercise.answer
    if (exercise.id, slip) in WRONG:
        yield WRONG[exercise.id, slip]
    if isinstance(kind, Value):
        parts = kind.parts()
        for k, part in enumerate(parts):
            for who, wrong in part.made():
                if who.name == slip:
                    yield one([wrong if i == k else p.truth for i, p in enumerate(parts)])
    elif isinstance(kind, Function):
        first = kind.parts(*kind.trials()[-1])
        for k, part in enumerate(first):
            for place in range(sum(who.name == slip for who, _ in part.made())):
                yield function_of(kind, slip, k, place)


def function_of(kind, slip, k, place):
    def wrong(*inputs):
        values = []
        for i, part in enumerate(kind.parts(*inputs)):
            made = [value for who, value in part.made() if who.name == slip]
            values.append(made[place] if i == k and place < len(made) else part.truth)
        return one(values)

    return wrong


@pytest.fixture(autouse=True)
def _anew():
    bl.exercises.forget()
    yield
    bl.exercises.forget()


# --- the registry ---------------------------------------------------------------------------------
@pytest.mark.parametrize("exercise", ALL, ids=case)
def test_it_is_complete(exercise):
    assert exercise.id == exercise.id.lower() and exercise.chapter[:2] in ("ch", "pu")
    assert 1 <= exercise.difficulty <= 3 and 1 <= exercise.minutes <= 15
    assert 1 <= len(exercise.hints) <= 3 and exercise.slips
    assert set(exercise.slips) <= set(SLIPS)
    assert exercise.question.endswith((".", "?", "tell")) and "$$" not in exercise.question
    assert len(exercise.stub.splitlines()) + len(exercise.solution.splitlines()) <= 24


def given_slips(exercise):
    """Name every slip that an exercise can give, its kind of answer's own included."""
    kind, given = exercise.answer, set(exercise.slips)
    if isinstance(kind, Choice):
        given |= {option.slip for option in kind.options.values()} - {""}
    if isinstance(kind, Function):
        given |= set(kind.always)
    trials = kind.trials() if isinstance(kind, Function) else [()]
    for inputs in trials if hasattr(kind, "parts") else ():
        given |= {slip.name for part in kind.parts(*inputs) for slip, _ in part.made()}
    return given


def test_every_slip_of_the_list_is_named_by_a_proof_or_an_exercise():
    """And exercises take theirs from the list: there is no other, and each name stands once."""
    listed, given = (set().union(*map(of, ALL)) for of in (lambda e: set(e.slips), given_slips))
    assert given <= set(SLIPS)
    always = {name for e in FUNCTIONS for name in e.answer.always}
    apart = {name for name, slip in SLIPS.items() if not slip.in_proofs}
    assert apart <= listed | always  # the others are named by refusals: see `test_slips`


def test_slips_are_written_in_one_place():
    """`Slip(…)` stands in the two files of words, and nowhere else."""
    folder = Path(bl.__file__).parent
    makers = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Slip"
    }
    assert makers == {"slip_words.py", "slip_words_exercises.py"}


@pytest.mark.parametrize("exercise", ALL, ids=case)
def test_its_stub_is_not_yet_answered(exercise):
    names = {"bl": bl}
    source = exercise.stub.replace("bl.exercises.check(", "verdict = bl.exercises.check(")
    exec(source, names)
    assert names["verdict"].state == "not yet" and not names["verdict"]
    assert bl.exercises.check(exercise.id).state == "not yet"
    assert bl.exercises.check(exercise.id, None).state == "not yet"


@pytest.mark.parametrize("exercise", ALL, ids=case)
def test_its_solution_is_correct(exercise):
    solved = bl.exercises.solution(exercise.id)
    assert solved.verdict.state == "correct", solved.verdict
    assert str(solved) == exercise.solution
    assert repr(solved) == f"{exercise.solution}\n{solved.verdict!r}"
    folded = solved._repr_html_()
    assert folded.startswith("<details") and html.escape(exercise.solution.rstrip()) in folded
    assert bl.exercises.progress(exercise.chapter).solved == 0  # a solution read is none found


@pytest.mark.parametrize("exercise", ALL, ids=case)
def test_right_answers_of_other_kinds_are_correct(exercise):
    assert len(RIGHT[exercise.id]) >= 3
    for answer in RIGHT[exercise.id]:
        verdict = bl.exercises.check(exercise.id, answer)
        assert verdict.state == "correct", verdict


@pytest.mark.parametrize(("exercise", "slip"), LISTED, ids=case)
def test_each_listed_slip_is_named(exercise, slip):
    verdicts = [bl.exercises.check(exercise.id, a) for a in made_answers(exercise, slip)]
    assert verdicts, "no wrong answer for this slip: add one to WRONG"
    assert slip in {v.slip for v in verdicts}
    for verdict in verdicts:
        assert verdict.state == "not this"
        if verdict.slip == slip:
            said = f"This looks like {SLIPS[slip].title}. {SLIPS[slip].explanation}"
            assert said in " ".join(repr(verdict).split())
            assert html.escape(said) in verdict._repr_html_()


@pytest.mark.no_cover
@pytest.mark.parametrize("exercise", ALL, ids=case)
def test_what_its_slips_make_is_never_taken_for_right(exercise):
    wrong = [a for slip in exercise.slips for a in made_answers(exercise, slip)]
    assert not any(bl.exercises.check(exercise.id, a) for a in wrong)


# --- the truth comes from two sources, and is not told ----------------------------------------------
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=case)
def test_the_truth_is_that_of_the_solution_to_the_last_digits(exercise):
    """The solution is plain NumPy or the engine; the truth is SymPy's or the engine's."""
    answer = exercise.run_solution()
    for inputs in exercise.answer.trials():
        got = answer(*inputs)
        parts = exercise.answer.parts(*inputs)
        for value, part in zip(got if len(parts) > 1 else [got], parts, strict=True):
            assert np.allclose(value, part.truth, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=case)
def test_draws_hold_single_sizes_and_others_and_are_the_same_each_time(exercise):
    drawn = exercise.answer.trials()
    again = exercise.answer.trials()
    assert 4 <= len(drawn) <= 12
    for a, b in zip(drawn, again, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    sizes = [sum(np.size(x) for x in inputs) for inputs in drawn]
    assert sizes == sorted(sizes)


def texts(exercise):
    stub = bl.exercises.check(exercise.id)
    yield from (repr(exercise), exercise._repr_markdown_(), repr(stub), stub._repr_html_())


@pytest.mark.parametrize("exercise", ALL, ids=case)
def test_no_solution_shows_before_it_is_asked_for(exercise):
    last = exercise.solution.strip().splitlines()[-1].strip()
    assert not any(last in text for text in texts(exercise))
    if isinstance(exercise.answer, Value):
        for part in exercise.answer.parts():
            entries = [number(v) for v in np.ravel(part.truth)]
            assert not any(f" {e}" in t for t in texts(exercise) for e in entries if len(e) > 3)


@pytest.mark.parametrize("exercise", [e for e in ALL if isinstance(e.answer, Value)], ids=case)
def test_a_wrong_value_is_not_answered_with_the_right_one(exercise):
    for slip in exercise.slips:
        for answer in made_answers(exercise, slip):
            verdict = bl.exercises.check(exercise.id, answer)
            given = {number(v) for v in np.ravel(answer)}
            for part in exercise.answer.parts():
                for entry in {number(v) for v in np.ravel(part.truth)} - given:
                    assert f" {entry}" not in repr(verdict)


def test_a_slip_that_changes_nothing_is_not_among_the_mistakes():
    """On a diagonal J and Jᵀ are one matrix: whoever mixes them up there makes no mistake."""
    part = pulled_back("x_bar", np.exp, np.array([1.0, 2.0]), np.array([3.0, -1.0]))
    names = {slip.name for slip, _ in part.made()}
    assert "missing-factor" in names and "missing-transpose" not in names


# --- verdicts are the same each time, and safe ------------------------------------------------------
@functools.cache
def every_text():
    """The text and the HTML of the verdict on every wrong answer that is listed, one by one."""
    verdicts = [e.check(answer) for e, slip in LISTED for answer in made_answers(e, slip)]
    return [text for verdict in verdicts for text in (repr(verdict), verdict._repr_html_())]


def test_verdicts_are_the_same_whatever_the_order_of_sets():
    here = "\n".join(every_text())
    code = "import sys, test_exercises as t; sys.stdout.write('\\n'.join(t.every_text()))"
    here_is = os.path.dirname(__file__)
    folders = os.pathsep.join([here_is, os.path.dirname(here_is)])
    env = {**os.environ, "PYTHONHASHSEED": "3", "PYTHONPATH": folders, "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert run.stdout.decode() == here
    assert len(here) > 10_000 and "0x" not in here


EVIL = "<script>alert(1)</script>"


def raises_evil(*inputs):
    raise ValueError(EVIL)


@pytest.mark.parametrize("exercise", ALL, ids=case)
def test_no_text_of_the_learner_reaches_the_page_unescaped(exercise):
    answers = [EVIL, [EVIL], {EVIL: 1}, sp.Symbol(EVIL), type(EVIL, (), {})(), lambda *a: EVIL]
    for answer in [*answers, raises_evil, lambda *a: sp.Symbol(EVIL)]:
        verdict = bl.exercises.check(exercise.id, answer)
        assert verdict.state == "not this"
        assert "<script" not in verdict._repr_html_()


def test_html_is_well_formed_and_pictures_have_numbers_and_words():
    import xml.etree.ElementTree as ET

    seen = 0
    for text in every_text()[1::2]:
        for svg in ET.fromstring(text).iter("{http://www.w3.org/2000/svg}svg"):
            seen += 1
            cells = len(list(svg.iter("{http://www.w3.org/2000/svg}rect")))
            written = len(list(svg.iter("{http://www.w3.org/2000/svg}text")))
            assert svg.get("role") == "img" and svg.get("aria-label")
            assert written > cells > 0
    assert seen > 10


# --- wrong types, one by one -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("id", "answer", "said"),
    [
        ("ch1-b", 3.0, "2 values are asked for, ∂L/∂b, ∂L/∂x; this is a number"),
        ("ch1-b", (1.0, 2.0, 3.0), "there are 3"),
        ("ch1-b", (1j, 2.0), "Real numbers are asked for"),
        ("ch1-b", (True, 2.0), "this is a truth value"),
        ("ch1-b", (sp.Symbol("q"), 2.0), "put numbers in for q"),
        ("ch1-b", (np.nan, 1.0), "holds NaN"),
        ("ch1-b", (0.0925, 0.0462), "was it rounded?"),
        ("ch1-saturation", np.inf, "A finite number"),
        ("ch1-saturation", [9.0, 9.0], "One number is asked for; this has shape (2,)"),
        ("ch1-saturation", True, "this is a truth value"),
        ("ch1-tanh", 0.25, "A function answer(w, b, x, y) is asked for; this is a number"),
        ("ch1-tanh", lambda w: w, "yours takes other arguments"),
        ("ch1-tanh", lambda w, b, x, y: print(end=""), "gives None"),
        ("ch1-tanh", lambda w, b, x, y: "0.3", "this is a text"),
        ("ch1-tanh", lambda w, b, x, y: np.nan, "NaN or an infinity"),
        ("ch1-three", lambda w, b, x, y: 0 * w[:0], "shape (0,)"),
        ("ch1-three", lambda w, b, x, y: [[1.0], [1.0, 2.0]], "compare their lengths"),
        ("ch1-repair", "y_hat - y", "A formula is asked for; this is a text"),
        ("ch1-repair", lambda q: q, "The formula names q"),
        ("ch1-repair", sp.Symbol("q"), "it names q"),
        ("ch1-repair", sp.I * Y, "it is not a real number"),
        ("ch1-repair", sp.Function("g")(Y), "it names a function g"),
        ("ch1-repair", sp.Eq(Y, 1), "it is no expression"),
        ("ch1-repair", lambda y, x: [x, y], "A formula is asked for; you gave a list"),
        ("ch1-repair", lambda y, x: print(end=""), "a return is missing"),
        ("ch1-repair", lambda y, x: raises_evil(), "raised ValueError"),
        ("ch3-layout", "e", 'Choose one of "a", "b", "c", "d"; this is "e"'),
        ("ch3-layout", 2, "this is a whole number"),
        ("ch3-pullback", np.ones((2, 1)), "shape (2, 1) in your answer; shape (2,) is asked for"),
        ("ch3-pullback", lambda x: x, "this is a function"),
    ],
)  # fmt: skip
def test_another_type_gets_a_message(id, answer, said):
    verdict = bl.exercises.check(id, answer)
    assert verdict.state == "not this"
    assert said in " ".join(repr(verdict).split())


def test_shape_comes_first_and_marks_tell_which_entries_are_right():
    verdict = bl.exercises.check("ch3-repair", lambda J, y_bar: y_bar.T @ J)
    lines = [" ".join(line.split()) for line in repr(verdict).splitlines()]
    assert "x_bar has shape (1, 2) in your answer; shape (2, 1) is asked for." in lines
    half = bl.exercises.check("ch3-pullback", [11, 5])
    assert "right where ✓: ✓ ✗" in repr(half) and "11 ✓" in half._repr_html_()


# --- what is unanswered -------------------------------------------------------------------------------
def with_docstring(x):
    """Say something."""


@pytest.mark.parametrize(
    "answer",
    [
        None,
        ...,
        "",
        "  ",
        (),
        [1.0, ...],
        [None],
        np.array([]),
        np.array([..., 1.0]),
        with_docstring,
    ],
)
def test_stubs_are_seen(answer):
    assert running.unanswered(answer)


@pytest.mark.parametrize("answer", [0, 0.0, False, "a", [0], np.zeros(2), lambda x: 0, print])
def test_answers_are_no_stubs(answer):
    assert not running.unanswered(answer)


def test_a_function_that_only_forgot_its_return_is_no_stub():
    def forgot(x):
        x + 1

    assert not running.unanswered(forgot)


# --- session ------------------------------------------------------------------------------------------
def test_progress_counts_what_was_solved_in_this_session_and_keeps_it():
    assert repr(bl.exercises.progress("ch3")).startswith("0 of 6")
    bl.exercises.check("ch3-layout", "a")
    bl.exercises.check("ch3-orders")
    assert "✗ ch3-layout" in repr(bl.exercises.progress("ch3"))
    bl.exercises.check("ch3-layout", "b")
    bl.exercises.check("ch3-layout", "a")
    shown = bl.exercises.progress("ch3")
    assert repr(shown).startswith("1 of 6:") and "✓ ch3-layout" in repr(shown)
    assert "<strong>1 of 6</strong>" in shown._repr_html_() and "○ ch3-orders" in repr(shown)
    assert len(bl.exercises.progress().states) == len(ALL)


def test_a_command_is_never_broken_and_a_sign_stays_with_its_name():
    for exercise in ALL:
        assert f'bl.exercises.hint("{exercise.id}")' in repr(bl.exercises.check(exercise.id))
    text = repr(bl.exercises.progress())
    assert all(f"○ {exercise.id}" in text for exercise in ALL)
    assert max(map(len, text.splitlines())) <= 79


def test_hints_come_one_by_one_and_the_last_stays():
    exercise = EXERCISES["ch1-tanh"]
    seen = [bl.exercises.hint("ch1-tanh") for _ in range(4)]
    assert [h.text for h in seen] == [*exercise.hints, exercise.hints[-1]]
    assert repr(seen[0]).startswith("Hint 1 of 3. ") and "Hint 3 of 3." in seen[3]._repr_html_()


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(KeyError, match=r"no exercise 'ch3-pullbak'. Did you mean 'ch3-pullback'"):
        bl.exercises.check("ch3-pullbak", 1)
    with pytest.raises(KeyError, match=r"Did you mean 'puzzle-convolution'"):
        bl.exercises.check("puzzle-conv", 1)
    with pytest.raises(KeyError, match=r"no chapter 'ch9' with exercises. There are ch1, ch2, ch3"):
        bl.exercises.progress("ch9")


def test_the_room_lists_them_all():
    for shown in (repr(bl.exercises), bl.exercises._repr_html_()):
        for exercise in ALL:
            assert exercise.id in shown and exercise.slips[0] in shown
    assert max(map(len, repr(bl.exercises).splitlines())) <= 130


def test_an_expression_is_compared_as_a_formula_and_not_at_a_point():
    kinds = [e for e in ALL if isinstance(e.answer, Expression)]
    assert kinds
    y_hat, y, x = sp.symbols("y_hat y x")
    almost = (y_hat - y) * y_hat * (1 - y_hat) * x + sp.Rational(1, 10**9) * y
    verdict = bl.exercises.check("ch1-repair", almost)
    assert verdict.state == "not this" and "the truth is" in repr(verdict)


def test_what_a_formula_names_ends_with_it():
    """A name of an earlier attempt is unknown in the next, as in a fresh session."""
    first = lambda y_hat, y, x: bl.let("d", y - y_hat) * y_hat * (1 - y_hat) * x  # noqa: E731
    assert bl.exercises.check("ch1-repair", first).slip == "wrong-sign"
    verdict = bl.exercises.check("ch1-repair", lambda d, y_hat, x: d * y_hat * (1 - y_hat) * x)
    assert "The formula names d; there are" in repr(verdict)


class Hostile:
    """Refuses whatever one asks of it."""

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array")

    def __len__(self):
        raise RuntimeError("no length")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __hash__ = None

    def __bool__(self):
        raise RuntimeError("no truth")

    def __repr__(self):
        raise RuntimeError("no words")


STRANGE = [
    0, -1, 10**400, 1e308, float("nan"), True, 1j, "a", "…", b"a", [], [[]], [[1, 2], [3]], {}, {1}, range(3),
    (i for i in range(2)), object(), Hostile(), [Hostile()], int, Exception, np, np.tanh, print, len, np.array("x"),
    np.array(3.0), np.float16(1), np.array([1, 2], dtype=object), np.array([object(), 1]), np.ma.masked, np.datetime64("2020"),
    np.zeros((2, 2, 2)), np.zeros((0, 3)), np.full((2, 1), np.inf), sp.oo, sp.nan, sp.zoo, sp.I, sp.Symbol("x"), sp.pi,
    sp.Matrix([[1, 2], [3, 4]]), sp.Eq(sp.Symbol("x"), 1), sp.true, sp.Function("g")(sp.Symbol("x")), sp.Lambda(sp.Symbol("x"), 1),
    sp.Rational(1, 3), lambda *a: a, lambda *a: Hostile(), lambda *a, **k: [[1, 2], [3]], lambda *a: sp.zoo,
    lambda *a: np.ma.masked, lambda *a: (x for x in a), lambda *a: print, lambda *a: {}, lambda *a: 10**400,
]  # fmt: skip


@pytest.mark.parametrize("exercise", ALL, ids=case)
def test_no_answer_breaks_the_checker(exercise):
    for answer in STRANGE:
        verdict = exercise.check(answer)
        assert verdict.exercise in repr(verdict) and verdict._repr_html_().endswith("</div>")
