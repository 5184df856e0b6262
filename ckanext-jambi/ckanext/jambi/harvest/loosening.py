"""A limit of deletions that lets more go than the default: who may state it, and until when it counts.

Pure (harvesting.md 5, `guard.max_delete`): `hiding` asks it when a definition is kept, `Work` at each run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from jambi_harvesters.definition import MaxDelete
from jambi_harvesters.errors import Problem

MOST_DAYS = 90
WHERE = "guard.max_delete"


def allowed_on(stated: MaxDelete, today: date) -> MaxDelete:
    """Return the limit that counts on a day: a loosened one within its time only, else the default."""
    if not stated.loosened:
        return stated
    return stated if _in_time(stated, today) else MaxDelete()


def problems(stated: MaxDelete, today: date, *, by_sysadmin: bool) -> Iterator[Problem]:
    """Yield why a limit may not be stated now by this person."""
    if not stated.loosened:
        return
    if not by_sysadmin:
        yield Problem(
            WHERE,
            "Only a sysadmin may let more than 3 and 10 % go at once; ask one, or take the limit out",
            "Hanya sysadmin yang boleh melonggarkan batas 3 dan 10 %; minta kepadanya, atau hapus batas ini.",
        )
    if not _in_time(stated, today):
        last = today + timedelta(days=MOST_DAYS)
        yield Problem(
            f"{WHERE}.until",
            f"The limit must end between today and {last.isoformat()}",
            f"Batas ini harus berakhir antara hari ini dan {last.isoformat()}.",
        )


def _in_time(stated: MaxDelete, today: date) -> bool:
    return stated.until is not None and today <= stated.until <= today + timedelta(days=MOST_DAYS)
