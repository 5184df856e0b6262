"""What a notice of the ladder says: which data, of whom, by when, why it comes to you, and one link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import ckan.plugins.toolkit as tk

from ckanext.jambi import day_words
from ckanext.jambi.freshness.ladder.holders import Opd
from ckanext.jambi.freshness.ladder.subjects import Owing
from ckanext.jambi.freshness.rules.ladder import AHEAD, ASKS, Post, Step
from ckanext.jambi.languages import language
from ckanext.jambi.notices import wording
from ckanext.jambi.working_days import civil_day

MOST_LINES = 30
BRIEF_LINES = 5
"""So many lines fit into a message of the narrowest chat service, a thousand characters."""


@dataclass(frozen=True, slots=True)
class Line:
    """One subject in a message: the step that is told of it, to which post, and of which OPD."""

    owing: Owing
    step: Step
    post: Post
    opd: Opd


def told(lines: Sequence[Line], link: str, *, answers: bool) -> wording.Told:
    """Return a message about these subjects, each once; `answers` says that the link takes an answer."""
    parts = [
        _reason(_highest(lines)),
        "\n".join(_listed(lines, MOST_LINES)),
        f"{_next_step(_highest(lines).step, answers)}\n{link}",
    ]
    return wording.told(_headline(lines), parts, _closing())


def brief(lines: Sequence[Line], link: str) -> wording.Told:
    """Return a message for a channel: short, and its link first, since a service may cut the end off."""
    shown = "\n".join(_listed(lines, BRIEF_LINES))
    return wording.told(
        _headline(lines), [f"{_next_step(_highest(lines).step, False)}\n{link}", shown], _closing()
    )


def period(first: date, last: date) -> str:
    """Return a reference period in words."""
    return day_words.span(first, last, language(), "long")


def _closing() -> str:
    return tk._("This message was written by {site}, for the post that you hold.")


def _listed(lines: Sequence[Line], most: int) -> list[str]:
    shown = [_line(each) for each in lines[:most]]
    if len(lines) > most:
        shown.append(tk._("- and {count} more: see the page.").format(count=len(lines) - most))
    return shown


def _headline(lines: Sequence[Line]) -> str:
    overdue = [each for each in lines if each.step not in AHEAD]
    if len(lines) == 1:
        return _headline_of(lines[0])
    if overdue:
        return tk._("Overdue data: {count}").format(count=len(overdue))
    if all(each.step in ASKS for each in lines):
        return tk._("Is this data still right: {count}").format(count=len(lines))
    return tk._("Data that is due soon: {count}").format(count=len(lines))


def _headline_of(line: Line) -> str:
    said = tk._("{title}: overdue")
    if line.step in AHEAD:
        said = tk._("{title}: is it still right?") if line.step in ASKS else tk._("{title}: due on {date}")
    return said.format(title=_title(line), date=_day(line.owing.subject.due_at))


def _line(line: Line) -> str:
    subject = line.owing.subject
    said = tk._("due on {due}, late from {late}")
    if line.step not in AHEAD:
        said = tk._("due since {due}, late since {late}")
    words = said.format(due=_day(subject.due_at), late=_day(subject.overdue_at))
    return f"- {line.opd.title}: {_title(line)}: {words}"


def _title(line: Line) -> str:
    owing = line.owing
    if owing.period_start is None or owing.period_end is None:
        return owing.title
    return f"{owing.title}, {period(owing.period_start, owing.period_end)}"


def _highest(lines: Sequence[Line]) -> Line:
    order = list(Step)
    return max(lines, key=lambda each: order.index(each.step))


def _reason(line: Line) -> str:
    if line.post is Post.DEPUTY_MAYOR:
        return tk._("Copy of the notice to the Sekda: all earlier notices brought no data.")
    if line.step in ASKS:
        return tk._(
            "This data is renewed as needed, and nothing has come for at least three months. Somebody who "
            "knows it is to say whether it is still right. You look after it."
        )
    words = {
        Step.FIRST: tk._("This data is late. You look after it, so you are told first."),
        Step.SECOND: tk._("This data of your OPD is late; those who look after it were told before."),
        Step.THIRD: tk._(
            "This data is long overdue; those who look after it and their head were told before."
        ),
        Step.FOURTH: tk._("All earlier notices, to the OPD, its head and walidata, brought no data."),
    }
    return words.get(line.step, tk._("This data is due soon. You look after it."))


def _next_step(step: Step, answers: bool) -> str:
    if step in ASKS:
        return _next_of_asked(answers)
    if answers:
        return tk._(
            "Next step: send the data. If nothing changed, or nothing happened, say so here. The link "
            "answers in your name, once, within 14 days, so do not pass it on:"
        )
    if step in (*AHEAD, Step.FIRST):
        return tk._("Next step: send the data.")
    return tk._("Next step: have the data sent. How it stands is shown here:")


def _next_of_asked(answers: bool) -> str:
    if answers:
        return tk._(
            "Next step: look at the data. If it changed, send it; if it is still right, say so here. The "
            "link answers in your name, once, within 14 days, so do not pass it on:"
        )
    return tk._("Next step: have an editor of the OPD look at the data, and confirm or renew it.")


def _day(instant: datetime) -> str:
    return day_words.day(civil_day(instant), language())
