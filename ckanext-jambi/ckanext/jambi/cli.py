"""The one command tree `ckan jambi`: rooms add subcommands by the entry point group `jambi.commands`.

Click groups of one name overwrite each other in CKAN, so only the ground floor registers one. A
subcommand's module is imported when it is called, or listed, and not before.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

import click


class RoomCommands(click.Group):
    """A group whose commands are entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all rooms' commands."""
        return sorted({*super().list_commands(ctx), *_points()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load and return one command."""
        point = _points().get(cmd_name)
        return point.load() if point else super().get_command(ctx, cmd_name)


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group="jambi.commands")}


@click.group(cls=RoomCommands)
def jambi() -> None:
    """Run the open-data portal of Kota Jambi: sources, harvests, freshness, search."""
