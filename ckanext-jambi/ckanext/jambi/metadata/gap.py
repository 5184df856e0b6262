"""One gap of a dataset or organization: what is missing, where, and what to do. Imports no CKAN."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

Path = tuple[str | int, ...]


@dataclasses.dataclass(frozen=True)
class Gap:
    """A rule that is not met.

    `message_id` is the English sentence with placeholders that the catalogue knows, `values` fill
    them; `path` leads from the record to the field, such as ("resources", 0, "kamus_data", 2, "satuan").
    `column` names the column in whose description the gap lies.
    """

    field: str
    code: str
    message_id: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    path: Path = ()
    column: str = ""

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.message_id.format(**self.values)
