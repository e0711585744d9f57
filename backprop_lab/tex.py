r"""One reading of TeX for the package and for the book.

A proof stores the TeX that it proved, an author may type the same equation in Markdown. The two
are the same equation when they differ in layout alone: spacing, colour, the size of brackets, the
points of alignment, the full stop at the end. `normalise` removes exactly those. What could change
the meaning stays: signs, transposes, the order of factors, the braces around more than one token,
the columns of a matrix.
"""

from __future__ import annotations

import re

__all__ = ["normalise"]

_TOKEN = re.compile(r"%[^\n]*|\\[A-Za-z]+\*?|\\.|\s+|.", re.DOTALL)
_SPACING = {
    *(r"\, \; \: \! \> \  ~ \quad \qquad \enspace \thinspace \medspace \thickspace".split(" ")),
    *(r"\displaystyle \textstyle \limits \nolimits \nonumber \notag \middle".split()),
    "\\\n",
}
_SPACING.discard("")
_SPACING.add("\\ ")
_SIZES = set(
    r"\left \right \big \Big \bigg \Bigg \bigl \bigr".split()
    + r"\Bigl \Bigr \biggl \biggr \Biggl \Biggr".split()
)
_ONE_ARGUMENT_DROPPED = {r"\label", r"\tag", r"\tag*", r"\hspace", r"\hspace*", r"\vphantom"}
_WRAPPERS = {r"\class", r"\color", r"\textcolor", r"\cssId", r"\style", r"\htmlClass"}
_ROLES = {r"\primal", r"\cotangent", r"\local"}  # the book's own macros: a colour and a meaning
_TEXT = {r"\text", r"\textrm", r"\textit", r"\textbf", r"\mbox"}
_LAYOUT_ENVIRONMENTS = {
    "aligned", "align", "align*", "alignat", "split", "gathered", "gather", "gather*",
    "equation", "equation*", "multline", "multline*",
}  # fmt: skip
_SYNONYMS = {
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\leq": r"\le", r"\geq": r"\ge", r"\neq": r"\ne",
    r"\rightarrow": r"\to", r"\intercal": r"\top", r"\lbrace": r"\{", r"\rbrace": r"\}",
    r"\lbrack": "[", r"\rbrack": "]", r"\vert": "|", r"\Vert": r"\|", r"\colon": ":",
}  # fmt: skip
_PUNCTUATION = (".", ",", ";", ":", r"\\", r"\text{.}", r"\text{,}")

Node = str | list  # a token, or the list of nodes between two braces


def normalise(tex: str) -> str:
    r"""Give the form of `tex` in which two spellings of one equation are the same string.

    The result is TeX with its tokens one space apart, for comparing; it is its own normal form.

    Raises:
        ValueError: when the braces of `tex` do not match.

    Examples:
        >>> normalise(r"\frac{\partial L}{\partial w} = \left( \hat{y} - y \right) x .")
        '\\frac { \\partial L } { \\partial w } = ( \\hat y - y ) x'

        Colour, alignment and the order of index and exponent are layout:

        >>> normalise(r"\class{bl-primal}{x}_{i}^{2} &= x'") == normalise(r"x^2_i = x^{\prime}")
        True

        A transpose, a factor or a column of a matrix is not:

        >>> normalise(r"X^\top \bar Y") == normalise(r"\bar Y X^\top")
        False
        >>> normalise(r"\begin{matrix} a & bc \end{matrix}") == normalise(
        ...     r"\begin{matrix} ab & c \end{matrix}"
        ... )
        False
    """
    nodes = _order_scripts(_simplify(_parse(tex)))
    while nodes and (nodes[-1] == [] or nodes[-1] in _PUNCTUATION):
        nodes.pop()
    while len(nodes) == 1 and isinstance(nodes[0], list):
        nodes = nodes[0]
    text = _write(nodes)
    # Taking the full stop away can bare another layer; the loop ends since every round is shorter.
    return text if text == tex else normalise(text)


def _parse(tex: str) -> list[Node]:
    r"""Read tokens into nested lists, one for a pair of braces; `\text{…}` stays one token."""
    stack: list[list[Node]] = [[]]
    tokens = [t for t in _TOKEN.findall(tex) if not t.startswith("%")]
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token in _TEXT:
            argument, position = _verbatim(tokens, position, tex)
            stack[-1].append(r"\text{" + argument + "}")
        elif token in (r"\begin", r"\end"):
            name, position = _verbatim(tokens, position, tex)
            if name not in _LAYOUT_ENVIRONMENTS:
                stack[-1].append(token + "{" + name + "}")
            elif name == "alignat" and token == r"\begin":
                _, position = _verbatim(tokens, position, tex)
        elif token == "{":
            stack.append([])
        elif token == "}":
            if len(stack) == 1:
                raise ValueError(f"a closing brace too many in TeX: {tex!r}")
            group = stack.pop()
            stack[-1].append(group)
        elif not token.isspace() and token not in _SPACING:
            stack[-1].append(_SYNONYMS.get(token, token))
    if len(stack) > 1:
        raise ValueError(f"a closing brace is missing in TeX: {tex!r}")
    return stack[0]


def _verbatim(tokens: list[str], position: int, tex: str) -> tuple[str, int]:
    """Read one argument in braces as it stands; give it and the place after it."""
    while position < len(tokens) and tokens[position].isspace():
        position += 1
    if position == len(tokens) or tokens[position] != "{":
        return "", position
    depth, start = 0, position + 1
    for end in range(position, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[end], 0)
        if depth == 0:
            return " ".join("".join(tokens[start:end]).split()), end + 1
    raise ValueError(f"a closing brace is missing in TeX: {tex!r}")


def _simplify(nodes: list[Node]) -> list[Node]:
    """Drop what is layout; splice in what colour wraps; unbrace single tokens."""
    out: list[Node] = []
    queue = list(nodes)
    matrices = 0
    while queue:
        node = queue.pop(0)
        if isinstance(node, list):
            inner = _simplify(node)
            while len(inner) == 1 and isinstance(inner[0], list):
                inner = inner[0]
            out.append(inner[0] if len(inner) == 1 else inner)
        elif node in _WRAPPERS or node in _ROLES:
            if node in _WRAPPERS and queue and isinstance(queue[0], list):
                queue.pop(0)  # the colour or the class
            if queue and isinstance(queue[0], list):
                inner = _simplify(queue.pop(0))
                bound = (out and out[-1] in ("^", "_")) or (queue and queue[0] in ("^", "_", "'"))
                out.extend([inner] if bound and len(inner) != 1 else inner)
        elif node in _ONE_ARGUMENT_DROPPED:
            if queue and isinstance(queue[0], list):
                queue.pop(0)
        elif node in _SIZES:
            if queue and queue[0] == ".":
                queue.pop(0)  # an invisible bracket
        elif node == "'":
            primes: list[Node] = [r"\prime"]
            while queue and queue[0] == "'":
                primes.append(queue.pop(0).replace("'", r"\prime"))
            out.extend(["^", primes[0] if len(primes) == 1 else primes])
        elif node == "&" and not matrices:
            continue
        elif node == r"\\":
            if queue and queue[0] == "[":  # the space below a line: \\[4pt]
                close = queue.index("]") if "]" in queue else -1
                length = "".join(n for n in queue[1:close] if isinstance(n, str))
                if re.fullmatch(r"-?[\d.]+(pt|em|ex|mm|cm)", length):
                    del queue[: close + 1]
            out.append(node)
        else:
            matrices += str(node).startswith(r"\begin{")
            matrices -= str(node).startswith(r"\end{")
            out.append(node)
    return out


def _order_scripts(nodes: list[Node]) -> list[Node]:
    """Put the index before the exponent: `x^2_i` is `x_i^2`."""
    nodes = [_order_scripts(n) if isinstance(n, list) else n for n in nodes]
    for i in range(len(nodes) - 3):
        if nodes[i] == "^" and nodes[i + 2] == "_":
            nodes[i], nodes[i + 1 : i + 4] = "_", [nodes[i + 3], "^", nodes[i + 1]]
    return nodes


def _write(nodes: list[Node]) -> str:
    return " ".join("{ " + _write(n) + " }" if isinstance(n, list) else n for n in nodes).replace(
        "{  }", "{ }"
    )
