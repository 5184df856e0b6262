"""One file a kind of source; which kinds exist is decided by entry points (harvesting.md HV08)."""

from __future__ import annotations

from jambi_harvesters.definition import Definition
from jambi_harvesters.kinds import installed
from jambi_harvesters.sources.base import Connector, Probe, policy_for

__all__ = ["Connector", "Probe", "connector_for", "policy_for"]


def connector_for(definition: Definition) -> type[Connector]:
    """Return the class that reads a definition's kind of source.

    Raises:
        KeyError: if the kind is not installed; `definition.parse` refuses such a definition before.
        TypeError: if the entry point names something else.
    """
    found = installed()[definition.kind].load()
    if not (isinstance(found, type) and issubclass(found, Connector)):
        raise TypeError(f"Entry point {definition.kind} of jambi.sources is no Connector")
    return found
