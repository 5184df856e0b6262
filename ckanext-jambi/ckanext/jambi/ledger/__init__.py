"""The audit ledger: who did what to what, when and why, in rows that cannot be changed unseen (RL10).

`record(Entry(...))` writes on `model.Session`, in the transaction of the act itself, and never commits:
an act and its row exist together or not at all. `verify()` names the first row that was altered, put in
or taken out. No entry holds personal data or a secret; values enter as hashes (`digest`), and the values
of secrets not even so.

    ledger.record(
        ledger.Entry(
            action="quarantine.approve",
            object=f"quarantine:{quarantine_id}",
            before=ledger.digest(summary),
            reason=note,
            **ledger.actor(context),
        )
    )
"""

from __future__ import annotations

from ckanext.jambi.ledger.checking import Verdict, export, verify
from ckanext.jambi.ledger.recording import Entry, actor, command_line, digest, record

__all__ = ["Entry", "Verdict", "actor", "command_line", "digest", "export", "record", "verify"]
