"""`ckan jambi search` (SR10)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.jambi.search.cli import search

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_search jambi"),
    pytest.mark.ckan_config("ckan.auth.create_unowned_dataset", "true"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "with_request_context"),
]


def test_sr10_check_is_silent_about_a_true_index(cli) -> None:
    factories.Dataset()
    result = cli.invoke(search, ["check"])
    assert result.exit_code == 0, result.output
    assert "true to the datasets" in result.output


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM jambi_search_doc", "missing"),
        ('UPDATE jambi_search_doc SET keys = keys || \'{"tags": ["x"]}\'', "keys"),
        ("UPDATE jambi_search_doc SET id = 'gone'", "no such dataset"),
        ("UPDATE jambi_search_narrow SET whole = ''", "words"),
        ("UPDATE jambi_search_narrow SET modified = now()", "dates"),
        ("UPDATE jambi_search_narrow SET fids = '{}'", "counted values"),
        ("INSERT INTO jambi_search_facet_delta VALUES (1, 0, 5)", "counters"),
        ("UPDATE jambi_search_doc SET data_dict = '{}'", "payloads"),
    ],
)
def test_sr10_check_names_every_kind_of_drift_and_rebuild_mends_it(cli, damage: str, said: str) -> None:
    factories.Dataset(tags=[{"name": "peta"}])
    model.Session.execute(sa.text(damage.replace(":", "\\:")))
    model.Session.commit()
    result = cli.invoke(search, ["check"])
    assert result.exit_code == 1
    assert said in result.output
    assert cli.invoke(search, ["rebuild"]).exit_code == 0
    assert "true to the datasets" in cli.invoke(search, ["check"]).output


def test_sr10_check_takes_no_score_that_fell_since_its_evidence_for_drift(cli) -> None:
    factories.Dataset()
    aged = """UPDATE jambi_search_doc SET keys = keys || '{"jambi_score": ["080.0"]}'"""
    model.Session.execute(sa.text(aged.replace(":", "\\:")))
    model.Session.commit()
    assert "true to the datasets" in cli.invoke(search, ["check"]).output


def test_sr10_explain_shows_reading_plan_and_hits(cli) -> None:
    factories.Dataset(name="sungai", title="Tinggi sungai")
    result = cli.invoke(search, ["explain", "sungai OR danau -laut", "--fq", "tags:*"])
    assert result.exit_code == 0, result.output
    for part in ("Read as:", "Ranked by:", "Plan:", "Execution Time", "Hits: 0"):
        assert part in result.output
    assert "sungai" in cli.invoke(search, ["explain", "title:sungai"]).output


def test_sr10_explain_of_nonsense_says_why(cli) -> None:
    result = cli.invoke(search, ["explain", "a:b:c"])
    assert result.exit_code == 1
    assert "Cannot parse" in result.output


def test_sr10_stats_counts_every_table(cli) -> None:
    factories.Dataset()
    result = cli.invoke(search, ["stats"])
    assert "jambi_search_doc: 1 rows" in result.output


def test_sr10_in_solr_mode_the_commands_say_so(cli, ckan_config) -> None:
    ckan_config["ckanext.jambi.search.engine"] = "solr"
    result = cli.invoke(search, ["stats"])
    assert result.exit_code == 1
    assert "search-index" in result.output
