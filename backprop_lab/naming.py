"""`let` names a value. For a number it does nothing at all; a tape or a derivation takes note."""

from __future__ import annotations

from backprop_lab.errors import TraceError


def let(name: str, value, latex: str | None = None):
    """Name `value`, and return it.

    A number or an array comes back unchanged. Under a trace the entry gets a label; in a
    derivation the value becomes a symbol of that name, and its formula a definition. Names are
    unique within one run: a helper that is called twice gives `name` and `name_2`.

    `name` is a Python identifier; `latex` is how the page sets it (by default made from the name:
    `y_hat` as ŷ, `beta` as β).

    >>> let("z", 3.0)
    3.0
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise TraceError(
            f"let needs a name that is a Python identifier; got {name!r}. The first argument is "
            "the name, the second the value: let('z', w * x)."
        )
    named = getattr(value, "__let__", None)
    return value if named is None else named(name, latex)
