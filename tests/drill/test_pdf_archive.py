"""Reports on paper are PDF/A-2b by the judgement of veraPDF, which Maven fetches (F47).

.venv/bin/pytest -p no:ckan -p no:ckan_fixtures tests/drill/test_pdf_archive.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "freshness"))
from reports import late, report, step

from ckanext.jambi.freshness.reports import files

POM = Path(__file__).parent / "verapdf" / "pom.xml"
WHOLE = report(worst=[late(n) for n in range(10)], todo=[step(n) for n in range(8)])
ODD = report(organization_title="Dinas <Kesehatan> & جمبي", worst=[], todo=[], index=None, band=None)


@pytest.fixture(scope="module")
def verapdf(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the command that judges a file."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            pytest.skip(f"veraPDF needs {program}, which is not on this machine")
    classes = tmp_path_factory.mktemp("verapdf") / "classpath"
    fetch = ["mvn", "-q", "-B", "-f", str(POM), "dependency:build-classpath", f"-Dmdep.outputFile={classes}"]
    subprocess.run(fetch, check=True, timeout=600)
    return ["java", "-cp", classes.read_text(), "org.verapdf.apps.GreenfieldCliWrapper"]


@pytest.mark.parametrize("made", [WHOLE, ODD], ids=["whole", "odd"])
def test_f47_a_report_on_paper_is_pdf_a(verapdf: list[str], made: dict, tmp_path: Path) -> None:
    file = tmp_path / "laporan.pdf"
    file.write_bytes(files.written(made, "pdf"))
    judged = subprocess.run(
        [*verapdf, "-f", "2b", "--format", "text", str(file)], capture_output=True, text=True
    )
    assert judged.stdout.startswith("PASS"), judged.stdout + judged.stderr


def test_the_judge_refuses_what_is_no_pdf_a(verapdf: list[str], tmp_path: Path) -> None:
    file = tmp_path / "laporan.pdf"
    file.write_bytes(files.written(WHOLE, "pdf").replace(b"/OutputIntents", b"/OutputIntentz"))
    judged = subprocess.run(
        [*verapdf, "-f", "2b", "--format", "text", str(file)], capture_output=True, text=True
    )
    assert judged.stdout.startswith("FAIL"), judged.stdout + judged.stderr
