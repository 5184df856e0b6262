"""What notices say: what happened, since when, what stays public, and the one next step (HV29).

Only what is known beforehand is said: a code becomes a sentence, and nothing of what a source answered is
quoted, so that no value of the data and no secret can come into a mail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import ckan.plugins.toolkit as tk

from ckanext.jambi import day_words, log_masks
from ckanext.jambi.languages import language
from ckanext.jambi.notices import config
from ckanext.jambi.notices.occasions import Occasion


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in words."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a notice is made of; `code` is the error's or the quarantine's."""

    title: str
    code: str | None
    happened_at: datetime
    since: datetime | None
    last_good_at: datetime | None
    link: str


def compose(occasion: Occasion, facts: Facts) -> Told:
    """Return a notice about a source."""
    headline, next_step = _HEADLINES[occasion](facts), _NEXT_STEPS[occasion]()
    since = tk._("Since: {date}").format(date=moment(facts.since or facts.happened_at))
    parts = [_happened(occasion, facts.code), since, _public(occasion, facts), f"{next_step}\n{facts.link}"]
    return told(headline, [headline + ".", *parts])


def told(headline: str, parts: list[str], closing: str | None = None) -> Told:
    """Return a headline and its paragraphs as a mail, without secrets.

    `closing` says why one gets it and holds `{site}`; left out, it speaks of sources.
    """
    of_source = tk._(
        "This message was written by {site}, for the admins and contacts of the organization or those whom "
        "the definition of the source names."
    )
    end = (closing or of_source).format(site=config.site_title())
    body = "\n\n".join([*(part for part in parts if part), "--\n" + end])
    subject = f"[{config.site_title()}] {headline}"
    return Told(" ".join(log_masks.masked(subject).split()), log_masks.masked(body) + "\n")


def moment(at: datetime) -> str:
    """Return an instant as people in Jambi write it."""
    return day_words.moment(at, language())


def trial() -> Told:
    """Return the message that shows whether mail arrives."""
    return told(
        tk._("Trial message"),
        [tk._("If you can read this, notices of this portal reach this address. There is nothing to do.")],
    )


def _happened(occasion: Occasion, code: str | None) -> str:
    if occasion in (Occasion.QUARANTINED, Occasion.PERSONAL_DATA):
        return _reasons().get(code or "", tk._("The new data needs a decision."))
    if occasion is Occasion.RECOVERED:
        return tk._("The source answers again and its data is updated as before.")
    return _causes().get(code or "", tk._("The source could not be read."))


def _public(occasion: Occasion, facts: Facts) -> str:
    if occasion is Occasion.RECOVERED:
        return tk._("Nothing was lost: what was public stayed public in the meantime.")
    if occasion is Occasion.PERSONAL_DATA:
        return tk._("Nothing of what is held was stored or published; what was public before stays public.")
    if occasion is Occasion.QUARANTINED:
        return tk._("What is public does not change until you decide.")
    if facts.last_good_at is None:
        return tk._("Nothing of this source is public yet.")
    return tk._("The last good data, read on {date}, stays public.").format(date=moment(facts.last_good_at))


_HEADLINES: Mapping[Occasion, Callable[[Facts], str]] = {
    Occasion.FAILED: lambda facts: tk._("{source} could not be read").format(source=facts.title),
    Occasion.AUTH_FAILED: lambda facts: tk._("{source} refuses access").format(source=facts.title),
    Occasion.QUARANTINED: lambda facts: tk._("{source}: new data waits for your decision").format(
        source=facts.title
    ),
    Occasion.PERSONAL_DATA: lambda facts: tk._("{source}: personal data was held back").format(
        source=facts.title
    ),
    Occasion.DOWN: lambda facts: tk._("{source} is down").format(source=facts.title),
    Occasion.RECOVERED: lambda facts: tk._("{source} has recovered").format(source=facts.title),
}

_NEXT_STEPS: Mapping[Occasion, Callable[[], str]] = {
    Occasion.FAILED: lambda: tk._("Next step: look at the last run, and tell the keeper of the system."),
    Occasion.AUTH_FAILED: lambda: tk._(
        "Next step: ask the keeper of the system for a valid key and store it as the source's secret."
    ),
    Occasion.QUARANTINED: lambda: tk._("Next step: look at what would change, then approve or reject it."),
    Occasion.PERSONAL_DATA: lambda: tk._(
        "Next step: look at the columns that are named, and take them out at the source or in its definition."
    ),
    Occasion.DOWN: lambda: tk._(
        "Next step: tell the keeper of the system; the portal asks again every five minutes."
    ),
    Occasion.RECOVERED: lambda: tk._("Next step: none. How the source stands is shown here:"),
}


def _reasons() -> Mapping[str, str]:
    """Return why new data is held, by the reason of its quarantine."""
    return {
        "empty": tk._("The source answered with an empty list, or fewer records than it must have."),
        "mass_deletion": tk._("The source no longer lists many records that are public."),
        "possible_rename": tk._("Records vanished and the same ones came under other ids."),
        "rows_vanished": tk._("The new table has far fewer rows than the public one."),
        "schema_drift": tk._("Columns are missing, new, renamed or of another type."),
        "too_many_bad_rows": tk._("Too many rows could not be read."),
        "personal_data": tk._("The new data holds what looks like personal data of citizens."),
        "personal_data_review": tk._("The new data may hold personal data; a reviewer must look at it."),
    }


def _causes() -> Mapping[str, str]:
    """Return why a source could not be read, by the code of the error."""
    return {
        "source_down": tk._("The system does not answer."),
        "not_found": tk._("The address in the definition does not exist any more."),
        "source_moved": tk._("The system has moved to another address."),
        "deadline_exceeded": tk._("The system answers too slowly."),
        "auth_failed": tk._("The system does not accept the portal's key or password."),
        "auth_required": tk._("The system asks for a sign-in, or the document is not shared."),
        "secret_missing": tk._("The secret that the definition names is not stored."),
        "secret_locked": tk._("The definition changed, so its secret waits for a reviewer's approval."),
        "secret_unreadable": tk._("The portal cannot open its store of secrets."),
        "rate_limited": tk._("The system asks the portal to wait."),
        "unexpected_status": tk._("The system answers with an error."),
        "tls_refused": tk._("The certificate of the system is not valid."),
        "address_refused": tk._("The address of the system is not allowed."),
        "redirect_refused": tk._("The system sends the portal to an address that is not allowed."),
        "unexpected_content": tk._("The system answers with something else than data."),
        "source_failed": tk._("The system answers that it failed."),
        "truncated": tk._("The answer of the system was cut off."),
        "too_large": tk._("The answer of the system is larger than allowed."),
        "invalid_definition": tk._("The definition of the source is not valid any more."),
        "internal": tk._("The portal itself met a defect while it read the source."),
    }
