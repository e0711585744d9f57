"""Chapter 3: the product of a cotangent and a Jacobian in each layout, legal or not."""

from __future__ import annotations

from backprop_lab.explorers.formulas import Term, Tree
from backprop_lab.explorers.map_reading import entry
from backprop_lab.explorers.panels import WIDTH
from backprop_lab.explorers.scene import Scene, either, number

LAYOUTS = ["numerator", "denominator", "mixed"]
NUMERATOR, DENOMINATOR, MIXED = range(3)
SIDES = ("left", "right")  # where the cotangent stands
CELL_W, CELL_H, GAP = 44.0, 23.0, 8.0
FACTORS = {
    "left": "∂*L*/∂*y* · ∂*y*/∂*x*",
    "right": "∂*y*/∂*x* · ∂*L*/∂*y*",
}
Block = list[list[str]]  # the names of the formulas in a matrix, row by row


def blocks(m: int, layout: int) -> tuple[Block, Block]:
    """Give the cotangent and the matrix as a layout writes them: names of formulas in rows.

    >>> blocks(3, NUMERATOR)[0]
    [['ybar1', 'ybar2', 'ybar3']]
    """
    bars = [f"ybar{i}" for i in range(1, m + 1)]
    J = [[entry(i, j) for j in (1, 2)] for i in range(1, m + 1)]
    if layout == DENOMINATOR:
        J = [list(column) for column in zip(*J, strict=True)]
    return [bars] if layout == NUMERATOR else [[b] for b in bars], J


def pair(m: int, layout: int, side: str) -> tuple[Block, Block]:
    """Give the two factors in the order of the page."""
    cotangent, matrix = blocks(m, layout)
    return (cotangent, matrix) if side == "left" else (matrix, cotangent)


def legal(m: int, layout: int, side: str) -> bool:
    """Whether the inner sizes agree."""
    first, second = pair(m, layout, side)
    return len(first[0]) == len(second)


def legality(m: int) -> dict[str, Tree]:
    """Give formulas that are 1 where a product is legal; and how far the mixed one is from x̄."""
    out = {
        side: Term("layout").pick(*(float(legal(m, k, side)) for k in range(3))).tree
        for side in SIDES
    }
    if m == 2:  # a square J: mixed, the product is legal, and only a symmetric J makes it right
        out["lost"] = (abs(Term("J12") - Term("J21"))).tree
        for i in (1, 2):
            out[f"mixed{i}"] = sum(
                (Term(entry(i, j)) * Term(f"ybar{j}") for j in (1, 2)), Term(0.0)
            ).tree
    return out


def readings_scene(m: int) -> Scene:
    """Draw both orders of the two factors in the chosen layout, with shapes and a verdict."""
    height = 22 + CELL_H * m + 30
    scene = Scene(
        "jacobian-map-readings", WIDTH, 2 * height + 10,
        "The cotangent left and right of the matrix, with the shapes and whether they multiply",
    )  # fmt: skip
    for row, side in enumerate(SIDES):
        top = row * (height + 10.0)
        scene.text(4, top + 14, FACTORS[side])
        for layout in range(3):
            with scene.group(show=Term("layout").is_(layout)):
                _product(scene, m, layout, side, top)
    scene.line(4, height + 2, WIDTH - 4, height + 2, "faint")
    return scene


def _product(scene: Scene, m: int, layout: int, side: str, top: float) -> None:
    first, second = pair(m, layout, side)
    works = legal(m, layout, side)
    middle, x = top + 26 + CELL_H * m / 2, 4.0
    for block in (first, second):
        _block(scene, block, x, middle, "" if works else "dash")
        shape = f"({len(block)}, {len(block[0])})"
        width = CELL_W * len(block[0])
        scene.text(x + width / 2, top + 26 + CELL_H * m + 17, shape, "faint sm mid")
        x += width + GAP
    sizes = f"{len(first[0])} {'=' if works else '≠'} {len(second)}"
    if works:
        result = _result(layout)
        scene.text(x + 8, middle + 5, "=", "mid")
        _block(scene, result, x + 22, middle, "")
        wide = x + 22 + CELL_W * len(result[0]) / 2
        shape = f"({len(result)}, {len(result[0])})"
        scene.text(wide, top + 26 + CELL_H * m + 17, shape, "faint sm mid")
    else:
        scene.text(x + 16, middle + 10, "✗", "negative lg mid")
    scene.text(
        WIDTH - 4, top + 14, _verdict(layout, works, sizes), "end" + " negative" * (not works)
    )


def _result(layout: int) -> Block:
    """Name the product: x̄ as a row or a column; mixed, where J is square, another vector."""
    if layout == MIXED:
        return [["mixed1"], ["mixed2"]]
    return [["xbar1", "xbar2"]] if layout == NUMERATOR else [["xbar1"], ["xbar2"]]


def _verdict(layout: int, works: bool, sizes: str):
    if not works:
        return f"✗ {sizes}: no product"
    if layout == MIXED:
        wrong = f"✗ {sizes}: legal, but not x\u0304"
        return either(Term("lost").is_(0), f"✓ {sizes}: *J* is symmetric", wrong)
    return f"✓ {sizes}: x\u0304 as a {'row' if layout == NUMERATOR else 'column'}"


def _block(scene: Scene, names: Block, x: float, middle: float, dash: str) -> None:
    """Draw a matrix, with a frame around the chosen entry, or around what it meets."""
    rows, columns = len(names), len(names[0])
    top = middle - CELL_H * rows / 2
    grid = "".join(f"M{x:g},{top + CELL_H * r:g}h{CELL_W * columns:g}" for r in range(rows + 1))
    grid += "".join(f"M{x + CELL_W * c:g},{top:g}v{CELL_H * rows:g}" for c in range(columns + 1))
    scene.add("path", d=grid, cls=f"line faint {dash}".strip())
    down, right = _chosen(names)
    scene.add(
        "rect", x=x + 1 + CELL_W * right, y=top + 1 + CELL_H * down, width=CELL_W - 2,
        height=CELL_H - 2, rx=2, cls="line",
    )  # fmt: skip
    for r, row in enumerate(names):
        for c, name in enumerate(row):
            cls = "local sm mid" if name.startswith("J") else "cotangent sm mid"
            where = x + CELL_W * (c + 0.5), top + CELL_H * r + 16
            scene.text(*where, number(Term(name), 2 if name.startswith("J") else 4), cls)


def _chosen(names: Block) -> tuple[Term, Term]:
    """Say in which row and column of a matrix the chosen entry is, or what it meets."""
    i, j = Term("row") - 1, Term("column") - 1
    if len(names) > 1 and len(names[0]) > 1:
        return (i, j) if names[0][1] == entry(1, 2) else (j, i)
    along = j if names[0][0].startswith("xbar") else i
    return (along, Term(0.0)) if len(names) > 1 else (Term(0.0), along)


def said_layout(m: int) -> list:
    """Say which order multiplies in the chosen layout."""
    layout = Term("layout")
    mixed = (
        "Mixed, with *J* and a column, neither order multiplies: the transpose is missing."
        if m == 3
        else "Mixed, with *J* and a column, the shapes fit, since *J* is square, and hide that the "
        "transpose is missing."
    )
    return [
        either(layout.is_(NUMERATOR), f"In numerator layout only {FACTORS['left']} multiplies, "
               "and x\u0304 comes out as a row."),
        either(layout.is_(DENOMINATOR), f"In denominator layout only {FACTORS['right']} "
               "multiplies, and x\u0304 comes out as a column, *J*ᵀȳ."),
        either(layout.is_(MIXED), mixed),
    ]  # fmt: skip
