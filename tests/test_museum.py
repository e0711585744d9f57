"""The museum: each written line is refused, each mended one proved, and the page shows the same."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

import backprop_lab as bl
from backprop_lab import museum
from backprop_lab.errors import ProofError
from backprop_lab.museum import trials
from backprop_lab.museum.exhibit import body_of

PAGE = Path(__file__).resolve().parent.parent / "book" / "museum.ipynb"
ALL = {**museum.EXHIBITS, **museum.ALARMS}
SYMBOLIC = {n: e for n, e in museum.EXHIBITS.items() if not isinstance(e, museum.AtPoint)}
POINTS = {n: e for n, e in museum.EXHIBITS.items() if isinstance(e, museum.AtPoint)}
HIDDEN = {n: e for n, e in museum.EXHIBITS.items() if e.hidden}


def parametrize(exhibits):
    return pytest.mark.parametrize("exhibit", exhibits.values(), ids=[*exhibits])


@pytest.fixture(scope="module")
def cells():
    return nbformat.read(PAGE, as_version=4).cells


@pytest.fixture(scope="module")
def prose(cells):
    return "\n\n".join(c.source for c in cells if c.cell_type == "markdown")


@pytest.fixture(scope="module")
def seen():
    """Which checks see each exhibit: tried once, for the test of the numbers and that of the table."""
    return {name: museum.seen_by(e) for name, e in museum.EXHIBITS.items()}


# --- the exhibits ---------------------------------------------------------------------------------
def test_there_are_enough_and_each_is_in_one_room():
    assert len(museum.EXHIBITS) == sum(map(len, museum.ROOMS.values())) >= 15
    assert (
        len({e.title for e in ALL.values()})
        == len(ALL)
        == len(museum.EXHIBITS) + len(museum.ALARMS)
    )
    assert all(museum.ROOMS[e.room] for e in museum.EXHIBITS.values())
    assert all(name == e.name for name, e in ALL.items())


@parametrize(ALL)
def test_it_names_its_source(exhibit):
    assert exhibit.sources and exhibit.slip
    for source in exhibit.sources:
        assert source.text and source.state
        assert re.fullmatch(
            r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+"
            r"|https://mattmazur\.com/2015/03/17/[\w-]+/",
            source.url,
        )


def test_no_thread_is_called_open_or_closed_and_nothing_more():
    for exhibit in ALL.values():
        for source in exhibit.sources:
            assert source.state not in {"open", "closed"}, source.text


def test_no_source_is_shown_twice_for_the_same_thing():
    urls = [s.url for e in ALL.values() for s in e.sources]
    assert len(set(urls)) == len(urls)


@parametrize(SYMBOLIC)
def test_the_written_line_is_refused(exhibit):
    with pytest.raises(ProofError, match=r"line \d+ (is not equal to|cannot be right)") as caught:
        exhibit.refuse()
    said = str(caught.value)
    assert "they differ at" in said or "do not fit" in said
    assert exhibit.code in said or "do not fit" in said


@parametrize(POINTS)
def test_the_written_line_fails_at_its_point(exhibit):
    with pytest.raises(ProofError, match=r"^at \w = \(.*\) the line gives \(.*\)") as caught:
        exhibit.refuse()
    assert exhibit.code in str(caught.value)


@parametrize(museum.EXHIBITS)
def test_the_mended_line_is_proved_and_gets_its_receipt(exhibit):
    mended = exhibit.mend()
    assert mended.proved
    assert bl.receipt("eq-museum-test", mended.brief()).label == "eq-museum-test"


@parametrize(museum.EXHIBITS)
def test_the_mended_line_is_another_one(exhibit):
    assert body_of(exhibit.mended) != body_of(exhibit.written)


@parametrize(POINTS)
def test_the_engine_is_right_at_the_point(exhibit):
    x = np.array(exhibit.at, dtype=float)
    exhibit.check(lambda x: bl.grad(lambda z: np.sum((exhibit.safe or exhibit.f)(z)))(x))
    assert np.all(np.isfinite(x))


@pytest.mark.parametrize("name", ["product", "running-product", "norm"])
def test_a_proof_lets_pass_what_fails_at_a_point_alone(name):
    exhibit = museum.EXHIBITS[name]
    assert exhibit.derive().then(exhibit.written).proved


def test_a_slope_that_promises_too_much_is_told_from_one_that_does_not():
    tie = museum.EXHIBITS["tie"]
    for allowed in ((0.5, 0.5), (1, 0), (0.25, 0.75)):
        tie.check(lambda x, g=allowed: np.array(g))
    for wrong in ((1, 1), (0, 0), (2, -1.5), (np.nan, 0)):
        with pytest.raises(ProofError, match="that is no slope"):
            tie.check(lambda x, g=wrong: np.array(g))


# --- false alarms ---------------------------------------------------------------------------------
@parametrize(museum.ALARMS)
def test_what_stood_is_proved(exhibit):
    assert exhibit.mend().proved


@parametrize(museum.ALARMS)
def test_what_was_proposed_is_refused_or_the_same(exhibit):
    if exhibit.same:
        assert exhibit.refuse().proved
        return
    with pytest.raises(ProofError, match="as proposed") as caught:
        exhibit.refuse()
    assert "they differ at" in str(caught.value)


# --- what sees them -------------------------------------------------------------------------------
@parametrize(HIDDEN)
def test_it_hides_where_the_label_says_and_nowhere_near(exhibit):
    assert not trials.differs(exhibit, exhibit.hidden)
    if not museum.seen_by(exhibit)["shapes"]:
        assert all(trials.differs(exhibit, seed=seed) for seed in range(3))


def test_the_mended_lines_do_not_differ():
    for exhibit in SYMBOLIC.values():
        if not exhibit.derive().reading.unknowns:
            right = museum.Exhibit(
                **{**vars(exhibit), "written": exhibit.mended, "mended": exhibit.written}
            )
            assert not trials.differs(right), exhibit.name


def test_no_check_sees_a_right_line():
    handout = museum.EXHIBITS["handout"]
    right = museum.Exhibit(**{**vars(handout), "written": handout.mended})
    assert not any(museum.seen_by(right).values())


@parametrize(museum.EXHIBITS)
def test_it_says_where_it_hides(exhibit):
    assert exhibit.hides and not exhibit.hides.endswith(".")


def test_what_the_page_says_of_the_checks(seen):
    seen = [*seen.values()]
    assert sum(s["shapes"] for s in seen) == 2 and len(seen) == 25
    assert (
        [s["differences"] for s in seen] == [s["proof"] for s in seen] == [True] * 20 + [False] * 5
    )


def test_the_worked_example_to_its_last_printed_digit():
    """The printed error belongs to the wrong order; the right order gives another."""
    x, t = np.array([0.05, 0.1]), np.array([0.01, 0.99])
    W, V = np.array([[0.15, 0.2], [0.25, 0.3]]), np.array([[0.4, 0.45], [0.5, 0.55]])

    def loss(W, V):
        h = 1 / (1 + np.exp(-(W @ x + 0.35)))
        return np.sum((t - 1 / (1 + np.exp(-(V @ h + 0.6)))) ** 2) / 2

    step = [p - 0.5 * g for p, g in zip((W, V), bl.grad(loss, argnums=(0, 1))(W, V), strict=True)]
    assert f"{loss(W, V):.9f}" == "0.298371109"
    assert f"{loss(*step):.12f}" == "0.291027773694"
    W_late = W - 0.5 * bl.grad(lambda moved: linearised(moved, W, V, step[1], x, t))(W)
    assert f"{loss(W_late, step[1]):.9f}" == "0.291027924"


def linearised(W, W0, V, V_new, x, t):
    """The loss's first order in W, with the cotangent sent back through V_new."""
    h0 = 1 / (1 + np.exp(-(W0 @ x + 0.35)))
    o = 1 / (1 + np.exp(-(V @ h0 + 0.6)))
    h_bar = V_new.T @ ((o - t) * o * (1 - o))
    return h_bar @ (1 / (1 + np.exp(-(W @ x + 0.35))))


# --- the code that is quoted ----------------------------------------------------------------------
def test_the_quoted_code_is_the_code_that_runs():
    handout = museum.EXHIBITS["handout"]
    assert body_of(handout.written) == "Y_bar @ X.T" and body_of(handout.mended) == "Y_bar @ W.T"
    for exhibit in ALL.values():
        names = exhibit.written.__code__.co_varnames
        value = eval(
            f"lambda {', '.join(names)}: {body_of(exhibit.written)}", vars(np) | {"np": np}
        )
        assert value.__code__.co_varnames == names


def test_a_lambda_without_a_source_of_its_own_is_refused():
    made = eval("lambda x: x", {})
    with pytest.raises(ValueError, match="one lambda is needed in that line"):
        body_of(made)


# --- the page -------------------------------------------------------------------------------------
@pytest.mark.book
@parametrize(ALL)
def test_the_page_shows_it_refused_mended_and_labelled(exhibit, cells, prose):
    assert f"(museum-{exhibit.name})=" in prose
    assert re.search(rf"^### (\d+\. )?{re.escape(exhibit.title)}$", prose, re.MULTILINE)
    assert museum.label(exhibit) in prose
    code = [c for c in cells if c.cell_type == "code"]
    shown = [c for c in code if f'"eq-museum-{exhibit.name}"' in c.source]
    assert len(shown) == 1 and "mend()" in shown[0].source
    kind = "ALARMS" if isinstance(exhibit, museum.Alarm) else "EXHIBITS"
    refused = [c for c in code if f'museum.{kind}["{exhibit.name}"]' in c.source]
    assert len(refused) == 1
    assert ".definitions()" in refused[0].source  # no letter below that is not defined above
    if not getattr(exhibit, "same", False):
        assert [o.ename for o in refused[0].outputs if o.output_type == "error"] == ["ProofError"]


@pytest.mark.book
@pytest.mark.parametrize(
    "table", ["index_table", "alarm_table", "table_of_checks", "table_of_hides"]
)
def test_the_tables_of_the_page_are_those_of_the_collection(table, prose, seen, monkeypatch):
    monkeypatch.setattr(museum, "seen_by", lambda exhibit: seen[exhibit.name])
    assert getattr(museum, table)() in prose


@pytest.mark.book
def test_the_rooms_of_the_page_are_those_of_the_collection(prose):
    rooms = re.findall(r"^## (.+)$", prose, re.MULTILINE)
    assert rooms == ["Index", *museum.ROOMS, "False alarms", "What would have caught them?"]
    order = re.findall(r"^\(museum-([\w-]+)\)=\n### ", prose, re.MULTILINE)
    assert order == [*ALL]


@pytest.mark.book
def test_the_page_says_what_the_marks_of_a_thread_mean(prose):
    assert "*Open* and *closed* are marks of the forum" in prose
    assert prose.count("stored cop") == 1  # what was read is said once


def test_the_quadratic_is_proved_in_the_letters_of_the_text():
    quadratic = museum.EXHIBITS["quadratic"].mend()
    assert quadratic.status == "proved for all sizes"
    assert quadratic.lines[-1].tex == r"2\, Q\, x - b"
