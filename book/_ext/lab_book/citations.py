"""The list of references is labelled as the text cites: by author and year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pybtex.plugin
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx


class AuthorYearLabels(BaseLabelStyle):
    """Labels such as `Squire & Trapp 1998`; a letter is added where two would be the same."""

    def format_labels(self, sorted_entries) -> Iterator[str]:
        """Give a label for each entry."""
        labels = [label(entry) for entry in sorted_entries]
        total, seen = Counter(labels), Counter()
        for text in labels:
            seen[text] += 1
            yield text + (chr(96 + seen[text]) if total[text] > 1 else "")


def label(entry) -> str:
    """Give the family names, or the first and `et al.` of more than two, and the year."""
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [" ".join(person.last_names) for person in people]
    who = f"{names[0]} et al." if len(names) > 2 else " & ".join(names)
    return f"{who} {entry.fields.get('year', '')}".strip()


class Style(PlainStyle):
    """The plain style with our labels."""

    default_label_style = AuthorYearLabels


def setup(app: Sphinx) -> None:
    """Make the style known to the bibliography directive as `lab`."""
    pybtex.plugin.register_plugin("pybtex.style.formatting", "lab", Style)
