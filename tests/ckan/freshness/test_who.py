"""Who is told of what is due and late, on the pages of those whom it concerns (F44)."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi_notices jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
TOLD = (
    "Siapa diberi tahu lewat surel: produsen data dan walidata pendukung, sebelum data jatuh tempo dan saat "
    "terlambat; lalu, selama masih terlambat, kepala OPD, walidata, Sekda, Wakil Wali Kota."
)


def test_f44_the_page_of_an_opd_says_who_is_told_and_the_desk_at_which_addresses(
    app: Any, posts: None, city: Any
) -> None:
    name = model.Group.get(city.opd).name
    shown = BeautifulSoup(app.get(f"/organization/{name}").body, "html.parser")
    assert TOLD in shown.main.text
    assert "example.go.id" not in shown.select_one("section:has(#wajib)").text
    headers = {"Authorization": factories.APIToken(user=city.editor["user"])["token"]}
    desk = BeautifulSoup(app.get("/freshness/desk", headers=headers).body, "html.parser")
    reached = desk.select_one("section[aria-labelledby=surel]").text
    assert f"kepala OPD (kepala-{name}@example.go.id)" in reached
    assert "Sekda (sekda@example.go.id); Wakil Wali Kota (wakil-wali-kota@example.go.id)" in reached
    assert "setiap akun dengan peran editor di OPD" in reached


def test_f44_without_posts_nobody_is_told(app: Any, city: Any) -> None:
    shown = BeautifulSoup(app.get(f"/organization/{model.Group.get(city.opd).name}").body, "html.parser")
    assert "Siapa diberi tahu" not in shown.main.text
