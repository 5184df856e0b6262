"""The policy of the index: lags of schedules and weights of the score, as one version of a file (F5, F8).

The rolling thresholds of the same file are read by `thresholds.Policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from fractions import Fraction

from ckanext.jambi.freshness.rules import thresholds
from ckanext.jambi.freshness.rules.spans import SCHEDULED

MOST_DAYS, MOST_HOURS = 60, 48
"""How many days of availability a policy may look at, and how long a look at a linked file may hold."""


@dataclass(frozen=True, slots=True)
class Lag:
    """Working days after the period's end, then of grace; days from overdue to delinquent (section 2)."""

    lag: int
    grace: int
    delinquent_days: int


@dataclass(frozen=True, slots=True)
class Scoring:
    """The numbers of sections 5 and 6; shares are exact."""

    fresh: Fraction = Fraction(60, 100)
    quality: Fraction = Fraction(25, 100)
    available: Fraction = Fraction(15, 100)
    mean: Fraction = Fraction(80, 100)
    weakest: Fraction = Fraction(20, 100)
    weakest_share: Fraction = Fraction(10, 100)
    bands: tuple[int, int, int] = (90, 80, 60)
    trailing: timedelta = timedelta(days=365)
    availability: timedelta = timedelta(days=30)
    check_holds: timedelta = timedelta(hours=48)
    declared: Fraction = Fraction(50, 100)
    declared_in_a_row: int = 1
    nil_in_a_row: int = 3
    lenient_share: Fraction = Fraction(20, 100)


@dataclass(frozen=True, slots=True)
class Procedure:
    """How long things may take between an OPD and walidata, in working days but the first (section 7)."""

    exemption_days: int = 90
    appeal_days: int = 5
    decision_days: int = 10


@dataclass(frozen=True, slots=True)
class IndexPolicy:
    """One version of the policy."""

    version: str
    rolling: thresholds.Policy
    lags: Mapping[str, Lag]
    scoring: Scoring
    procedure: Procedure = Procedure()

    @classmethod
    def read(cls, body: Mapping[str, object]) -> IndexPolicy:
        """Read a policy file's mapping (`config/policy/v1.yaml`).

        Raises:
            ValueError: if a part is missing or does not add up.
            KeyError: if a number is missing.
        """
        scheduled, score = body["scheduled"], body["score"]
        if not isinstance(scheduled, Mapping) or not isinstance(score, Mapping):
            raise ValueError("A policy needs the mappings `scheduled` and `score`.")
        lags = {str(code): Lag(**row) for code, row in scheduled.items()}
        for code, each in lags.items():
            if not (0 <= each.lag <= 180 and 0 <= each.grace <= 180 and each.delinquent_days > 0):
                raise ValueError(f"The lags of {code} are out of range.")
        if missing := sorted(SCHEDULED - lags.keys()):
            raise ValueError(f"`scheduled` lacks {', '.join(missing)}.")
        stated = body.get("procedure", {})
        return cls(
            str(body["version"]), thresholds.Policy.read(body), lags, _scoring(score), _procedure(stated)
        )


def _procedure(stated: object) -> Procedure:
    """Read `procedure`; a policy that does not name a number, as version 1 does not, has the default."""
    if not isinstance(stated, Mapping) or not set(stated) <= {each.name for each in fields(Procedure)}:
        raise ValueError("`procedure` may name exemption_days, appeal_days and decision_days, no more.")
    found = Procedure(**{name: _whole(stated, name) for name in stated})
    if not (0 < found.exemption_days <= 90 and found.appeal_days and found.decision_days):
        raise ValueError("The days of `procedure` must be at least 1, and exemption_days at most 90.")
    return found


def _scoring(score: Mapping[str, object]) -> Scoring:
    parts, index = _shares(score["parts"]), _shares(score["index"])
    if sum(parts.values()) != 1 or index["mean"] + index["weakest"] != 1:
        raise ValueError("The parts of the score must add up to 100 percent.")
    if _whole(score, "availability_days") > MOST_DAYS or _whole(score, "check_holds_hours") > MOST_HOURS:
        raise ValueError(
            f"Availability is that of {MOST_DAYS} days at most, a look holds {MOST_HOURS} hours."
        )
    return Scoring(
        **parts,
        **index,
        bands=_bands(score["bands"]),
        trailing=timedelta(days=_whole(score, "trailing_days")),
        availability=timedelta(days=_whole(score, "availability_days")),
        check_holds=timedelta(hours=_whole(score, "check_holds_hours")),
        declared=Fraction(_whole(score, "declared_percent"), 100),
        declared_in_a_row=_whole(score, "declared_in_a_row"),
        nil_in_a_row=_whole(score, "nil_in_a_row"),
        lenient_share=Fraction(_whole(score, "lenient_share"), 100),
    )


def _shares(part: object) -> dict[str, Fraction]:
    if not isinstance(part, Mapping):
        raise ValueError(f"{part!r} must be a mapping of percents.")
    return {str(name): Fraction(int(percent), 100) for name, percent in part.items()}


def _whole(part: Mapping[str, object], name: str) -> int:
    number = part[name]
    if not isinstance(number, int) or number < 0:
        raise ValueError(f"{name} must be a whole number.")
    return number


def _bands(found: object) -> tuple[int, int, int]:
    if not isinstance(found, list) or len(found) != 3 or found != sorted(found, reverse=True):
        raise ValueError("A policy needs three bands, highest first.")
    return int(found[0]), int(found[1]), int(found[2])


V1 = IndexPolicy(
    version="1",
    rolling=thresholds.V1,
    lags={
        "harian": Lag(1, 1, 1),
        "mingguan": Lag(2, 2, 7),
        "bulanan": Lag(10, 3, 16),
        "triwulanan": Lag(15, 5, 30),
        "caturwulanan": Lag(20, 5, 27),
        "semesteran": Lag(30, 10, 30),
        "tahunan": Lag(60, 10, 30),
        "dua_tahunan": Lag(60, 10, 55),
        "lima_tahunan": Lag(90, 10, 55),
        "sepuluh_tahunan": Lag(180, 10, 55),
    },
    scoring=Scoring(),
)
