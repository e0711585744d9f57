"""Scalar quantities: the chain rule as a sum over paths of products of local derivatives."""

from __future__ import annotations

import itertools
from numbers import Number

import sympy as sp

from backprop_lab.author_lines import run_line
from backprop_lab.equality import counterexample, equal
from backprop_lab.errors import ProofError, TraceError
from backprop_lab.fingerprints import fingerprints_of
from backprop_lab.kink_points import bends_at
from backprop_lab.printing import product_tex, role, tex_of, text_of, with_roles
from backprop_lab.proofs import Derivation, Line, not_equal, sides
from backprop_lab.scalar_example import Example
from backprop_lab.slips import slip_of
from backprop_lab.slopes import factored, in_named_values, tidy
from backprop_lab.spelling import Spelled
from backprop_lab.symbolic import Symbolic
from backprop_lab.symbolic_table import as_entries, entries_of, exact

MAX_PATHS = 24


class ScalarDerivation(Derivation):
    """∂(output)/∂(wrt) as a sum over paths of products of local derivatives."""

    size = "for all values"

    def how(self) -> str:
        """Say how the lines are known."""
        return (
            "SymPy differentiates the function with every definition put in, and reduces the "
            "difference between that and each line to 0."
        )

    def _known(self):
        return {n: Symbolic(q.symbols, self.reading) for n, q in self.reading.quantities.items()}

    def _spellings(self):
        return {n: Spelled(q.tex, q.symbols.ndim) for n, q in self.reading.quantities.items()}

    def _read(self, expr):
        number = len(self.lines) + 1
        if isinstance(expr, (sp.Basic, Number)):
            return self._by_names(exact(expr))
        if not callable(expr):
            raise ProofError(
                f"line {number} is {expr!r}; a line is a function in plain NumPy, such as "
                "lambda w, x: w * x, a SymPy expression, or a number."
            )
        arguments = self._arguments(expr, self._known())
        try:
            out = entries_of(run_line(number, expr, arguments))
        except TraceError as error:
            raise ProofError(f"line {number} cannot be right: {error}") from error
        if out.shape != ():
            raise ProofError(f"line {number} has shape {out.shape}; {self.left_text} is a number.")
        return out[()]

    def _by_names(self, expr):
        """Take the symbols of an author's expression for the quantities of the same names."""
        known = {str(s): s for s in self.reading.tex}
        missing = sorted(str(s) for s in expr.free_symbols if str(s) not in known)
        if missing:
            raise ProofError(
                f"The line names {missing[0]!r}, which this derivation does not have. It has "
                f"{', '.join(known)}."
            )
        return expr.xreplace({s: known[str(s)] for s in expr.free_symbols})

    def _tex(self, value):
        return tex_of(value, self.reading.tex | self.reading.unknowns)

    def _text(self, value):
        return text_of(value)

    def _prove(self, value, expr=None, because=""):
        verdict = equal(self.reading.expanded(value), self.truth)
        if verdict:
            return verdict
        raise ProofError(self._refusal(value, because))

    def _refusal(self, value, because):
        wrong, right = self.reading.expanded(value), self.truth
        at = counterexample(wrong, right)
        first = not_equal(len(self.lines) + 1, self.left_text, because, at)
        known = self.lines[-1].value if self.lines else right
        look = fingerprints_of(self.reading)
        slip = slip_of(
            "on_paths",
            (self.factors,),
            lambda made: look.alike(made, value) and equal(self.reading.expanded(made), wrong),
        )
        return "\n".join([first, *sides(value, known, at, slip)])

    def at(self, **values) -> Example:
        """Put exact numbers in: the same lines in fractions, for the hand.

        >>> def f(t):
        ...     x = let("x", t**2)
        ...     return let("f", 3 * x)
        >>> from backprop_lab import derive, let
        >>> derive(f, wrt="t").at(t=2)
        x = 4, f = 12
        df/dt = (3)(4) = 12
        """
        inputs = [n for n, q in self.reading.quantities.items() if q.definition is None]
        missing, extra = set(inputs) - set(values), set(values) - set(inputs)
        if missing or extra:
            raise ProofError(
                f"at(…) needs a number for each of {', '.join(inputs)}; got "
                f"{', '.join(values) or 'none'}."
            )
        if self.reading.unknowns:
            unknown = ", ".join(self.reading.unknowns)
            raise ProofError(f"at(…) needs a formula for {unknown}: what is unknown has no value.")
        known = {self.reading.quantities[n].symbols[()]: _number(n, v) for n, v in values.items()}
        named = []
        for symbol, definition in self.reading.definitions.items():
            known[symbol] = sp.simplify(definition.subs(known))
            named.append((symbol, known[symbol]))
        factors = [[f.subs(known) for f in path] for path in self.factors]
        where = ", ".join(f"{n} = {v}" for n, v in values.items())
        for number in (*(v for _, v in named), *itertools.chain(*factors)):
            if not (number.is_finite and number.is_real):
                what = {True: "infinite", None: "undefined"}.get(number.is_infinite, "not real")
                what = "undefined" if number in (sp.zoo, sp.nan) else what
                raise ProofError(f"at(…): for {where} a value or a slope is {what}.")
        value, own = self.reading.expanded(self.reading.output[()]), self.reading.quantities
        point = {s: v for s, v in known.items() if s not in self.reading.definitions}
        kink = bends_at(value, self.truth, own[self.wrt].symbols[()], point)
        return Example(self, named, factors, where if kink else "")


def _number(name, value) -> sp.Expr:
    """Read a number that was given for an argument."""
    if isinstance(value, (sp.Expr, Number)) and not getattr(value, "free_symbols", None):
        return exact(value)
    raise ProofError(f"at(…): {name} is {value!r}; a number is needed, such as {name}=2.")


def _children(reading):
    """For each symbol, the symbols whose definitions it stands in."""
    children = {}
    for symbol, definition in reading.definitions.items():
        for s in definition.free_symbols:
            children.setdefault(s, []).append(symbol)
    return children


def count_paths(reading, start, end) -> int:
    """Count the paths between two symbols, without walking them: there may be very many."""
    children = _children(reading)
    counts = {end: 1}
    for symbol in [*reversed(reading.definitions), start]:
        counts.setdefault(symbol, sum(counts.get(c, 0) for c in children.get(symbol, ())))
    return counts[start]


def paths_between(reading, start, end) -> list[tuple]:
    """List every path from one symbol to another through the definitions, in their order."""
    children = _children(reading)
    found = []

    def walk(path):
        if path[-1] == end:
            found.append(tuple(path))
            return
        for child in children.get(path[-1], ()):
            walk([*path, child])

    walk([start])
    return found


def _d(reading, of, by):
    """TeX and text of ∂of/∂by: d where `of` has one variable only."""
    alone = len(reading.definitions[of].free_symbols) == 1
    d, text = ("d", "d") if alone else (r"\partial", "∂")
    space = " " if not alone else ""
    tex = rf"\frac{{{d}{space}{reading.tex[of]}}}{{{d}{space}{reading.tex[by]}}}"
    return tex, f"{text}{of}/{text}{by}"


def _held(piece, reading, paths):
    """Mark a direct slope with what is held still: the whole derivative is written alike."""
    still = list(dict.fromkeys(path[-2] for path in paths if len(path) > 2))
    tex = ", ".join(reading.tex[s] for s in still)
    text = ", ".join(str(s) for s in still)
    return rf"\left.{piece[0]}\right|_{{{tex}}}", f"({piece[1]} with {text} held)"


def derive_scalar(f, wrt, reading) -> ScalarDerivation:
    """Derive the output of a reading of numbers by the quantity `wrt`."""
    symbol, output = reading.quantities[wrt].symbols[()], _named_output(f, reading)
    count = count_paths(reading, symbol, output)
    if count > MAX_PATHS:
        raise TraceError(
            f"{count} paths lead from {symbol} to {output}; a page has room for {MAX_PATHS}. "
            "Name fewer values with let, or derive by a later one."
        )
    expanded, is_input = reading.expanded(output), symbol not in reading.definitions
    alone = is_input and expanded.free_symbols <= {symbol}
    d = "d" if alone else r"\partial "
    derivation = ScalarDerivation(
        f,
        wrt,
        role("cotangent", rf"\frac{{{d}{reading.tex[output]}}}{{{d}{reading.tex[symbol]}}}"),
        f"{'d' if alone else '∂'}{output}/{'d' if alone else '∂'}{symbol}",
        [],
    )
    derivation.reading = reading
    derivation.truth = (
        sp.diff(expanded, symbol) if is_input else _truth_of_inner(reading, symbol, output)
    )
    paths = paths_between(reading, symbol, output)
    derivation.factors = _factors(reading, paths)
    value = sp.Add(*(sp.Mul(*path) for path in derivation.factors))
    status = derivation._prove(value)
    if not paths:
        why = f"{output} does not depend on {symbol}"
        return derivation._with([Line("0", "0", why, status, value)])
    if symbol == output:
        derivation.factors = [[sp.Integer(1)]]
        return derivation._with([Line("1", "1", f"{output} is the output itself", status, value)])
    lines = []
    if any(len(p) > 2 for p in paths):
        why = f"sum over the {count} paths" if count > 1 else "chain rule, one path"
        lines.append(Line(*_chain(reading, paths, output, alone), why, status, value))
    if all(hasattr(x.func, "unknown") for path in derivation.factors for x in path) and lines:
        return derivation._with(lines)  # nothing is known of any slope: the chain rule is all
    names = reading.tex | reading.unknowns
    put_in = _sum_tex([product_tex(path, names) for path in derivation.factors])
    single = count == 1 and len(derivation.factors[0]) == 1  # one factor needs no brackets
    write = text_of if single else lambda x: f"({text_of(x)})"
    texts = " + ".join(" · ".join(map(write, path)) for path in derivation.factors)
    lines.append(Line(put_in, texts, "local derivatives put in", status, value))
    for simple, why in _simpler(reading, value):
        tex = tex_of(simple, names)
        if with_roles(lines[-1].tex, "none") != tex:
            lines.append(Line(tex, text_of(simple), why, derivation._prove(simple), simple))
    return derivation._with(lines)


def _named_output(f, reading) -> sp.Symbol:
    """Give the symbol of the output; what no `let` named gets the function's own name."""
    output = reading.output[()]
    if output in reading.definitions:
        return output
    name = getattr(f, "__name__", "f")
    name = name if name.isidentifier() else "f"
    return reading.introduce(name, None, (), as_entries(output)).symbols[()]


def _factors(reading, paths) -> list[list[sp.Expr]]:
    """List the local derivatives along each path, from the output back."""
    slopes = {}
    for by, of in {step: None for path in paths for step in itertools.pairwise(path)}:
        definition = reading.definitions[of]
        slopes[by, of] = tidy(in_named_values(of, definition, sp.diff(definition, by)))
    return [[slopes[step] for step in reversed(list(itertools.pairwise(p)))] for p in paths]


def _chain(reading, paths, output, alone) -> tuple[str, str]:
    """TeX and text of the chain rule in symbols: a sum over paths of products of slopes."""
    chain_tex, chain_text = [], []
    for path in paths:
        pieces = [_d(reading, of, by) for by, of in reversed(list(itertools.pairwise(path)))]
        if len(pieces) == 1 and len(paths) > 1 and not alone:
            pieces = [_held(pieces[0], reading, paths)]
        kinds = ["cotangent" if len(pieces) > 1 else "local"] + ["local"] * (len(pieces) - 1)
        chain_tex.append(r"\,".join(role(k, t) for k, (t, _) in zip(kinds, pieces, strict=True)))
        chain_text.append(" · ".join(t for _, t in pieces))
    return " + ".join(chain_tex), " + ".join(chain_text)


def _sum_tex(terms) -> str:
    """Join terms by plus signs; one that begins with a minus gets parentheses."""
    first, *rest = terms
    signed = (with_roles(t, "none").startswith("-") for t in rest)
    return " + ".join(
        [first, *(rf"\left({t}\right)" if s else t for t, s in zip(rest, signed, strict=True))]
    )


def _truth_of_inner(reading, symbol, output):
    """∂output/∂(a named value): the definitions before it stay shut, later ones are put in."""
    order = list(reading.definitions)
    expr = output
    for s in reversed(order[order.index(symbol) + 1 :]):
        expr = expr.xreplace({s: reading.definitions[s]})
    return reading.expanded(sp.diff(expr, symbol))


def _simpler(reading, value):
    powers = len(value.atoms(sp.exp))  # a form that takes exp(a + b) apart is no simpler
    forms = (f for f in (factored(value), sp.expand(value), value))
    forms = [f for f in forms if len(f.atoms(sp.exp)) <= powers]
    best = min(map(tidy, forms), key=lambda e: (sp.count_ops(e), sp.default_sort_key(e)))
    yield best, "multiplied out" if best.is_Add else "collected"
    full = reading.expanded(value)
    if full == best:
        return
    full = min((factored(full), sp.expand(full)), key=sp.count_ops)
    if full != best and sp.count_ops(full) < sp.count_ops(best):
        yield full, "definitions put in"
