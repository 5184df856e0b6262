"""Posts in force, notices by the clock, each step once (F29, F34, F44, F45)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ckan import model
from ckan.tests import factories
from click.testing import CliRunner
from daftar import CONFIG

from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.ladder import adopted
from ckanext.jambi.freshness.promises import adopting
from ckanext.jambi.freshness.rules.ladder import Post

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
FILE = CONFIG / "posts.yaml"


def test_f29_posts_need_the_organizations_of_their_panel() -> None:
    with pytest.raises(adopting.RuleError, match="names 'inspektorat'"):
        adopting.adopt(FILE)
    assert adopted.in_force() is None


@pytest.fixture
def posts() -> None:
    """Put the posts of the demonstration in force."""
    for name in ("inspektorat", "setda-bagian-hukum"):
        factories.Organization(name=name)
    adopting.adopt(FILE)
    model.Session.commit()


def test_f34_posts_are_adopted_like_a_policy_and_no_address_enters_the_log(
    posts: None, portal_at: Any, tmp_path: Path
) -> None:
    first = adopted.in_force()
    assert first is not None
    assert adopting.adopt(FILE) is None
    assert b"@" not in b"".join(ledger.export())
    changed = tmp_path / "posts.yaml"
    body = yaml.safe_load(FILE.read_text("utf-8"))
    body["posts"]["sekda"] = {"address": "sekretaris@example.go.id"}
    changed.write_text(yaml.safe_dump(body), "utf-8")
    with pytest.raises(adopting.RuleError, match="new version"):
        adopting.adopt(changed)
    portal_at(3)
    changed.write_text(yaml.safe_dump(body | {"version": 2}), "utf-8")
    run = CliRunner().invoke(freshness, ["adopt", str(changed)])
    assert (run.exit_code, run.output) == (0, "In force: posts 2\n")
    now = adopted.in_force()
    assert now is not None
    assert now.begun_at == first.begun_at
    assert now.posts.address(Post.SEKDA, "dinkes") == "sekretaris@example.go.id"
