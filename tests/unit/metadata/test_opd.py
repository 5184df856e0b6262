from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.jambi.metadata import opd, requirements, vocabularies
from ckanext.jambi.metadata.areas import area


@pytest.fixture
def other_list(tmp_path: Path):
    path = tmp_path / "opd.yaml"
    path.write_text(
        "versi: 1\nopd:\n  - {slug: dinas-lain, nama: Dinas Lain Kota Jambi, singkatan: DL, jenis: dinas}\n"
    )
    opd.use(path)
    yield
    opd.use(None)


def test_list_has_45_agencies_a_company_and_the_role_organization() -> None:
    kinds = [agency.kind for agency in opd.agencies()]

    assert len(kinds) == 47
    assert kinds.count("bumd") == kinds.count("peran") == 1
    assert sum(agency.ranked for agency in opd.agencies()) == 45


def test_list_is_consistent() -> None:
    slugs = {agency.slug for agency in opd.agencies()}

    assert len(slugs) == len(opd.agencies())
    assert len({agency.abbreviation for agency in opd.agencies()}) == len(slugs)
    for agency in opd.agencies():
        assert vocabularies.term("jenis_opd", agency.kind)
        assert agency.facts.get("induk") in {None, *slugs}
        assert all(vocabularies.term("urusan", code) for code in agency.facts.get("urusan", ()))
        assert "kode_wilayah" not in agency.facts or area(agency.facts["kode_wilayah"])


def test_m7_list_keeps_how_sure_each_name_is() -> None:
    assert all(agency.facts["keyakinan"] for agency in opd.agencies())


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Dinas Kesehatan", "dinkes"),
        ("DINAS KESEHATAN KOTA JAMBI", "dinkes"),
        ("Dinas Pekerjaan Umum & Penataan Ruang", "dpupr"),
        ("PDAM Kota Jambi", "perumdam-tirta-mayang"),
        ("kec-jelutung", "kec-jelutung"),
        ("Bag. Hukum", "setda-bagian-hukum"),
        ("DPKP", None),
        ("BKD", None),
        ("RSUD Kota Jambi", None),
        ("Dinas Antariksa", None),
        ("", None),
    ],
)
def test_name_means_one_agency_or_none(text: str, slug: str | None) -> None:
    assert opd.opd_slug(text) == slug


def test_deployment_may_name_a_list_of_its_own(other_list: None) -> None:
    assert [agency.slug for agency in opd.agencies()] == ["dinas-lain"]
    assert opd.opd_slug("Dinas Lain") == "dinas-lain"
    assert opd.opd_slug("Dinas Kesehatan") is None


def test_m7_each_gap_of_the_list_is_named() -> None:
    agency = {
        "name": "dinkes",
        "title": "Dinas Kesehatan",
        "singkatan": "Dinkes",
        "jenis_opd": "dinas",
        "urusan": ["1.02"],
    }

    assert {gap.field for gap in requirements.gaps(agency, "organization")} == {
        "kepala_jabatan",
        "walidata_pendukung_jabatan",
        "surel",
        "telepon_kantor",
        "alamat_kantor",
        "dasar_hukum",
        "berlaku_mulai",
    }
