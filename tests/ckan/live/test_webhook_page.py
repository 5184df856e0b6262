"""The page on which a person keeps webhooks."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from harvest_source import PLUGINS

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_theme jambi_live {PLUGINS}"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
ADDRESS = "https://aplikasi.example.id/kait"


class Person:
    """Somebody who is logged in, at a browser without script."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.name = factories.User()["name"]
        self.headers = {"Authorization": factories.APIToken(user=self.name)["token"]}

    def open(self) -> BeautifulSoup:
        """Open the page."""
        return BeautifulSoup(self._app.get("/webhooks", headers=self.headers).body, "html.parser").main

    def send(self, path: str, **typed: Any) -> BeautifulSoup:
        """Send a form."""
        answer = self._app.post(path, data=typed, headers=self.headers)
        return BeautifulSoup(answer.body, "html.parser").main

    def hooks(self) -> list[dict[str, Any]]:
        """Return what the API lists."""
        user = model.User.get(self.name)
        return tk.get_action("jambi_webhook_list")({"user": self.name, "auth_user_obj": user}, {})


def test_strangers_have_no_page(app: Any) -> None:
    app.get("/webhooks", status=403)
    app.post("/webhooks", data={"url": ADDRESS}, status=403)


def test_webhook_is_made_with_a_secret_that_is_shown_once(app: Any) -> None:
    person = Person(app)
    assert "Anda belum punya webhook." in person.open().text

    made = person.send("/webhooks", url=ADDRESS, kind=["rows.changed", "source.down"])

    secret = made.find("code").text
    assert len(secret) == 64
    page = person.open()
    assert ADDRESS in page.text
    assert secret not in page.text
    [hook] = person.hooks()
    assert hook["filters"] == {"kind": ["rows.changed", "source.down"]}


def test_wrong_input_stands_at_its_field_and_is_kept(app: Any) -> None:
    person = Person(app)

    page = person.send("/webhooks", url="http://127.0.0.1/x", kind=["rows.changed"], organization="dinkes")

    assert page.find(id="url")["value"] == "http://127.0.0.1/x"
    assert page.find(id="url-e")
    assert page.find("input", value="rows.changed").has_attr("checked")
    assert person.hooks() == []


def test_dead_letters_are_sent_again_and_a_webhook_is_deleted(app: Any) -> None:
    person, other = Person(app), Person(app)
    person.send("/webhooks", url=ADDRESS)
    [hook] = person.hooks()
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO jambi_webhook_delivery (id, webhook_id, event_id, kind, state, ended_at)"
                " VALUES ('d1', :hook, 1, 'rows.changed', 'dead', now())"
            ),
            {"hook": hook["id"]},
        )
    assert "1 tidak sampai" in person.open().text

    person.send(f"/webhooks/{hook['id']}/redeliver")
    assert person.hooks()[0]["deliveries"] == {"waiting": 1}

    app.post(f"/webhooks/{hook['id']}/delete", headers=other.headers, status=403)
    person.send(f"/webhooks/{hook['id']}/delete")
    assert person.hooks() == []
