"""`python -m ckanext.jambi.freshness`: the commands that need no CKAN (F37)."""

from __future__ import annotations

import click

from ckanext.jambi.freshness.offline import state, verify


@click.group(commands=[state, verify])
def freshness() -> None:
    """Judge data and check logs without a portal."""


if __name__ == "__main__":
    freshness(prog_name="python -m ckanext.jambi.freshness")
