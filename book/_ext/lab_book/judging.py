"""What is wrong with the equations of the pages, in words that name the page and the equation."""

from __future__ import annotations

from collections.abc import Iterator

from backprop_lab.tex import normalise

# What a page may print: a proof, a check at points, a function's definition, an example in numbers,
# a formula of a rule card that is compared in numbers alone. The last three are no proofs.
STATUSES = ("proved", "checked", "definition", "example", "numbers")


def complaints(pages: dict[str, dict]) -> Iterator[tuple[str, int | None, str]]:
    """Give what is wrong in all pages together: the page, the line, the message."""
    places: dict[str, list[tuple[str, dict]]] = {}
    for page, entry in pages.items():
        for proof in entry["proofs"]:
            if proof["data-equation"]:
                places.setdefault(proof["data-equation"], []).append((page, proof))
            message = judge_printed(proof)
            if message:
                yield page, None, message
    for label, found in places.items():
        homes = sorted({page for page, proof in found if proof["id"]})
        if len(homes) > 1:
            twice = f"the label {label!r} is used on {' and '.join(homes)}"
            yield homes[-1], None, f"{twice}: an equation has one place"
    for page, entry in pages.items():
        for equation in entry["typed"]:
            message = judge_typed(equation, [p for _, p in places.get(equation["label"], [])])
            if message:
                yield page, equation["line"], message
        here = {proof["data-equation"] for proof in entry["proofs"]}
        for label in entry["asked"]:
            if label not in here:
                yield (
                    page,
                    None,
                    (
                        f"a cell asks for the receipt {label!r}, and no stored output of the page "
                        f"holds it. {again(page)}"
                    ),
                )


def again(page: str) -> str:
    """Say how the outputs of a page are made again."""
    return f"Run `make notebooks FILES={page}.ipynb`"


def judge_printed(proof: dict) -> str:
    """Say what is wrong with one printed proof; an empty string when nothing is."""
    name = f"the proof of {proof['data-equation']!r}" if proof["data-equation"] else "a proof"
    if proof["data-status"] not in STATUSES:
        return (
            f"{name} has the status {proof['data-status']!r}; a page shows these only: "
            f"{', '.join(STATUSES)}"
        )
    if not proof["sealed"]:
        return (
            f"{name} is not what was proved: its seal is broken or missing.\n"
            f"  shown:  {'  '.join(proof['shown']) or '(no equation)'}\n"
            f"  proved: {proof['data-tex'] or '(without TeX)'}\n"
            "A printed proof is changed in its cell alone: run `make notebooks`"
        )
    return ""


def judge_typed(equation: dict, proofs: list[dict]) -> str:
    """Say what is wrong with one typed equation; an empty string when nothing is."""
    label, tex = equation["label"], equation["tex"]
    if equation["output"]:
        return (
            f"an output shows a display equation that no proof printed: {tex!r}. Print it with "
            "bl.derive, bl.receipt or bl.definitions, or as text"
        )
    if label.startswith("def-"):
        return ""
    if not label.startswith("eq-"):
        name = f"is labelled {label!r}" if label else "has no label"
        return (
            f"a display equation {name}: {tex!r}. Print it from its proof (bl.derive, bl.receipt), "
            "or label it: $$…$$ (def-name) when it defines something, $$…$$ (eq-name) when a "
            "receipt of that name proves it"
        )
    if not proofs:
        return (
            f"the equation {label!r} is typed and nothing proves it: {tex!r}. "
            f"Add a cell with bl.receipt({label!r}, …), or print the equation from bl.derive"
        )
    proved = [proof["data-tex"] for proof in proofs if proof["data-tex"]]
    try:
        if normalise(tex) in {normalise(candidate) for candidate in proved}:
            return ""
    except ValueError as error:
        return f"the equation {label!r} cannot be compared: {error}"
    return (
        f"the equation {label!r} differs from what was proved.\n"
        f"  typed:  {tex}\n"
        + "".join(f"  proved: {candidate}\n" for candidate in proved or ["(a receipt without TeX)"])
        + f"  as compared: {normalise(tex)}\n"
        "Change the text, or prove the new equation and run `make notebooks`"
    )
