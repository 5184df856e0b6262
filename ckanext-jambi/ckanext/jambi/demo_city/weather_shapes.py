"""The forecast as BMKG answers: one call a kelurahan, steps in lists of lists, instants without zone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from .content import Row
from .dress import UTC
from .json_shapes import Ask, Entry, JsonShape, RefusedError
from .places import VILLAGES, Village

NO_DATA = {"statusCode": 404, "message": "Data not found", "error": "Not Found"}
VILLAGE_CODE = 3
VALID_AT = 6

_VILLAGE_OF = {village.code: village for village in VILLAGES}


@dataclass(frozen=True)
class Forecasts(JsonShape):
    """The forecast of the kelurahan that `adm4` names; without it, of the first one."""

    page_params: tuple[str, ...] = ("adm4",)

    def document(self, rows: list[Row], ask: Ask) -> Any:
        """Return the forecast of one kelurahan.

        Raises:
            RefusedError: 404 for a code that has no forecast.
        """
        wanted = ask.params.get("adm4", VILLAGES[0].code)
        steps = [(turn, row) for turn, row in enumerate(rows) if row[VILLAGE_CODE] == wanted]
        if not steps:
            raise RefusedError(404, NO_DATA)
        days = groupby(steps, lambda step: step[1][VALID_AT].date())
        weather = [[self.dress(row, turn) for turn, row in day] for _, day in days]
        data = [{"lokasi": {"adm4": wanted, "type": "adm4"}, "cuaca": weather}]
        return {"lokasi": _place(_VILLAGE_OF[wanted]), "data": data}


def instants(issued: Any, valid: Any) -> Entry:
    """Return the four instants of a step: three of validity, and when the forecast was made (UTC)."""
    return {
        "datetime": f"{valid.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "utc_datetime": f"{valid.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "local_datetime": f"{valid:%Y-%m-%d %H:%M:%S}",
        "analysis_date": f"{issued.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
    }


def _place(village: Village) -> Entry:
    return {
        **{f"adm{level}": ".".join(village.code.split(".")[:level]) for level in range(1, 5)},
        "provinsi": "Jambi",
        "kotkab": "Kota Jambi",
        "kecamatan": village.district.name,
        "desa": village.name,
        "lon": village.longitude,
        "lat": village.latitude,
        "timezone": "Asia/Jakarta",
    }
