"""Explorers in JupyterLab: with a kernel the sliders drive the engine; untrusted, a picture stays."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

from backprop_lab import explorers

pytestmark = pytest.mark.browser

CODE = "import backprop_lab as bl\nbl.explorers.neuron()"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab server of our own on a free port, ended with the tests."""
    pytest.importorskip("jupyterlab")
    folder = tmp_path_factory.mktemp("lab")
    html = explorers.neuron().html()
    stored = nbformat.v4.new_output(
        "execute_result", {"text/html": html, "text/plain": "explorer"}, execution_count=1
    )
    fresh = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    old = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CODE, outputs=[stored], execution_count=1)]
    )
    for name, notebook in (("fresh", fresh), ("old", old)):
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(notebook, folder / f"{name}.ipynb")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    settings = {
        f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root",
         "--IdentityProvider.token=", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}",
         f"--LabApp.workspaces_dir={folder / 'workspaces'}", f"--LabApp.user_settings_dir={folder / 'settings'}"],
        env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=1).read()
                break
            except OSError:
                assert server.poll() is None, "the server ended by itself"
                time.sleep(0.25)
        else:
            pytest.fail("JupyterLab did not answer within a minute")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


@pytest.fixture
def page(browser, lab):
    """A page of the server."""
    context = browser.new_context(viewport={"width": 1300, "height": 1300})
    page = context.new_page()
    page.set_default_timeout(180_000)
    yield page
    context.close()


def _said(page) -> str:
    return page.locator(".jp-OutputArea-output .bl-says").last.text_content().strip()


def test_sliders_and_buttons_drive_the_engine(page, lab):
    page.goto(f"{lab}/lab/tree/fresh.ipynb?reset")
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Control+Enter")
    page.locator(".widget-slider").first.wait_for()
    neuron, state = explorers.neuron(), {}
    assert _said(page) == neuron.sentence().strip()
    for k, name in enumerate(("w", "b", "x")):  # each by the keyboard, as a reader without a mouse
        handle = page.locator(".widget-slider .noUi-handle").nth(k)
        handle.focus()
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        state[name] = round(neuron.start[name] - 0.05, 10)
        _until(page, neuron.sentence(**state).strip())
    page.get_by_role("button", name="tanh").click()
    state["activation"] = 1
    _until(page, neuron.sentence(**state).strip())
    page.get_by_role("button", name=re.compile("gradient step")).click()
    values = neuron.values(**state)
    state |= {"w": values["w"] - values["∂L/∂w"], "b": values["b"] - values["∂L/∂b"], "steps": 1}
    _until(page, neuron.sentence(**state).strip())
    page.get_by_role("button", name="reset").click()
    _until(page, neuron.sentence().strip())


def _until(page, sentence):
    page.wait_for_function(
        "t => [...document.querySelectorAll('.jp-OutputArea-output .bl-says')].at(-1).textContent.trim() === t",
        arg=sentence,
    )


def test_an_untrusted_notebook_shows_the_picture(page, lab):
    """Jupyter strips scripts and inline SVG from what it does not trust; the images remain."""
    page.goto(f"{lab}/lab/tree/old.ipynb?reset")
    images = page.locator(".jp-OutputArea-output img.bl-fallback")
    images.first.wait_for()
    assert images.count() == len(explorers.neuron().scenes)
    assert page.locator(".jp-OutputArea-output .bl-panel svg").count() == 0
    widths = images.evaluate_all(
        "es => es.map(e => [e.naturalWidth, e.getBoundingClientRect().width])"
    )
    assert all(natural > 0 and shown > 100 for natural, shown in widths)
    assert _said(page) == explorers.neuron().sentence().strip()
