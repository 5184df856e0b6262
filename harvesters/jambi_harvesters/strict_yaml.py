"""YAML as definitions may use it: the JSON subset, so that nothing means what nobody wrote.

Aliases, tags and doubled keys are refused (harvesting.md HV12). Scalars follow YAML 1.2: `no`, `on` and
`2024-01-01` stay text, `07:30` is no number.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

MAX_TEXT = 256_000


class StrictYamlError(Exception):
    """A definition file that is no plain YAML; `line` counts from 1, `message` and `pesan` say why."""

    def __init__(self, line: int, message: str, pesan: str) -> None:
        self.line = line
        self.message = message
        self.pesan = pesan
        super().__init__(f"line {line}: {message}")


def read(text: str) -> Any:
    """Return the value of a YAML text.

    Raises:
        StrictYamlError: naming the line and the reason.
    """
    if len(text) > MAX_TEXT:
        raise StrictYamlError(1, "The definition is too long", "Definisi terlalu panjang.")
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader with less, not more
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        raise _not_yaml(mark.line + 1 if mark else 1, str(err.problem or err.context)) from err
    except (yaml.YAMLError, RecursionError, ValueError) as err:
        raise _not_yaml(1, type(err).__name__) from err


def _not_yaml(line: int, reason: str) -> StrictYamlError:
    return StrictYamlError(
        line, f"This is no YAML: {reason}", "Ini bukan YAML yang sah; periksa indentasi dan kutip."
    )


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader without aliases, tags, doubled keys and the surprises of YAML 1.1."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise StrictYamlError(line, "YAML aliases are refused", "Alias YAML (tanda *) ditolak.")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise StrictYamlError(line, f"Key {key.value} is written twice", f"Kunci {key.value} ganda.")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+", list("-0123456789")),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)
