"""The posts as a file, and what is said of a bad one (F29, F44)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.jambi.freshness.ladder.posts import Channel, Posts, Seat
from ckanext.jambi.freshness.rules.ladder import Post

FILE = Path(__file__).parents[3] / "config" / "posts.yaml"


def shipped() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text("utf-8"))


def test_f44_the_posts_of_the_demonstration_are_sound() -> None:
    found = Posts.read(shipped())
    assert {*found.roles, *found.addresses} == set(Post)
    assert found.address(Post.HEAD, "dinkes") == "kepala-dinkes@example.go.id"
    assert found.address(Post.STEWARD, "dinkes") is None
    assert all(address.endswith("@example.go.id") for address in found.addresses.values())
    assert found.panel == (Seat("inspektorat", "admin"), Seat("setda-bagian-hukum", "admin"))


def test_f29_posts_need_no_panel() -> None:
    body = shipped()
    del body["panel"]
    assert Posts.read(body).panel == ()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("sekda", None, "`sekda` must be a mapping"),
        ("sekda", {}, "`sekda` needs either `role` or `address`"),
        ("sekda", {"role": "admin", "address": "a@example.go.id"}, "either `role` or `address`"),
        ("sekda", {"name": "Budi"}, "either `role` or `address`"),
        ("sekda", {"address": "sekda"}, "no e-mail address of an office"),
        ("sekda", {"address": "budi@gmail.com"}, "no e-mail address of an office"),
        ("sekda", {"address": "a@b.go.id, c@d.go.id"}, "no e-mail address of an office"),
        ("sekda", {"address": ["a@b.go.id"]}, "no e-mail address of an office"),
        ("head", {"address": "{name}@example.go.id "}, "no e-mail address of an office"),
        ("steward", {"role": "boss"}, "one of admin, editor, member, not 'boss'"),
        ("inspectorate", {"address": "a@b.go.id", "channels": ["secret:CHAT"]}, "needs `address` alone"),
        ("sekda", {"channels": ["secret:CHAT"]}, "needs either `role` or `address`"),
        ("camat", {"role": "admin"}, "Nobody knows `camat`"),
    ],
)
def test_f44_what_is_wrong_with_a_post_is_told(name: str, value: object, told: str) -> None:
    body = shipped()
    body["posts"][name] = value
    with pytest.raises(ValueError, match=told):
        Posts.read(body)


def test_f45_a_post_may_have_channels_by_the_names_of_secrets() -> None:
    body = shipped()
    body["posts"]["head"]["channels"] = ["secret:CHAT_KEPALA"]
    body["posts"]["sekda"]["channels"] = ["secret:setda/CHAT_SEKDA", "secret:setda/TELEGRAM"]
    found = Posts.read(body)
    assert found.channels[Post.HEAD] == (Channel(None, "CHAT_KEPALA"),)
    assert found.channels[Post.SEKDA] == (Channel("setda", "CHAT_SEKDA"), Channel("setda", "TELEGRAM"))
    assert found.organizations == {"inspektorat", "setda-bagian-hukum", "setda"}
    assert found.address(Post.HEAD, "dinkes") == "kepala-dinkes@example.go.id"


@pytest.mark.parametrize(
    "channels",
    [
        "secret:CHAT",
        ["tgram://123456789:kanari/12315544"],
        ["secret:kecil"],
        ["secret:a/b/CHAT"],
        ["secret:CHAT", "secret:CHAT"],
        [{"secret": "CHAT"}],
        [3],
    ],
)
def test_f45_what_is_wrong_with_a_channel_is_told_without_it(channels: object) -> None:
    body = shipped()
    body["posts"]["sekda"]["channels"] = channels
    with pytest.raises(ValueError, match="an address itself belongs in the vault") as caught:
        Posts.read(body)
    assert "kanari" not in str(caught.value)


@pytest.mark.parametrize(
    ("panel", "told"),
    [
        ("inspektorat", "must be a list"),
        ([{"organization": "inspektorat"}], "needs `organization` and `role`"),
        ([{"organization": "inspektorat", "role": "boss"}], "one of admin"),
        ([{"organization": 3, "role": "admin"}], "needs `organization` and `role`"),
        ([{"organization": "inspektorat", "role": "admin"}] * 2, "twice"),
    ],
)
def test_f29_what_is_wrong_with_the_panel_is_told(panel: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Posts.read(shipped() | {"panel": panel})


def test_f44_no_post_may_be_missing() -> None:
    body = shipped()
    del body["posts"]["trustee"]
    with pytest.raises(ValueError, match="`trustee` is missing"):
        Posts.read(body)
    with pytest.raises(ValueError, match="Nobody knows `people`"):
        Posts.read(shipped() | {"people": []})
