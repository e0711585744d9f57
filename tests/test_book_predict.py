"""Predict questions: they are read, asked and answered without a kernel, and no number is guessed."""

from __future__ import annotations

import importlib
import math
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import backprop_lab as bl
import notebooks

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "book").glob("0[0-5]-*.ipynb"))
BLOCK = re.compile(r"^:::\{predict\} (\S+)\n(.*?)^:::$", re.DOTALL | re.MULTILINE)


def load():
    """Import the room of the book's extension that reads the questions."""
    sys.path.insert(0, str(ROOT / "book/_ext"))
    try:
        return importlib.import_module("lab_book.predict")
    finally:
        sys.path.pop(0)


predict = load()


def blocks(path):
    text = "\n\n".join(c.source for c in notebooks.read(path).cells if c.cell_type == "markdown")
    return BLOCK.findall(text)


QUESTIONS = {name: (path, predict.read(body)) for path in CHAPTERS for name, body in blocks(path)}
START = [f"predict-start-{n}" for n in range(1, 7)]


def letters(question):
    return dict(zip(predict.LETTERS, question.choices, strict=False))


# ---- what the questions state, computed -----------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def notation():
    def f(t):
        x = bl.let("x", t**2)
        return bl.let("f", x + t)

    direct = bl.grad(lambda t, x: x + t)(3.0, 9.0)
    total, by_x = bl.grad(f)(3.0), bl.grad(lambda t: t**2)(3.0)
    assert total == direct + by_x and len(bl.named_graph(f, 3.0).paths("t")) == 2
    given = [3, direct, total]
    return (
        given,
        {"a": [direct], "b": [direct, 2, by_x], "c": [direct, by_x, total], "d": [by_x, direct]},
        "c",
    )


def neuron():
    def loss(w, activation=sigmoid):
        return (1 - activation(w * 2 - 1)) ** 2 / 2

    w, step, y_hat = 0.5, 0.01, sigmoid(0.0)
    slope, by_y_hat = bl.grad(sigmoid)(0.0), y_hat - 1
    exact = loss(w + step) - loss(w)
    first_order = round(bl.grad(loss)(w) * step, 10)
    assert abs(exact - first_order) < 2e-5 and by_y_hat * slope * 2 == bl.grad(loss)(w)
    linear = by_y_hat * 2 * step  # a neuron without an activation
    assert linear == bl.grad(lambda w: (1 - w * 2) ** 2 / 2)(0.25) * step
    given = [w, 2, y_hat, 1, slope, step]
    said = {
        "a": [-linear, by_y_hat, 2, slope],
        "b": [-first_order, 2 * step, slope * 2 * step, by_y_hat],
        "c": [-first_order, 1 - y_hat, by_y_hat],
        "d": [-by_y_hat * step, -by_y_hat, slope, 2],
    }
    return given, said, "b"


def paths():
    def p(a, b):
        return bl.let("p", bl.let("u", a + b) * bl.let("v", b + 1))

    graph = bl.named_graph(p, 2.0, 1.0)
    through = {e.head: graph[e.head].bar * e.slope for e in graph.edges if e.tail == "b"}
    overwritten = dict.fromkeys((node.name for node in graph.nodes), 0.0)
    overwritten["p"] = 1.0
    for edge in reversed(graph.edges):
        overwritten[edge.tail] = overwritten[edge.head] * edge.slope
    held = bl.grad(lambda b: (2.0 + 1.0) * (b + 1))(1.0)
    truth = bl.grad(p, 1)(2.0, 1.0)
    assert truth == through["u"] + through["v"]
    assert (overwritten["b"], held) == (through["u"], through["v"])
    said = {
        "a": [overwritten["b"], 1],
        "b": [held],
        "c": [truth, 1, through["u"], through["v"]],
        "d": [through["u"] * through["v"], through["u"], through["v"]],
    }
    return [1, 2], said, "c"


def three(x):
    return np.stack([x[0] * x[1], x[0] ** 2 + x[1], np.sin(x[1])])


def transpose():
    x, y_bar = np.array([2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    J = bl.jacobian(three)(x)
    square, short = J[:2], y_bar[:2]
    x_bar = bl.vjp(three, x)[1](y_bar)[0]
    gradient = bl.vjp(lambda x: three(x)[:2], x)[1](short)[0]
    assert np.array_equal(square.T @ short, gradient)
    column = [v for pair in zip(J[:, 0], y_bar, strict=True) for v in pair]
    e_1 = np.array([1.0, 0.0])
    forward = bl.jvp(lambda x: three(x)[:2], (x,), (e_1,))[1]
    given = [*J[:2].flat, J[2, 0], 3, *y_bar]  # the 3 of cos 3
    assert J[2, 1] == math.cos(3)
    said = {
        "a": [*short, *(square @ short), *gradient],
        "b": [*e_1, *forward, *(square.T @ forward)],
        "c": [*column, x_bar[0]],
        "d": [x_bar[0]],
    }
    return given, said, "c"


def softmax(x):
    e = np.exp(x)
    return e / np.sum(e)


def elementwise():
    x, y_bar = np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0, 2.0])
    log_x = np.log(x)
    back = bl.vjp(np.exp, log_x)[1](y_bar)[0].round(12)
    full = bl.jacobian(softmax)(x)
    s, ones = softmax(x), np.ones(3)
    # softmax: the whole Jacobian is full, and its diagonal is not enough
    assert full.size == 9 and np.count_nonzero(full) == 9
    assert np.count_nonzero(bl.jacobian(np.exp)(log_x)) == 3
    still = bl.vjp(softmax, x)[1](ones)[0].round(12)
    assert np.allclose(np.diagonal(full), s * (1 - s))
    running = bl.jacobian(np.cumsum)(x)
    assert (np.diagonal(running) == 1).all() and (running[:, 0] == 1).all()
    said = {
        "a": [*x, *y_bar, *back],
        "b": [1, round(float(s.sum()), 12), *abs(still), *x, *(s * (1 - s)).round(2)],
        "c": [1, *y_bar, *bl.vjp(np.cumsum, x)[1](y_bar)[0]],
        "d": [],
    }
    return [], said, "a"


def layer():
    X, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    Y_bar = np.array([[1.0, 2.0], [0.0, 1.0]])
    (X_bar,) = bl.vjp(lambda X: X @ W, X)[1](Y_bar)
    offers = {"a": Y_bar @ W, "b": Y_bar @ W.T, "c": Y_bar @ np.linalg.inv(W), "d": W.T @ Y_bar}
    right = [key for key, offer in offers.items() if np.allclose(offer, X_bar)]
    assert all(offer.shape == X.shape for offer in offers.values()) and len(offers) == 4
    first = {key: round(float(offer[0, 0]), 9) for key, offer in offers.items()}
    path = [Y_bar[0, 0], W[0, 0], Y_bar[0, 1], W[0, 1], X_bar[0, 0]]
    doubled = bl.vjp(lambda X: X @ (2 * W), X)[1](Y_bar)[0]
    assert np.array_equal(doubled, 2 * X_bar)
    assert np.allclose(Y_bar @ np.linalg.inv(2 * W), offers["c"] / 2)
    said = {
        "a": [*path, first["a"]],
        "b": path,
        "c": [-1, first["c"], X_bar[0, 0]],  # the -1 of the inverse
        "d": [first["d"], X_bar[0, 0]],
    }
    return [2, 2, *W.flat, *Y_bar.flat], said, "".join(right)


def start_1():
    outer, inner = bl.grad(np.exp)(0.0), bl.grad(lambda t: np.maximum(t, 0))(-1.0)
    truth = bl.grad(lambda t: np.exp(np.maximum(t, 0)))(-1.0)
    assert outer * inner == truth == 0
    said = {"a": [truth, outer, inner], "b": [0, outer, inner, truth], "c": [outer]}
    return [0, -1], said, "a"


def start_2():
    u, v = (lambda t: 2 * t), (lambda t: t**2)
    truth = bl.grad(lambda t: u(t) * v(t))(3.0)
    slopes = bl.grad(u)(3.0), bl.grad(v)(3.0)
    through = slopes[0] * v(3.0), slopes[1] * u(3.0)
    assert sum(through) == truth
    said = {"a": [slopes[0] * slopes[1], *slopes], "b": [*through], "c": [truth, *through]}
    return [2, 3], said, "c"


def start_3():
    A, weights = np.array([[3.0, 1.0], [4.0, 2.0], [0.0, 5.0]]), np.array([1.0, 2.0, 3.0])
    by_x = bl.grad(lambda x: weights @ (A @ x))(np.ones(2))
    column = [v for pair in zip(A[:, 0], weights, strict=True) for v in pair]
    row = A[0] @ weights[:2]
    said = {
        "a": [by_x[0], *column],
        "b": [row, A[0, 0], weights[0], A[0, 1], weights[1]],
        "c": [A[:, 0].sum(), *A[:, 0], weights[1], weights[2]],
    }
    return [*A.flat, 2, 3], said, "a"


def start_4():
    a, b = np.ones((3, 1)), np.ones(3)
    shape = (a * b).shape
    assert shape == (3, 3)
    return [3, 1], {"a": [*shape], "b": [*shape], "c": [*shape]}, "b"


def start_5():
    by_b = bl.grad(lambda b: np.sum(np.zeros((64, 10)) + b))(np.zeros(10))
    assert set(by_b) == {64.0}
    one = bl.grad(lambda b: np.sum(np.zeros((1, 10)) + b))(np.zeros(10))[0]
    rows = by_b[0] / one
    return [64], {"a": [one, rows], "b": [rows], "c": [Fraction(1, 64), one, rows]}, "b"


def start_6():
    def multiplies(left, right):
        return left[1] == right[0]

    row, outputs_first, inputs_first = (1, 3), bl.jacobian(three)(np.ones(2)).shape, (2, 3)
    assert multiplies(row, outputs_first) and not multiplies(row, inputs_first)
    assert outputs_first == inputs_first[::-1]
    said = {
        "a": [3, 2],
        "b": [*outputs_first, *row],
        "c": [*outputs_first, *row],
    }
    return [2, 3], said, "c"


FACTS = {
    "predict-notation": notation,
    "predict-neuron": neuron,
    "predict-paths": paths,
    "predict-transpose": transpose,
    "predict-elementwise": elementwise,
    "predict-layer": layer,
    **dict(zip(START, [start_1, start_2, start_3, start_4, start_5, start_6], strict=True)),
}


# ---- the numbers of a text ------------------------------------------------------------------------

# What holds digits and states no number: links, names with an index, powers of letters.
NO_NUMBERS = re.compile(
    r"\[[^]]*\]\([^)]*\)|(?:chapter|Question) \d|[a-zA-Z]_\{?\w+\}?|(?<=[a-zA-Z])\^\d"
)
NUMBER = re.compile(r"\\tfrac(\d)(\d|\{\d+\})|(\d+(?:\.\d+)?)")


def numbers(text):
    """Give the numbers that a text states, each with the sign before it."""
    found = []
    text = NO_NUMBERS.sub(" ", text)
    for match in NUMBER.finditer(text):
        value = (
            float(Fraction(int(match[1]), int(match[2].strip("{}"))))
            if match[1]
            else float(match[3])
        )
        signed = re.search(r"(?:^|[({$,=:\s])-$", text[: match.start()])
        found.append(-value if signed else value)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"$-\tfrac12 \cdot 2$ and $(1, -2)$, $3 - 1$", [-0.5, 2, 1, -2, 3, 1]),
        (r"$x_1 = 2t = 6$, $t^2$, $3y_2$, $\tfrac1{64}$", [2, 6, 3, 1 / 64]),
        ("[chapter 3](03-jacobians.ipynb), about $0.0025$, and chapter 4", [0.0025]),
    ],
)
def test_numbers_are_read(text, expected):
    assert numbers(text) == expected


def close(one, other):
    return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-12)


def unproved(text, known):
    return [n for n in numbers(text) if not any(close(n, k) for k in known)]


def unsaid(text, expected):
    return [float(e) for e in expected if not any(close(e, n) for n in numbers(text))]


@pytest.mark.parametrize("name", FACTS)
def test_each_number_of_a_reply_is_computed_and_each_computed_one_is_said(name):
    given, said, _ = FACTS[name]()
    _, question = QUESTIONS[name]
    assert unproved(question.text, given) == []
    for letter, choice in letters(question).items():
        text = f"{choice.option} {choice.slip} {choice.reason}"
        assert unproved(text, said[letter]) == [], (letter, text)
        assert unsaid(text, said[letter]) == [], (letter, text)


@pytest.mark.parametrize("name", FACTS)
def test_the_answer_that_the_engine_gives_is_the_one_marked_right(name):
    _, said, right = FACTS[name]()
    _, question = QUESTIONS[name]
    assert list(said) == list(letters(question))
    assert [letter for letter, choice in letters(question).items() if choice.right] == [right]


def test_a_changed_number_would_be_seen():
    _, question = QUESTIONS["predict-layer"]
    _, said, _ = layer()
    choice = question.choices[0]
    assert unproved(choice.reason.replace("19", "18"), said["a"]) == [18]
    assert unsaid(choice.reason.replace("19", "17"), said["a"]) == [19]


# ---- where they stand -----------------------------------------------------------------------------


def test_every_question_of_the_book_has_its_facts():
    assert set(QUESTIONS) == set(FACTS)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_each_chapter_asks_before_its_first_section(path):
    cells = [c for c in notebooks.read(path).cells if c.cell_type == "markdown"]
    heading = next(i for i, c in enumerate(cells) if re.search(r"^## ", c.source, re.MULTILINE))
    before = [c for c in cells[:heading] if ":::{predict}" in c.source]
    assert len(before) == 1


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_has_one_right_answer_and_wrong_ones_with_names(name):
    _, question = QUESTIONS[name]
    assert len(question.choices) >= 3
    assert sum(choice.right for choice in question.choices) == 1
    assert all(choice.right != bool(choice.slip) for choice in question.choices)
    assert all(len(choice.reason.split()) >= 6 for choice in question.choices)
    assert len({choice.option for choice in question.choices}) == len(question.choices)


def test_the_right_answer_has_no_place_of_its_own():
    places = {next(k for k, c in letters(q).items() if c.right) for _, q in QUESTIONS.values()}
    assert len(places) >= 3


@pytest.mark.parametrize(
    "slip",
    [
        "because they are fractions",
        r"$\partial$ and $d$ taken for one thing",
        "overwriting instead of adding",
        "a transpose from nowhere",
        "softmax′ = s(1 − s)",
        "dimension analysis suffices",
    ],
)
def test_the_misconceptions_of_the_plan_are_named(slip):
    slips = [choice.slip for _, question in QUESTIONS.values() for choice in question.choices]
    assert any(slip in known for known in slips)


@pytest.mark.parametrize("number", range(1, 7))
def test_the_diagnostic_sends_to_a_page_that_explains(number):
    path, question = QUESTIONS[f"predict-start-{number}"]
    assert path.name.startswith("00-")
    for choice in question.choices:
        targets = re.findall(r"\]\(([\w.-]+\.ipynb)\)", choice.reason)
        assert choice.right or all((ROOT / "book" / target).exists() for target in targets)
        assert bool(targets) != choice.right
        if targets and number < 6:
            assert targets[0].startswith(f"0{number}-")


# ---- the directive refuses what it cannot ask -----------------------------------------------------

RIGHT = "- {} <details><summary>Reply</summary>**Right.** Because.</details>"
WRONG = "- {} <details><summary>Reply</summary>**Not this: a slip.** Because.</details>"


def body(*options, text="How many?"):
    return "\n".join([text, "", *(option.format(i) for i, option in enumerate(options))])


def test_a_question_is_read():
    found = predict.read(body(WRONG, RIGHT, WRONG))
    assert [c.right for c in found.choices] == [False, True, False]
    assert [c.slip for c in found.choices] == ["a slip", "", "a slip"]
    assert found.text == "How many?" and found.choices[1].option == "1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (body(WRONG, RIGHT), "it has 2 options; give 3 to 5"),
        (body(RIGHT, *[WRONG] * 5), "it has 6 options; give 3 to 5"),
        (body(WRONG, WRONG, WRONG), "0 of its options are right; it must be one"),
        (body(RIGHT, RIGHT, WRONG), "2 of its options are right; it must be one"),
        (body(RIGHT, WRONG, "- without a reply"), "the option '- without a reply' has no reply"),
        (body(RIGHT, WRONG, WRONG.replace(": a slip", "")), "has no reply that can be read"),
        (body(RIGHT, WRONG, WRONG, text=""), "the question must be one paragraph"),
        (body(RIGHT, WRONG, WRONG, text="One.\n\nTwo."), "the question must be one paragraph"),
    ],
)
def test_what_is_no_question_is_refused_with_a_reason(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        predict.read(text)


@pytest.fixture
def small_book(tmp_path):
    """Return a function that builds one page with the directive; it gives the code, the words, the folder."""
    conf = f"import sys; sys.path.insert(0, {str(ROOT / 'book/_ext')!r})\n"
    conf += "extensions = ['myst_parser', 'lab_book.predict']\nmyst_enable_extensions = ['colon_fence', 'dollarmath']\n"

    def run(page, builder="html"):
        (tmp_path / "conf.py").write_text(conf)
        (tmp_path / "index.md").write_text(f"# One\n\n{page}\n")
        command = [sys.executable, "-m", "sphinx", "-q", "-E", "-W", "-b", builder, ".", "out"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr, tmp_path / "out"

    return run


def fenced(text, name="predict-x"):
    return f":::{{predict}} {name}\n\n{text}\n\n:::\n"


def test_without_html_a_question_is_text_with_its_answers_below(small_book):
    code, said, out = small_book(fenced(body(WRONG, RIGHT, WRONG)), "text")
    assert code == 0, said
    lines = [line for line in (out / "index.txt").read_text().splitlines() if line][2:]
    assert lines[:4] == ["How many?", "a. 0", "b. 1", "c. 2"]
    assert lines[4].startswith("a. ✗ **Not this: a slip.**") and lines[5].startswith(
        "b. ✓ **Right.**"
    )


def test_a_question_is_a_target_of_links(small_book):
    code, said, out = small_book(fenced(body(WRONG, RIGHT, WRONG)) + "\n[it](#predict-x)")
    assert code == 0, said
    html = (out / "index.html").read_text()
    assert html.count('id="predict-x"') == 1 and 'href="#predict-x"' in html


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (fenced(body(WRONG, WRONG, WRONG)), "the question 'predict-x': 0 of its options are right"),
        (fenced(body(WRONG, RIGHT, WRONG), "Paths"), "the question 'Paths': its name must be like"),
        (fenced(body(WRONG, RIGHT, WRONG)) * 2, 'Duplicate explicit target name: "predict-x"'),
    ],
)
def test_a_question_that_cannot_be_asked_ends_the_build(small_book, page, message):
    code, said, _ = small_book(page)
    assert code != 0 and message in said


def test_the_style_has_a_selector_for_each_letter():
    css = (ROOT / "book/assets/book.css").read_text()
    for letter in predict.LETTERS:
        assert f'.bl-predict:has([value="{letter}"]:checked) .bl-reply-{letter}' in css


# ---- in the page ----------------------------------------------------------------------------------

READY = "() => !window.MathJax?.startup || MathJax.startup.promise.then(() => true)"
PAGES = {path.name: f"book/{path.stem}.html" for path in CHAPTERS}


@pytest.fixture
def open_page(browser, site):
    """Return a function that opens a chapter's page, without a network and without our scripts."""
    contexts = []

    def go(name, width=1280, scripts=True, theme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, offline=True, java_script_enabled=scripts,
            color_scheme=theme,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.goto((site / PAGES[name]).as_uri())
        if scripts:
            page.wait_for_function(READY)
        return page

    yield go
    for context in contexts:
        context.close()


NOTATION, PATHS = CHAPTERS[0].name, CHAPTERS[2].name


@pytest.mark.browser
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_a_page_shows_its_questions(open_page, path):
    page = open_page(path.name, scripts=False)
    names = page.locator("fieldset.bl-predict").evaluate_all("all => all.map(e => e.id)")
    assert names == [name for name, _ in blocks(path)]
    assert page.locator(".bl-reply:visible").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_each_choice_shows_its_own_reply_without_a_script(open_page, width):
    page = open_page(PATHS, width, scripts=False)
    group, (_, question) = page.locator("#predict-paths"), QUESTIONS["predict-paths"]
    for letter, choice in letters(question).items():
        group.locator("label").nth(predict.LETTERS.index(letter)).click()
        shown = group.locator(".bl-reply:visible")
        assert shown.count() == 1
        verdict = "✓ Right." if choice.right else "✗ Not this: "
        assert shown.inner_text().startswith(verdict)
        assert f"bl-reply-{letter}" in shown.get_attribute("class")


@pytest.mark.browser
def test_the_keyboard_chooses_and_the_status_tells(open_page):
    """A screen reader hears the group's question, each radio's name, then what the status holds."""
    page = open_page(PATHS)
    group = page.locator("#predict-paths")
    assert group.aria_snapshot().startswith('- group "Predict. Let')
    radios = group.get_by_role("radio")
    assert radios.count() == 4 and "status:" not in group.aria_snapshot()
    assert '- radio "c. 5"' in group.aria_snapshot()
    radios.first.focus()
    page.keyboard.press("Space")
    assert "Not this: overwriting" in group.get_by_role("status").aria_snapshot()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert radios.nth(2).is_checked()
    told = group.get_by_role("status").aria_snapshot()
    assert "Right." in told and "Not this" not in told and "✓" not in told


@pytest.mark.browser
def test_the_questions_of_a_page_are_answered_each_by_itself(open_page):
    page = open_page(NOTATION)
    page.locator("#predict-start-1 label").nth(0).click()
    page.locator("#predict-start-2 label").nth(1).click()
    visible = page.locator(".bl-reply:visible")
    assert [text[:10] for text in visible.all_inner_texts()] == ["✓ Right. T", "✗ Not this"]


@pytest.mark.browser
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_a_finger_finds_the_options_on_a_phone(open_page, path):
    page = open_page(path.name, 360)
    for box in [e.bounding_box() for e in page.locator(".bl-option > label").all()]:
        assert box["height"] >= 40 and box["width"] >= 200 and box["x"] + box["width"] <= 360
    for box in [e.bounding_box() for e in page.locator(".bl-option input").all()]:
        assert min(box["height"], box["width"]) >= 24


@pytest.mark.browser
def test_print_shows_all_options_and_then_all_replies(open_page):
    page = open_page(PATHS, theme="dark")
    page.emulate_media(media="print")
    group = page.locator("#predict-paths")
    assert group.locator(".bl-reply:visible").count() == 4
    assert group.locator("input:visible").count() == 0
    ends = group.locator(".bl-option").last.bounding_box()
    starts = group.locator(".bl-reply").first.bounding_box()
    assert starts["y"] >= ends["y"] + ends["height"]
    assert [text[:4] for text in group.locator(".bl-reply").all_inner_texts()] == [
        "a. ✗", "b. ✗", "c. ✓", "d. ✗",
    ]  # fmt: skip


@pytest.mark.browser
def test_axe_finds_nothing_when_replies_are_shown(open_page):
    import axe_playwright_python

    script = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text()
    for theme in ("light", "dark"):
        page = open_page(NOTATION, theme=theme)
        for label in page.locator(".bl-predict .bl-option:nth-of-type(2) > label").all():
            label.click()
        page.evaluate(script)
        found = page.evaluate(
            "() => axe.run('.bl-predict', {rules: {'target-size': {enabled: true}}})"
            ".then(r => [r.passes.length, r.violations.map(v => [v.id, v.nodes[0].html])])"
        )
        assert found[0] > 10 and found[1] == []
