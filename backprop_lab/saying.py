"""Names as plain text: what is read aloud, and what stands in a drawing that has no TeX."""

from __future__ import annotations

import re
import unicodedata

_GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi "
        "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        "α β γ δ ε ζ η θ κ λ μ ν ξ π ρ σ τ φ χ ψ ω Γ Δ Θ Λ Ξ Π Σ Φ Ψ Ω".split(),
        strict=True,
    )
)
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "dot": "\u0307", "tilde": "\u0303"}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def parts(name: str) -> tuple[str, str, str]:
    """Split an identifier into base, accent and index: `y_hat_1` → ('y', 'hat', '1')."""
    pieces = [piece for piece in name.split("_") if piece]
    base, rest = (pieces[0], pieces[1:]) if pieces else (name, [])
    accent = rest.pop(0) if rest and rest[0] in _ACCENTS else ""
    digits = re.fullmatch(r"([A-Za-z]+)(\d+)", base)
    if digits:
        base, rest = digits[1], [digits[2], *rest]
    between = "," if all(piece.isdigit() for piece in rest) else "_"
    return base, accent, between.join(rest)


def say_name(name: str) -> str:
    """Give a name as plain text.

    >>> say_name("y_hat"), say_name("x1"), say_name("beta"), say_name("loss_of_a_row")
    ('ŷ', 'x₁', 'β', 'loss_of_a_row')
    """
    base, accent, index = parts(name)
    word = unicodedata.normalize("NFC", _GREEK.get(base, base) + _ACCENTS.get(accent, ""))
    return word + (index.translate(_SUBSCRIPTS) if index.isdigit() else f"_{index}" * bool(index))
