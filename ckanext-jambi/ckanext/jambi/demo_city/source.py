"""A source of the city: a dataset, the system that holds it, and the shape in which that system answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .content import Content, Row
from .json_shapes import Ask


class Shape(Protocol):
    """Writes true rows as a system does."""

    @property
    def media_type(self) -> str:
        """The content type of the answer."""

    @property
    def page_params(self) -> tuple[str, ...]:
        """Names of the parameters that change the answer."""

    def body(self, rows: list[Row], ask: Ask) -> bytes:
        """Return the answer's bytes."""


@dataclass(frozen=True)
class Source:
    """One dataset of the demo catalogue at its source.

    Attributes:
        number, name, title, owner: as in the demo catalogue; owner is an organization's slug.
        path: where the city serves it, `<system>/<endpoint>`.
        columns: names of the true columns, in the order of the rows.
        content: the true rows at an instant.
        shape: how the system writes them.
        touch: the column that a hand-made correction (control endpoint) changes.
        note: what is peculiar, in Indonesian, for the index page.
        endpoints: where it answers below its path; "" is the path itself.
    """

    number: int
    name: str
    title: str
    owner: str
    path: str
    columns: tuple[str, ...]
    content: Content
    shape: Shape
    touch: str
    note: str = ""
    endpoints: tuple[str, ...] = ("",)

    @property
    def system(self) -> str:
        """Return the first part of the path, the system."""
        return self.path.partition("/")[0]
