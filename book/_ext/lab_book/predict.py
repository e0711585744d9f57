"""Predict questions: choices with a reply to each, in the page, without a kernel or a script.

    :::{predict} predict-paths

    **Predict.** What does the loss do?

    - It rises. <details><summary>Reply</summary>**Not this: the sign is lost.** Why not.</details>
    - It falls. <details><summary>Reply</summary>**Right.** Why it does.</details>
    - It stays. <details><summary>Reply</summary>**Not this: a slope of zero.** Why not.</details>
    :::

The text is Markdown that works as it stands: where the directive is unknown, as in JupyterLab or on
a code host, it is a question and a list, and each reply unfolds. In the book it becomes a group of
radio buttons. The chosen option's reply appears in a status region below them, by CSS alone
(`:has(:checked)` in book.css). In print, and in a browser that lacks `:has`, all replies stand
below all options, each with its letter.

A question has 3 to 5 options, one of them right; each wrong one names a misconception. What is
otherwise is a warning, and so ends the build.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

LETTERS = "abcde"  # as many as book.css has selectors for
FEWEST = 3
NAME = re.compile(r"predict(-[a-z0-9]+)+")
ITEM = re.compile(
    r"^- (?P<option>.+?)\s*<details><summary>Reply</summary>\s*"
    r"\*\*(?P<verdict>Right|Not this)(?:\.|: (?P<slip>.+?)\.)\*\* (?P<reason>.+?)\s*</details>$",
    re.DOTALL,
)
SIGNS = {True: "✓", False: "✗"}


@dataclass(frozen=True)
class Choice:
    """One option and the reply to it; `slip` names the misconception behind a wrong one."""

    option: str
    right: bool
    slip: str
    reason: str


@dataclass(frozen=True)
class Question:
    """A question and its options, as Markdown."""

    text: str
    choices: tuple[Choice, ...]


class tag(nodes.General, nodes.TextElement):
    """An HTML element by its name (`tag`) and attributes (`with`); elsewhere a paragraph."""


def read(markdown: str) -> Question:
    r"""Read the body of the directive; a ValueError says what is wrong with it.

    >>> one = "- {} <details><summary>Reply</summary>**{}** So.</details>"
    >>> texts = ("1", "Not this: an edge is lost."), ("2", "Right."), ("3", "Not this: a sum.")
    >>> asked = read("How many?\n\n" + "\n".join(one.format(*text) for text in texts))
    >>> asked.text, [choice.right for choice in asked.choices], asked.choices[0].slip
    ('How many?', [False, True, False], 'an edge is lost')
    """
    text, *items = re.split(r"^(?=- )", markdown.strip(), flags=re.MULTILINE)
    if not text.strip() or "\n\n" in text.strip():
        raise ValueError("the question must be one paragraph, and stand before the options")
    question = Question(" ".join(text.split()), tuple(_choice(item) for item in items))
    count, right = len(question.choices), sum(choice.right for choice in question.choices)
    if not FEWEST <= count <= len(LETTERS):
        raise ValueError(f"it has {count} options; give {FEWEST} to {len(LETTERS)}")
    if right != 1:
        raise ValueError(f"{right} of its options are right; it must be one")
    return question


def _choice(item: str) -> Choice:
    found = ITEM.match(" ".join(item.split()))
    if found is None or (found["verdict"] == "Not this") != bool(found["slip"]):
        raise ValueError(
            f"the option {item.strip()[:60]!r} has no reply that can be read; write it as "
            "- option <details><summary>Reply</summary>**Right.** why</details> or, where it is "
            "wrong, **Not this: the misconception.** in the place of **Right.**"
        )
    return Choice(
        found["option"], found["verdict"] == "Right", found["slip"] or "", found["reason"]
    )


class PredictDirective(SphinxDirective):
    """The directive `predict`; its argument is the question's name, a link target."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Give the group of radio buttons, or a warning and nothing."""
        name = self.arguments[0]
        try:
            if not NAME.fullmatch(name):
                raise ValueError("its name must be like predict-paths: small letters and hyphens")
            question = read("\n".join(self.content))
        except ValueError as error:
            logger.warning(
                "the question %r: %s", name, error, location=self.get_location(), type="lab_book"
            )
            return []
        group = self.group(name, question)
        group["names"].append(name)
        self.state.document.note_explicit_target(group, group)
        return [group]

    def group(self, name: str, question: Question) -> tag:
        """Put the question, its options and the replies together."""
        lettered = list(zip(LETTERS, question.choices, strict=False))
        options = [self.option(name, letter, choice) for letter, choice in lettered]
        replies = [self.reply(letter, choice) for letter, choice in lettered]
        return element(
            "fieldset",
            element("legend", *self.markdown(question.text)),
            *options,
            element("div", *replies, classes=["bl-replies"], role="status"),
            classes=["bl-predict"],
        )

    def option(self, name: str, letter: str, choice: Choice) -> tag:
        """Give a radio button in its label, the letter first."""
        # `autocomplete` is off: a page that is loaded again asks again.
        button = element("input", type="radio", name=name, value=letter, autocomplete="off")
        words = element("span", *self.markdown(choice.option))
        label = element("label", button, lettered(letter), nodes.Text(" "), words)
        return element("div", label, classes=["bl-option"])

    def reply(self, letter: str, choice: Choice) -> tag:
        """Give the reply: a sign, the verdict in words, the reason."""
        sign = element("span", nodes.Text(SIGNS[choice.right] + " "), **{"aria-hidden": "true"})
        verdict = "**Right.**" if choice.right else f"**Not this: {choice.slip}.**"
        kind = "bl-right" if choice.right else "bl-wrong"
        return element(
            "p",
            lettered(letter),
            nodes.Text(" "),
            sign,
            *self.markdown(f"{verdict} {choice.reason}"),
            classes=["bl-reply", kind, f"bl-reply-{letter}"],
        )

    def markdown(self, text: str) -> list[nodes.Node]:
        """Parse one line of Markdown: emphasis, mathematics, code, links."""
        found, messages = self.state.inline_text(text, self.lineno)
        return found + messages


def lettered(letter: str) -> tag:
    """Give the letter by which an option and its reply know each other."""
    return element("span", nodes.Text(f"{letter}."), classes=["bl-letter"])


def element(name: str, /, *children: nodes.Node, classes: list[str] = (), **attributes: str) -> tag:
    """Make an HTML element."""
    made = tag("", "", *children, classes=list(classes))
    made["tag"], made["with"] = name, attributes
    return made


def visit_html(translator, node: tag) -> None:
    """Write the start of an element; an input has no end."""
    write = translator.emptytag if node["tag"] == "input" else translator.starttag
    translator.body.append(write(node, node["tag"], "", **node["with"]))


def depart_html(translator, node: tag) -> None:
    """Write its end."""
    if node["tag"] != "input":
        translator.body.append(f"</{node['tag']}>")


def visit_other(translator, node: tag) -> None:
    """Write the question, each option and each reply as paragraphs, where there is no HTML."""
    if node["tag"] in ("legend", "label", "p"):
        translator.visit_paragraph(node)


def depart_other(translator, node: tag) -> None:
    """Close the paragraph."""
    if node["tag"] in ("legend", "label", "p"):
        translator.depart_paragraph(node)


def setup(app: Sphinx) -> None:
    """Register the directive and its element."""
    other = (visit_other, depart_other)
    app.add_node(tag, html=(visit_html, depart_html), latex=other, text=other, man=other)
    app.add_directive("predict", PredictDirective)
