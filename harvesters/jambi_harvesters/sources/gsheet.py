"""Kind `gsheet`: one sheet of a shared Google spreadsheet, as its CSV export (docs/sources/gsheet.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from jambi_harvesters import sheet_links
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import AuthFailedError, MovedError, SignInRequiredError, UnexpectedContentError
from jambi_harvesters.http import Response
from jambi_harvesters.sources.base import address_of
from jambi_harvesters.sources.csv import CsvConnector

SIGN_IN_HOSTS = ("accounts.", "login.", "signin.")


class GsheetConnector(CsvConnector):
    """Reads the export of one sheet; a page that asks people to sign in is never taken for data."""

    kind: ClassVar[str] = "gsheet"
    title: ClassVar[Mapping[str, str]] = {"en": "Google sheet", "id": "Lembar Google"}
    markers: ClassVar[tuple[str, ...]] = ("sha256",)

    def __init__(self, definition: Definition, *args: Any, **options: Any) -> None:
        super().__init__(definition, *args, **options)
        link = self.url
        self.url = sheet_links.export_address(link) or link
        self.params = sheet_links.export_params(link, definition.endpoint.params)

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a spreadsheet: by its link alone, since the link itself shows a web page."""
        return 0.95 if sheet_links.export_address(url) else 0.0

    @classmethod
    def redirect_hosts(cls, definition: Definition) -> tuple[str, ...]:
        """Return the host of the document and the one that keeps its content."""
        return sheet_links.hosts(address_of(definition))

    @classmethod
    def place(cls, url: str) -> dict[str, Any]:
        """Return the link as it was shared: it names document and sheet."""
        return {"client": {"base_url": url}}

    def _ask(self, validators: Mapping[str, str]) -> Response:
        try:
            return super()._ask(validators)
        except AuthFailedError as err:
            raise self._sign_in(err.context.get("status")) from None
        except MovedError as err:
            if not str(err.context["host"]).startswith(SIGN_IN_HOSTS):
                raise
            raise self._sign_in() from None
        except UnexpectedContentError as err:
            if not err.context.get("web_page"):
                raise
            raise self._sign_in() from None

    def _sign_in(self, status: object = None) -> SignInRequiredError:
        return SignInRequiredError(url=self.client.redact(self.url), status=status)
