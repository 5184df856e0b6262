"""Seed the portal's people, and show the demo accounts with their passwords exactly once."""

from __future__ import annotations

from collections.abc import Iterator

from ckanext.jambi.launcher import jsonfile
from ckanext.jambi.launcher.child import Command
from ckanext.jambi.launcher.portal import Portal


def seed_command(portal: Portal, present: str) -> Command:
    """Return the command that makes organizations, groups and the demo accounts that are missing.

    `present` (ISO 8601) is the instant up to which the demonstration gets a past.
    """
    options = ("--demo", "--accounts-file", str(portal.layout.accounts), "--present", present)
    return portal.ckan("seed", "jambi", "seed", *options, log="setup")


def show_once(portal: Portal) -> Iterator[str]:
    """Yield the lines of the demo accounts, then forget their passwords."""
    accounts = jsonfile.read(portal.layout.accounts).get("accounts", [])
    if not accounts:
        return
    yield "Demo accounts (the passwords are shown this once):"
    for account in accounts:
        role = " ".join(filter(None, (account["role"], account.get("organization", ""))))
        yield f"  {account['name']:<24} {account['password']:<26} {role}"
    portal.layout.accounts.unlink()
