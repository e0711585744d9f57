"""Explorers in Chromium, from a file: every control moved, every number compared with Python's."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest

from backprop_lab import explorers
from backprop_lab.explorers.controls import Button, Choice, Slider, Switch
from backprop_lab.explorers.explorer import SCRIPT, button_sets
from backprop_lab.explorers.numbers import written
from backprop_lab.explorers.scene import spoken
from explorer_cases import EXPLORERS, far, positions, states

pytestmark = pytest.mark.browser

VALUES = """() => Object.fromEntries(Object.entries(document.querySelector('.bl-explorer').explorer.values)
  .map(([k, v]) => [k, Number.isFinite(v) ? v : String(v)]))"""
STATE = "() => document.querySelector('.bl-explorer').explorer.state"
SET = "s => document.querySelector('.bl-explorer').explorer.set(s)"
DRAWN = """() => [...document.querySelectorAll('.bl-panel > svg')].map(s => [...s.querySelectorAll('[data-b]')].map(e => ({
  text: e.tagName === 'text' ? e.textContent : '', gone: e.classList.contains('gone'),
  at: [...e.attributes].filter(a => !['class', 'data-b', 'style'].includes(a.name)).map(a => [a.name, a.value]) })))"""


class Opened:
    """One explorer opened in the browser, with what the page complained of."""

    def __init__(self, browser, folder, explorer, **options):
        self.explorer, self.errors = explorer, []
        self.context = browser.new_context(viewport={"width": 900, "height": 900}, **options)
        self.context.route(
            re.compile(r"^(?!file:|data:)"),
            lambda r: self.errors.append(r.request.url) or r.abort(),
        )
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.goto(explorer.save(folder / f"{explorer.name}.html").as_uri())

    def values(self):
        """Every number of the page, before rounding."""
        return {k: float(v.replace("Infinity", "inf")) if isinstance(v, str) else v
                for k, v in self.page.evaluate(VALUES).items()}  # fmt: skip

    def drag(self, control, value):
        """Move a control as a hand would: the input event of the native control."""
        if isinstance(control, Choice):
            self.page.locator(f'input[data-name="{control.name}"]').nth(int(value)).check()
        elif isinstance(control, Switch):
            self.page.locator(f'input[name="{control.name}"]').set_checked(bool(value))
        else:
            self.page.locator(f'input[type=range][name="{control.name}"]').fill(f"{value:g}")


@pytest.fixture(scope="module", params=list(EXPLORERS))
def opened(request, browser, tmp_path_factory):
    """Each explorer, opened once."""
    case = Opened(browser, tmp_path_factory.mktemp("explorers"), EXPLORERS[request.param]())
    yield case
    assert case.errors == []
    case.context.close()


@pytest.fixture(autouse=True)
def at_the_start(request):
    """Every test begins at the explorer's own start."""
    if "opened" in request.fixturenames:
        case = request.getfixturevalue("opened")
        case.page.evaluate(SET, case.explorer.start)


def _same(a, b):
    return (a != a and b != b) or a == b or math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-300)


def _compare(opened, state):
    shown, formulas = opened.values(), opened.explorer.values(**state)
    engine = opened.explorer.measured(**state)
    assert not far(opened.explorer, shown, engine), state
    different = {
        k: (shown[k], float(v))
        for k, v in formulas.items()
        if not far(opened.explorer, shown, {k: v}, 1e-12)
    }
    assert len(different) == len(formulas)
    return len(engine)


def test_every_control_at_five_places_or_more(opened):
    compared = 0
    for control in opened.explorer.controls:
        for place in positions(control):
            opened.page.evaluate(SET, opened.explorer.start)
            opened.drag(control, place)
            assert math.isclose(opened.values()[control.name], place, abs_tol=1e-9)
            compared += _compare(opened, {control.name: opened.values()[control.name]})
    assert compared >= 25


def test_all_controls_at_their_ends_together(opened):
    for state in states(opened.explorer):
        opened.page.evaluate(SET, {**opened.explorer.start, **state})
        _compare(opened, state)


def test_python_and_the_page_draw_the_same(opened):
    """Texts, places and visibility of every part that moves, at a few states."""
    explorer = opened.explorer
    for state in list(states(explorer))[:: max(1, len(list(states(explorer))) // 6)]:
        opened.page.evaluate(SET, {**explorer.start, **state})
        after = opened.page.evaluate(DRAWN)
        values = explorer.values(**state)
        redrawn = [explorer.svg(k, values) for k in range(len(explorer.scenes))]
        before = opened.page.evaluate(
            """svgs => svgs.map(t => { const d = document.createElement('div'); d.innerHTML = t;
               return [...d.querySelectorAll('[data-b]')].map(e => ({
                 text: e.tagName === 'text' ? e.textContent : '', gone: e.classList.contains('gone'),
                 at: [...e.attributes].filter(a => !['class', 'data-b'].includes(a.name)).map(a => [a.name, a.value]) })) })""",
            redrawn,
        )
        for scene_a, scene_b in zip(after, before, strict=True):
            for a, b in zip(scene_a, scene_b, strict=True):
                assert (a["text"], a["gone"]) == (b["text"], b["gone"])
                if not a["gone"]:
                    assert _near(dict(a["at"]), dict(b["at"])), (a, b)
        assert (
            opened.page.locator(".bl-says").inner_text().strip()
            == explorer.sentence(**state).strip()
        )


def _near(a, b):
    """Attributes alike, lengths to a fiftieth of a unit."""
    return a.keys() == b.keys() and all(
        x == b[k] or np.allclose(_numbers(x), _numbers(b[k]), atol=0.021) for k, x in a.items()
    )


def _numbers(text):
    return [float(v) for v in re.findall(r"-?[\d.]+(?:e-?\d+)?", text)]


def test_buttons_do_what_python_says(opened):
    explorer, state = opened.explorer, dict(opened.explorer.start)
    buttons = [c for c in explorer.controls if isinstance(c, Button)]
    locators = opened.page.locator(".bl-controls button")
    assert locators.count() == len(buttons) >= 1
    for k in [*range(len(buttons)), *reversed(range(len(buttons)))]:
        if not locators.nth(k).is_enabled():
            continue
        state = button_sets(explorer, buttons[k], state)
        locators.nth(k).click()
        opened.page.wait_for_function(
            "s => Object.entries(s).every(([k, v]) => Math.abs(document.querySelector('.bl-explorer').explorer.state[k] - v) < 1e-9)",
            arg=state,
        )
        _compare(opened, state)


def test_the_keyboard_moves_a_slider_and_says_so(opened):
    sliders = [c for c in opened.explorer.controls if isinstance(c, Slider)]
    if not sliders:
        pytest.skip("no slider in this one")
    slider = sliders[0]
    handle = opened.page.locator(f'input[name="{slider.name}"]')
    handle.focus()
    opened.page.keyboard.press("ArrowRight")
    value = opened.values()[slider.name]
    assert slider.start <= value <= slider.start + slider.step + 1e-9
    assert value > slider.start or slider.start == slider.high
    assert handle.get_attribute("aria-valuetext").endswith(f"= {slider.shown(value)}")
    opened.page.keyboard.press("Home")
    assert opened.values()[slider.name] == pytest.approx(slider.low)
    opened.page.wait_for_function(
        "() => document.querySelector('.bl-live').textContent === document.querySelector('.bl-says').textContent"
    )


def test_numbers_are_written_as_in_python(browser, tmp_path):
    """Two thousand numbers of all sizes through the script's own writing."""
    rng = np.random.default_rng(0)
    numbers = [
        *(rng.normal(size=1500) * 10.0 ** rng.integers(-12, 12, 1500)),
        *(rng.integers(-4000, 4000, 500) / 32),
    ]
    explorer = explorers.Explorer("n", "n", [explorers.Slider("x", "x", -1e13, 1e13, 0.0)], {}, [],
                                  _spaced())  # fmt: skip
    case = Opened(browser, tmp_path, explorer)
    for x in map(float, numbers):
        shown = case.page.evaluate(
            "x => { const e = document.querySelector('.bl-explorer'); e.explorer.set({x}); return e.querySelector('.bl-says').textContent; }",
            x,
        )
        assert shown == spoken(_spaced(), {"x": x}), x
    case.context.close()


def _spaced():
    return [piece for d in (2, 3, 4, 6) for piece in (explorers.number("x", d), " ")]


def test_what_is_not_defined_says_so_and_comes_back(browser, tmp_path):
    scene = explorers.Scene("s", 100, 40, "one over x")
    scene.text(0, 20, ["1/x is ", explorers.number("y")])
    scene.add("circle", cx=explorers.Term("y"), cy=10, r=3)
    explorer = explorers.Explorer("u", "u", [explorers.Slider("x", "x", -1, 1, 0.5)], {"y": 1 / explorers.Term("x")},
                                  [scene], ["y = ", explorers.number("y"), "."])  # fmt: skip
    case = Opened(browser, tmp_path, explorer)
    for x, text, gone in ((0.0, "not defined", True), (0.25, "4", False)):
        case.page.evaluate(SET, {"x": x})
        assert case.page.locator("svg text").text_content() == f"1/x is {text}"
        assert case.page.locator("circle").evaluate("e => e.classList.contains('gone')") is gone
        assert case.page.locator(".bl-says").inner_text() == f"y = {text}."
    assert case.errors == []
    case.context.close()


def test_reduced_motion_jumps_and_full_motion_glides(browser, tmp_path):
    for motion, frames in (("reduce", 1), ("no-preference", 3)):
        case = Opened(browser, tmp_path, explorers.neuron(), reduced_motion=motion)
        case.page.evaluate("""() => { const e = document.querySelector('.bl-explorer'); window.seen = new Set();
          new MutationObserver(() => window.seen.add(e.explorer.state.w)).observe(e.querySelector('.bl-panels'), {subtree: true, attributes: true}); }""")
        case.page.get_by_role("button", name="one gradient step").click()
        case.page.wait_for_function(
            "() => Math.abs(document.querySelector('.bl-explorer').explorer.state.w - 0.75) < 1e-9"
        )
        seen = case.page.evaluate("() => window.seen.size")
        assert seen == 1 if frames == 1 else seen >= frames
        case.context.close()


def test_quick_clicks_are_whole_steps_and_a_slider_starts_from_where_they_lead(browser, tmp_path):
    explorer = explorers.neuron()
    case = Opened(browser, tmp_path, explorer)
    case.page.evaluate("""() => { const step = [...document.querySelectorAll('.bl-controls button')]
      .find(b => b.textContent.includes('gradient step')); for (let k = 0; k < 15; k++) step.click(); }""")
    assert "15 gradient steps so far" in case.page.locator(".bl-says").inner_text()
    case.drag(next(c for c in explorer.controls if c.name == "x"), 1.5)
    state, expected = case.page.evaluate(STATE), dict(explorer.start)
    for _ in range(15):
        at = explorer.measured(**expected)
        for name in ("w", "b"):
            expected[name] -= at[f"∂L/∂{name}"]
    expected |= {"x": 1.5, "steps": 15}
    assert state == pytest.approx(expected, rel=1e-12)
    case.context.close()


def test_a_phone_shows_it_whole(opened, browser, tmp_path):
    case = Opened(browser, tmp_path, opened.explorer, is_mobile=True, has_touch=True)
    case.page.set_viewport_size({"width": 360, "height": 740})
    assert case.page.evaluate("() => document.documentElement.scrollWidth") <= 360
    small = case.page.evaluate("""() => [...document.querySelectorAll('.bl-controls input, .bl-controls button')]
      .filter(e => e.closest('label, .bl-slider') === null ? e.getBoundingClientRect().height < 24 : e.closest('label, .bl-slider').getBoundingClientRect().height < 24)
      .map(e => e.outerHTML.slice(0, 80))""")
    assert small == []
    tiny = case.page.evaluate("""() => [...document.querySelectorAll('svg text')].filter(e => e.textContent && e.getBoundingClientRect().height &&
      parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a < 9).map(e => e.textContent)""")
    assert tiny == []
    case.context.close()


def test_the_script_in_the_page_is_the_package_s_own():
    assert "use strict" in SCRIPT.read_text() and json.dumps(written(0.5)) == '"0.5"'
