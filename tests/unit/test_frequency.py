"""Every spelling of a frequency (specification F8, F9)."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from importlib import resources

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi import frequency
from ckanext.jambi.frequency import FrequencyError, normalise, parse

VOCABULARY = yaml.safe_load(
    resources.files("ckanext.jambi.schemas").joinpath("vocabularies/frekuensi.yaml").read_text("utf-8")
)
CODES = {term["kode"]: term for term in VOCABULARY["kode"]}
PROPOSED = [(text, code) for code, texts in VOCABULARY["normalisasi_usulan"].items() for text in texts]
EU = re.findall(
    r"\S+",
    """1MIN 5MIN 10MIN 15MIN 30MIN HOURLY BIHOURLY TRIHOURLY 12HRS CONT UPDATE_CONT DAILY DAILY_2
    WEEKLY WEEKLY_2 WEEKLY_3 BIWEEKLY MONTHLY MONTHLY_2 MONTHLY_3 BIMONTHLY QUARTERLY
    ANNUAL ANNUAL_2 ANNUAL_3 BIENNIAL TRIENNIAL QUADRENNIAL QUINQUENNIAL DECENNIAL
    BIDECENNIAL TRIDECENNIAL IRREG AS_NEEDED NEVER NOT_PLANNED OP_DATPRO OTHER UNKNOWN""",
)


@pytest.mark.parametrize("entry", VOCABULARY["normalisasi_korpus"], ids=lambda entry: entry["teks"])
def test_f08_spelling_of_the_corpus_is_read(entry: dict[str, str]) -> None:
    assert parse(entry["teks"]).code == entry["kode"]


@pytest.mark.parametrize(("text", "code"), PROPOSED)
def test_f08_proposed_spelling_is_read(text: str, code: str) -> None:
    assert parse(text).code == code
    assert parse(f'  "{text.swapcase()}" ').code == code


@pytest.mark.parametrize("entry", VOCABULARY["tak_terpetakan_korpus"], ids=lambda entry: str(entry["teks"]))
def test_f08_unmapped_spelling_of_the_corpus_stays_unknown(entry: dict[str, str]) -> None:
    assert normalise(entry["teks"]).code == "tidak_diketahui"


@pytest.mark.parametrize("code", CODES)
def test_f08_code_gives_its_duration_and_eu_uri(code: str) -> None:
    read = parse(code)
    assert (read.code, read.iso8601) == (code, CODES[code]["iso8601"])
    assert read.eu_uri == VOCABULARY["uri_dasar"] + CODES[code]["ue"]


@pytest.mark.parametrize("name", EU)
def test_f08_eu_code_and_uri_are_kept(name: str) -> None:
    read = parse(name)
    assert read.eu_uri == frequency.EU_BASE + name
    assert parse(read.eu_uri) == parse(read.eu_uri.replace("http:", "https:")) == read


@pytest.mark.parametrize("name", EU)
def test_f08_eu_to_iso_to_dcat_loses_no_interval(name: str) -> None:
    read = parse(name)
    if read.iso8601:
        assert parse(read.iso8601).interval == parse(read.dcat or "").interval == read.interval
        assert parse(read.iso8601).code == read.code
    else:
        assert read.interval is None


@pytest.mark.parametrize("name", [name for name in EU if name not in {"HOURLY", "12HRS", "CONT"}])
def test_f08_iso_leads_back_to_the_eu_code(name: str) -> None:
    read = parse(name)
    if read.iso8601:
        assert parse(read.iso8601).eu_uri == read.eu_uri


@pytest.mark.parametrize(
    ("text", "code", "nominal"),
    [
        ("P1Y", "tahunan", timedelta(days=365)),
        ("R/P12M", "tahunan", timedelta(days=365)),
        ("R5/P1M", "bulanan", timedelta(days=30)),
        ("p7d", "mingguan", timedelta(days=7)),
        ("PT24H", "harian", timedelta(days=1)),
        ("R/P0,25Y", "triwulanan", timedelta(days=90)),
        ("P1.5M", "tidak_diketahui", timedelta(days=45)),
        ("P1Y6M", "tidak_diketahui", timedelta(days=545)),
        ("PT15M", "tidak_diketahui", timedelta(minutes=15)),
        ("P30D", "tidak_diketahui", timedelta(days=30)),
        ("P2W", "tidak_diketahui", timedelta(days=14)),
        ("2 kali seminggu", "tidak_diketahui", timedelta(days=3.5)),
        ("3x sebulan", "tidak_diketahui", timedelta(days=10)),
        ("2 kali setahun", "semesteran", timedelta(days=180)),
        ("empat kali sehari", "tidak_diketahui", timedelta(hours=6)),
        ("setiap 2 minggu", "tidak_diketahui", timedelta(days=14)),
        ("20 Tahun Sekali", "tidak_diketahui", timedelta(days=7300)),
    ],
)
def test_f07_interval_is_exact_and_never_rounded(text: str, code: str, nominal: timedelta) -> None:
    read = parse(text)
    assert read.interval is not None
    assert (read.code, read.interval.nominal) == (code, nominal)


NONE = ["P", "PT", "P1YT", "R/", "P0D", "PT0S", "P0Y0M", "-P1D", "P-1D", "R/-P1D", "P101Y", "P999999999Y"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "''",
        *NONE,
        "2",
        "30",
        "-1",
        "P1H",
        "Periode",
        "Tidak didifinisikan",
        "4 bulan lalu",
        "1 kali",
        "0 kali sehari",
    ],
)
def test_f08_no_frequency_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(FrequencyError) as caught:
        parse(text)
    assert caught.value.reason in str(caught.value)


@pytest.mark.parametrize(
    ("days", "code"),
    [
        *((-2, "insidental"), (-1, "sekali"), (0, "realtime"), (1, "harian"), (7, "mingguan")),
        *((30, "bulanan"), (90, "triwulanan"), (120, "caturwulanan"), (180, "semesteran")),
        *((365, "tahunan"), (730, "dua_tahunan")),
    ],
)
def test_f09_hdx_day_count_is_read(days: int, code: str) -> None:
    assert parse(days).code == code


def test_f09_other_hdx_counts_are_exact_days_or_refused() -> None:
    assert parse(14).interval == parse("P14D").interval
    assert parse(60).interval == parse("P2M").interval
    with pytest.raises(FrequencyError, match="HDX"):
        parse(-3)


def test_f08_biannual_is_twice_a_year_and_biennial_every_second_year() -> None:
    assert parse("biannually").code == "semesteran"
    assert parse("biennially").code == "dua_tahunan"


def test_f08_dcat_thirds_are_the_eu_thirds() -> None:
    assert parse("R/P0.33M") == parse("MONTHLY_3")
    assert parse("R/P0.33W") == parse("WEEKLY_3")


def test_f08_unknown_is_a_code_of_its_own() -> None:
    assert parse("tidak_diketahui") == parse("UNKNOWN") == normalise(None) == frequency.unknown()


@given(st.one_of(st.text(max_size=40), st.from_regex(r"R?\d?/?P[0-9YMWDTHS.,]{0,12}", fullmatch=True)))
def test_f08_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    read = normalise(text)
    assert read.code in CODES
    assert read.interval is None or timedelta(seconds=1) <= read.interval.nominal <= frequency.LONGEST


@given(
    st.integers(0, 40),
    st.integers(0, 30),
    st.integers(0, 60),
    st.integers(0, 200),
    st.integers(0, 48),
    st.integers(1, 59),
)
def test_f08_every_duration_survives_its_iso_form(
    y: int, m: int, w: int, d: int, h: int, minutes: int
) -> None:
    read = parse(f"R/P{y}Y{m}M{w}W{d}DT{h}H{minutes}M")
    assert read.iso8601 is not None
    assert parse(read.iso8601).interval == read.interval


def test_f37_module_runs_without_ckan() -> None:
    probe = (
        "import sys; from ckanext.jambi.frequency import parse; parse('bln'); sys.exit('ckan' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)
