r"""From a Python name to how the page sets it: `y_hat` is ŷ, `W1` is W₁, `sigma` is σ."""

from __future__ import annotations

import re
import unicodedata

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
).split()
_ACCENTS = {"hat": r"\hat", "bar": r"\bar", "dot": r"\dot", "tilde": r"\tilde"}


_MARKS = {"\u0302": "hat", "\u0304": "bar", "\u0307": "dot", "\u0303": "tilde"}


def _spelled_out(name: str) -> str:
    """Write Greek letters and accents of an identifier in words: θ as theta, ŷ as y_hat."""
    if name.isascii():
        return name
    words = []
    for part in name.split("_"):
        letters, marks = "", []
        for character in unicodedata.normalize("NFD", part):
            called = unicodedata.name(character, "")
            called = called.replace("LAMDA", "LAMBDA")  # as Unicode spells it
            case, _, letter = called.removeprefix("GREEK ").partition(" LETTER ")
            if character in _MARKS:
                marks.append(_MARKS[character])
            elif called.startswith("GREEK ") and letter.lower() in _GREEK:
                letters += letter.capitalize() if case == "CAPITAL" else letter.lower()
            else:
                letters += character
        words += [letters, *marks]
    return "_".join(words)


def tex_name(name: str) -> str:
    r"""Set a Python identifier in TeX.

    >>> tex_name("y_hat"), tex_name("W1"), tex_name("sigma"), tex_name("x_bar_2"), tex_name("loss")
    ('\\hat{y}', 'W_{1}', '\\sigma', '\\bar{x}_{2}', '\\mathrm{loss}')
    >>> tex_name("θ_1"), tex_name("ŷ"), tex_name("λ_bar")
    ('\\theta_{1}', '\\hat{y}', '\\bar{\\lambda}')
    """
    name = _spelled_out(name)
    first, *rest = [part for part in name.split("_") if part] or [r"\_" * len(name)]
    digits = re.fullmatch(r"([A-Za-z]+)(\d+)", first)
    if digits:
        first, rest = digits[1], [*rest, digits[2]]
    plain = len(first) == 1 or first.startswith("\\")
    tex = f"\\{first}" if first in _GREEK else first if plain else f"\\mathrm{{{first}}}"
    below = []
    for part in rest:
        if part in _ACCENTS:
            tex = f"{_ACCENTS[part]}{{{tex}}}"
        else:
            below.append(part if len(part) == 1 or part.isdigit() else f"\\mathrm{{{part}}}")
    return tex + (f"_{{{','.join(below)}}}" if below else "")


_SCRIPT = r"(?:\\[A-Za-z]+(?:\{[^{}]*\})?|\{[^{}]*\}|\w)"  # what an index or exponent may be


def _scripts(tex: str) -> tuple[str, str, str]:
    """Take a name apart: what carries the index, the index without braces, the exponent."""
    tail = re.search(rf"(?:[_^]{_SCRIPT})+$", tex)
    base = tex[: tail.start()] if tail else tex
    parts = dict(re.findall(rf"([_^])({_SCRIPT})", tail[0])) if tail else {}
    below = parts.get("_", "")
    below = below[1:-1] if below.startswith("{") else below
    return base, below, f"^{parts['^']}" if "^" in parts else ""


def subscripted(tex: str, label: str) -> str:
    r"""Write an index at a name: `\hat{y}` and `1` give `\hat{y}_{1}`.

    >>> subscripted("W_{1}", "23"), subscripted(r"W^{(1)}", "23"), subscripted("", "1")
    ('W_{1,23}', 'W_{23}^{(1)}', '_{1}')
    """
    base, below, above = _scripts(tex)
    return f"{base}_{{{below},{label}}}{above}" if below else f"{base}_{{{label}}}{above}"


def barred(tex: str) -> str:
    r"""Name a cotangent: a bar over the letter, not over its index.

    >>> barred("W_{1}"), barred(r"\hat y"), barred(r"\bar{W_{1}}")
    ('\\bar{W}_{1}', '\\bar{\\hat y}', '\\bar{\\bar{W_{1}}}')
    """
    base, below, above = _scripts(tex)
    return rf"\bar{{{base}}}" + (f"_{{{below}}}" if below else "") + above
