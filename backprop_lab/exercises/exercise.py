"""What an exercise is.

To write one, put an `Exercise` into its chapter's module and into the `EXERCISES` at its end:

1. Take a kind of answer: `Value` (numbers at one point), `Function` (judged at drawn inputs),
   `Expression` (a formula, decided by SymPy), `Choice` (letters), `Condition` (any number that has
   a property).
2. Give the truth as `Part`s, from an ingredient: `Slope(f, wrt).at(…)` for a sum over paths,
   `pulled_back(name, f, x, y_bar)` for Jᵀȳ, `made_of_jacobian(J, y_bar)` for what slips make of J.
   `stacked`, `mapped` and `also` build one part from others. Type no number that can be computed.
3. List the slips it names, all of them from `slips.SLIPS`. The wrong answer of one that belongs to
   this exercise is computed in the chapter, with `also(part, (SLIPS[name], value))`; its words go
   to `slip_words_exercises`.
4. Add three right answers to `tests/exercise_cases.py`, and a wrong one for each listed slip that
   shows by its shape alone. The tests do the rest, over the whole registry.
5. Renew the section of the notebook: see `page`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from backprop_lab.exercises.formulas import Expression
from backprop_lab.exercises.functions import Function
from backprop_lab.exercises.kinds import Choice, Condition, Value
from backprop_lab.exercises.verdicts import CORRECT, NOT_THIS, NOT_YET, Finding, Verdict


@dataclass(frozen=True, repr=False)
class Exercise:
    """A question, the kind of its answer, and what helps on the way.

    - `id` begins with the chapter: "ch3-pullback"; `question` is Markdown;
    - `answer` knows the truth, and how to judge; `slips` are the mistakes it is made to name;
    - `hints` are asked for one by one, one to three; `solution` is code that ends in `answer`;
    - `difficulty` goes from 1 to 3; `remark` is what to take away, shown when it is solved.
    """

    id: str
    title: str
    question: str
    answer: Value | Choice | Condition | Expression | Function
    slips: tuple[str, ...]
    hints: tuple[str, ...]
    solution: str
    difficulty: int
    minutes: int
    remark: str = ""

    @property
    def chapter(self) -> str:
        """The part of the id before the hyphen."""
        return self.id.partition("-")[0]

    @property
    def stub(self) -> str:
        """The code of the cell that waits for an answer."""
        return f'{self.answer.stub}\n\nbl.exercises.check("{self.id}", answer)'.replace(
            "= ...\n\n", "= ...\n"
        )

    def check(self, answer) -> Verdict:
        """Judge an answer; nothing is noted."""
        finding = self.answer.judge(answer, self.slips)
        if finding.state == NOT_YET and not finding.said:
            said = f'Put your answer in, and run the cell. A hint: bl.exercises.hint("{self.id}").'
            finding = Finding(NOT_YET, (said,))
        elif finding.state == CORRECT and self.remark:
            finding = replace(finding, said=(*finding.said, self.remark))
        elif finding.state == NOT_THIS and not finding.said and finding.slip is None:
            said = f'None of the named slips explains it. A hint: bl.exercises.hint("{self.id}").'
            finding = replace(finding, said=(said,))
        return Verdict(self.id, finding)

    def run_solution(self) -> object:
        """Execute the solution and give its `answer`."""
        names: dict[str, object] = {}
        exec(compile(self.solution, f"<solution of {self.id}>", "exec"), names)
        return names["answer"]

    @property
    def marks(self) -> str:
        """The difficulty, as dots."""
        return "●" * self.difficulty + "○" * (3 - self.difficulty)

    def __repr__(self):
        return f"{self.id} {self.marks} {self.title}, about {self.minutes} min"

    def _repr_markdown_(self):
        return f"**{self.title}** (`{self.id}`, {self.marks})\n\n{self.question}"
