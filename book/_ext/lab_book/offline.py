"""Pages that ask the network for nothing, also when they are opened from a folder."""

from __future__ import annotations

import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

PACKAGE = "django-static-mathjax"  # carries MathJax 3.2.2; only one of its files is taken
FILE = "mathjax/static/mathjax/es5/tex-svg-full.js"
TARGET = (
    "mathjax/tex-svg-full.js"  # below _static/: glyphs are drawn as paths, so no fonts are needed
)

MATHJAX = {
    "tex": {
        # A misspelt macro is an error that the browser tests see, not red text.
        "packages": {"[-]": ["noerrors", "noundefined"]},
        "macros": {
            "R": r"\mathbb{R}",
            "T": r"\top",
            "primal": [r"\class{bl-primal}{#1}", 1],
            "cotangent": [r"\class{bl-cotangent}{#1}", 1],
            "local": [r"\class{bl-local}{#1}", 1],
        },
    },
    "options": {
        "enableMenu": False,  # its accessibility explorer would be fetched from the network
        "ignoreHtmlClass": "tex2jax_ignore|mathjax_ignore|document",
        "processHtmlClass": "tex2jax_process|mathjax_process|math|output_area",
    },
}


def configure(app: Sphinx, config: Config) -> None:
    """Point Sphinx at the local MathJax and silence sphinx-thebe, which loads itself from a CDN."""
    config.mathjax_path = TARGET
    config.mathjax3_config = MATHJAX
    for event, listeners in app.events.listeners.items():
        app.events.listeners[event] = [
            listener
            for listener in listeners
            if not listener.handler.__module__.startswith("sphinx_thebe")
        ]
    for files in (app.registry.css_files, app.registry.js_files):
        files[:] = [entry for entry in files if "thebe" not in str(entry[0])]


def copy_mathjax(app: Sphinx) -> None:
    """Copy the one file of MathJax into the site."""
    if app.builder.format != "html":
        return
    try:
        source = Path(str(distribution(PACKAGE).locate_file(FILE)))
    except PackageNotFoundError as error:
        raise ExtensionError(
            f"MathJax comes from the package {PACKAGE}, which is not installed. "
            "`make book` installs it; by hand: pip install --no-deps -r requirements-nodeps.lock"
        ) from error
    target = Path(app.outdir, "_static", TARGET)
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("config-inited", configure, priority=900)
    app.connect("builder-inited", copy_mathjax)
