"""The stewards' pages of harvesting through CKAN's application: board, source, run, decision, form (HV26-HV30)."""

from __future__ import annotations

import copy
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from harvest_source import PLUGINS, count, member_of
from harvest_source import raw_definition as shared_definition

from ckanext.jambi.harvest import queue
from ckanext.jambi.harvest.model import quarantine

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_theme {PLUGINS}"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
WHY = "Sudah dipastikan kepada pengelola sistem."


class Reader:
    """A person at a browser without script."""

    def __init__(self, app: Any, name: str | None = None) -> None:
        self._app = app
        token = factories.APIToken(user=name)["token"] if name else None
        self._headers = {"Authorization": token} if token else {}

    def get(self, path: str, status: int = 200) -> BeautifulSoup:
        """Open a page."""
        return BeautifulSoup(self._app.get(path, status=status, headers=self._headers).body, "html.parser")

    def raw(self, path: str) -> Any:
        """Open a page and return the answer."""
        return self._app.get(path, headers=self._headers)

    def post(self, path: str, data: Any = (), status: int | None = None) -> Any:
        """Press a button."""
        options = {"status": status} if status else {}
        return self._app.post(path, data=dict(data), headers=self._headers, follow_redirects=False, **options)

    def press(self, page: BeautifulSoup, step: str, **typed: Any) -> Any:
        """Fill the form of a page as it stands, change some fields, press a button."""
        form = page.find("button", value=step).find_parent("form")
        return self.post(form["action"], filled(form) | {"step": step} | typed)


def filled(form: Any) -> dict[str, Any]:
    """Return what a browser would send of a form."""
    found: dict[str, Any] = {}
    for one in form.find_all(["input", "textarea", "select"]):
        name = one.get("name")
        if not name:
            continue
        if one.name == "select":
            chosen = [each["value"] for each in one.find_all("option", selected=True)]
            first = [] if one.has_attr("multiple") else [each["value"] for each in one.find_all("option")[:1]]
            found[name] = chosen or first
        elif one.get("type") == "checkbox":
            if one.has_attr("checked"):
                found.setdefault(name, []).append(one["value"])
        else:
            found[name] = one.text if one.name == "textarea" else one.get("value", "")
    return found


@pytest.fixture
def member(agency: dict[str, Any], allow_source: None) -> Any:
    """Return a function that makes a member of the agency."""

    def make(role: str) -> str:
        return member_of(agency["id"], role)

    return make


def definition(source: Any) -> dict[str, Any]:
    """Return a definition that a test may change."""
    return copy.deepcopy(shared_definition(source))


def _made(admin: str, source: Any) -> dict[str, Any]:
    return tk.get_action("jambi_source_update")(
        {"user": admin, "ignore_auth": False}, {"definition": definition(source)}
    )


def test_hv27_everyone_reads_the_board_without_definitions(app: Any, source: Any, apply_source: Any) -> None:
    source.csv(6)
    apply_source()
    page = Reader(app).get("/harvest-sources")
    row = page.find("tbody").find("tr")
    assert row.th.a["href"] == "/harvest-sources/uji-kunjungan"
    assert "Sehat" in row.text
    assert page.find("script") is None
    assert source.url not in page.text


def test_hv27_board_answers_under_its_indonesian_address_and_filters(
    app: Any, source: Any, apply_source: Any
) -> None:
    source.csv(6)
    apply_source()
    assert "uji-kunjungan" in str(Reader(app).get("/sumber-panen?organization=dinkes&health=sehat"))
    assert "uji-kunjungan" not in str(Reader(app).get("/sumber-panen?health=mati").find("tbody"))


def test_hv13_public_sees_status_and_stewards_see_runs_and_definition(
    app: Any, source: Any, member: Any, harvest: Any
) -> None:
    source.csv(6)
    admin = member("admin")
    harvest(_made(admin, source)["id"])
    public, steward = Reader(app), Reader(app, admin)
    path = "/harvest-sources/uji-kunjungan"
    assert "Berkas CSV" in public.get(path).text
    assert public.get(path).find(id="definisi") is None
    assert public.get(path).find(id="jalan") is None
    inside = steward.get(path)
    assert inside.find(id="definisi")
    assert "Berhasil" in inside.find(id="jalan").parent.text


def test_hv27_missing_source_is_a_page_that_says_so(app: Any, agency: Any) -> None:
    assert Reader(app).get("/harvest-sources/tidak-ada", 404).h1.text == "Halaman ini tidak ada"


def test_hv27_steward_starts_a_run_by_a_button(app: Any, source: Any, member: Any) -> None:
    _made(member("admin"), source)
    answer = Reader(app, member("editor")).post("/harvest-sources/uji-kunjungan/runs")
    assert "/harvest-sources/uji-kunjungan/runs/" in answer.headers["Location"]
    assert count("jambi_harvest_run", "trigger = 'manual'") == 1


def test_hv27_strangers_start_nothing(app: Any, source: Any, member: Any) -> None:
    _made(member("admin"), source)
    stranger = Reader(app, factories.User()["name"])
    stranger.post("/harvest-sources/uji-kunjungan/runs", status=403)
    assert count("jambi_harvest_run", "true") == 0


def test_hv12_admin_pauses_and_resumes_by_a_button(app: Any, source: Any, member: Any) -> None:
    admin = member("admin")
    _made(admin, source)
    reader = Reader(app, admin)
    reader.post("/harvest-sources/uji-kunjungan/state", {"state": "paused"})
    assert "Dijeda" in reader.get("/harvest-sources/uji-kunjungan").find(class_="jambi-state").text
    reader.post("/harvest-sources/uji-kunjungan/state", {"state": "active"})
    assert "Sehat" in reader.get("/harvest-sources/uji-kunjungan").find(class_="jambi-state").text


def test_hv28_run_that_waits_shows_its_place_and_renews_itself(app: Any, source: Any, member: Any) -> None:
    admin = member("admin")
    made = _made(admin, source)
    with model.meta.engine.begin() as connection:
        run_id = queue.enqueue(connection, made["id"], "manual")
    reader = Reader(app, admin)
    path = f"/harvest-sources/uji-kunjungan/runs/{run_id}"
    answer = reader.raw(path)
    assert int(answer.headers["Refresh"]) <= 2
    assert "urutan ke-1" in reader.get(path).text
    assert "Refresh" not in reader.raw(f"{path}?still").headers


def test_hv28_run_that_ended_shows_counts_and_stands_still(
    app: Any, source: Any, member: Any, harvest: Any
) -> None:
    source.csv(6)
    admin = member("admin")
    ended = harvest(_made(admin, source)["id"])
    path = f"/harvest-sources/uji-kunjungan/runs/{ended['id']}"
    reader = Reader(app, admin)
    assert "Refresh" not in reader.raw(path).headers
    assert "Berhasil" in reader.get(path).find(class_="jambi-state").text
    Reader(app, factories.User()["name"]).get(path, 403)


@pytest.fixture
def held(app: Any, source: Any, member: Any, harvest: Any) -> tuple[str, str]:
    """Return the name of an admin and the path of a decision about vanished rows."""
    source.csv(60)
    admin = member("admin")
    source_id = _made(admin, source)["id"]
    harvest(source_id)
    source.csv(5)
    raw = definition(source)
    raw["dataset"]["key_columns"] = ["puskesmas"]
    assert harvest(source_id)["state"] == "quarantined"
    with model.meta.engine.connect() as connection:
        found = connection.scalar(sa.select(quarantine.c.id).where(quarantine.c.state == "open"))
    return admin, f"/harvest-sources/uji-kunjungan/decisions/{found}"


def test_hv26_decision_page_says_what_would_change(app: Any, held: tuple[str, str]) -> None:
    admin, path = held
    page = Reader(app, admin).get(path)
    cells = [cell.text for cell in page.find(id="ubah").parent.find("tbody").find_all("td")]
    assert cells[-2:] == ["60", "5"]
    assert page.find("input", {"name": "change_hash"})["value"]


def test_hv26_note_that_is_too_short_is_refused_at_its_field_and_kept(
    app: Any, held: tuple[str, str]
) -> None:
    admin, path = held
    reader = Reader(app, admin)
    shown = reader.get(path).find("input", {"name": "change_hash"})["value"]
    answer = reader.post(path, {"decision": "approve", "change_hash": shown, "note": "ya"})
    page = BeautifulSoup(answer.body, "html.parser")
    assert page.find(id="note-e")
    assert page.find(id="note").text.strip() == "ya"


def test_hv26_approving_leads_to_the_run_that_applies_it(app: Any, held: tuple[str, str]) -> None:
    admin, path = held
    reader = Reader(app, admin)
    shown = reader.get(path).find("input", {"name": "change_hash"})["value"]
    answer = reader.post(path, {"decision": "approve", "change_hash": shown, "note": WHY})
    assert "/runs/" in answer.headers["Location"]
    assert "Disetujui" in reader.get(path).find(class_="jambi-state").text


def test_hv26_editors_read_but_do_not_decide(app: Any, held: tuple[str, str], member: Any) -> None:
    _, path = held
    reader = Reader(app, member("editor"))
    assert reader.get(path).find("button", value="approve") is None
    reader.post(path, {"decision": "reject", "change_hash": "x", "note": WHY}, status=403)


def test_hv30_steward_adds_a_source_from_its_address(app: Any, source: Any, member: Any) -> None:
    source.csv(6, "/kunjungan.csv")
    reader = Reader(app, member("admin"))
    start = reader.get("/harvest-sources/new")
    looked = BeautifulSoup(
        reader.press(start, "sniff", url=f"{source.url}/kunjungan.csv").body, "html.parser"
    )
    assert "Puskesmas 0" in looked.find(id="contoh").parent.text
    typed = {"dataset.fields.frekuensi": "bulanan", "dataset.title": "Kunjungan Puskesmas"}
    preview = BeautifulSoup(reader.press(looked, "preview", **typed).body, "html.parser")
    assert "Puskesmas 0" in preview.find(id="contoh").parent.text
    counted = BeautifulSoup(reader.press(preview, "dry_run").body, "html.parser")
    assert "6 baris" in counted.find(role="status").text
    assert count("jambi_harvest_source", "true") == 0
    saved = reader.press(counted, "save")
    assert "/harvest-sources/dinkes-kunjungan/runs/" in saved.headers["Location"]
    assert count("jambi_harvest_source", "origin = 'form'") == 1


def test_hv30_what_is_wrong_stands_at_its_field_in_indonesian_and_nothing_is_lost(
    app: Any, source: Any, member: Any
) -> None:
    source.csv(6, "/kunjungan.csv")
    reader = Reader(app, member("admin"))
    start = reader.get("/harvest-sources/new")
    looked = BeautifulSoup(
        reader.press(start, "sniff", url=f"{source.url}/kunjungan.csv").body, "html.parser"
    )
    typed = {
        "trigger.every": "sering sekali",
        "dataset.title": "Judul yang diketik",
        "guard.min_rows": "banyak",
    }
    answer = BeautifulSoup(reader.press(looked, "save", **typed).body, "html.parser")
    assert "wajib" in answer.find(id="dataset.fields.frekuensi-e").text
    assert answer.find(id="trigger.every-e")
    assert answer.find(id="guard.min_rows-e")
    assert answer.find(id="trigger.every")["value"] == "sering sekali"
    assert answer.find(id="dataset.title")["value"] == "Judul yang diketik"
    assert answer.find(id="trigger.every").find_parent("details").has_attr("open")


def test_hv30_wrong_guess_is_corrected_without_leaving_the_form(app: Any, source: Any, member: Any) -> None:
    source.csv(6, "/kunjungan.csv")
    reader = Reader(app, member("admin"))
    start = reader.get("/harvest-sources/new")
    looked = BeautifulSoup(
        reader.press(start, "sniff", url=f"{source.url}/kunjungan.csv").body, "html.parser"
    )
    typed = {"kind": "rest_api", "dataset.title": "Tetap"}
    other = BeautifulSoup(reader.press(looked, "look", **typed).body, "html.parser")
    assert other.find(id="kind").find("option", selected=True)["value"] == "rest_api"
    assert other.find(id="dataset.title")["value"] == "Tetap"
    back = BeautifulSoup(reader.press(other, "look", kind="csv").body, "html.parser")
    assert back.find("input", {"name": "column.0.name"})["value"] == "bulan"


def test_hv30_address_that_cannot_be_read_is_told_at_its_field(app: Any, source: Any, member: Any) -> None:
    reader = Reader(app, member("admin"))
    start = reader.get("/harvest-sources/new")
    answer = BeautifulSoup(reader.press(start, "sniff", url=f"{source.url}/tidak-ada").body, "html.parser")
    assert "404" in answer.find(id="url-e").text
    assert answer.find(id="url")["value"].endswith("/tidak-ada")


def test_hv30_experts_use_json_and_mistakes_in_it_are_told(app: Any, source: Any, member: Any) -> None:
    admin = member("admin")
    _made(admin, source)
    reader = Reader(app, admin)
    page = reader.get("/harvest-sources/uji-kunjungan/edit")
    broken = BeautifulSoup(reader.press(page, "raw", raw="{").body, "html.parser")
    assert broken.find(id="raw-e")
    taken = reader.press(page, "raw", raw='{"kind": "csv", "dataset": {"title": "Dari JSON"}}')
    assert BeautifulSoup(taken.body, "html.parser").find(id="dataset.title")["value"] == "Dari JSON"


def test_hv30_form_keeps_a_definition_as_it_is(app: Any, source: Any, member: Any) -> None:
    admin = member("admin")
    first = _made(admin, source)
    reader = Reader(app, admin)
    reader.press(reader.get("/harvest-sources/uji-kunjungan/edit"), "save")
    shown = tk.get_action("jambi_source_show")({"user": admin}, {"id": "uji-kunjungan"})
    assert shown["definition_hash"] == first["definition_hash"]


def test_hv30_only_admins_reach_the_form(app: Any, source: Any, member: Any, apply_source: Any) -> None:
    Reader(app, member("editor")).get("/harvest-sources/new", 403)
    Reader(app).get("/harvest-sources/new", 403)
    source.csv(6)
    apply_source()
    Reader(app, member("admin")).get("/harvest-sources/uji-kunjungan/edit", 403)


def test_hv30_schema_is_published(app: Any, agency: Any) -> None:
    shown = app.get("/schema/source.json").json
    assert shown["properties"]["kind"]["x-id"]["title"] == "Jenis"


def test_s32_data_of_a_system_that_was_switched_off_stays_as_a_labelled_archive(
    app: Any, source: Any, apply_source: Any, harvest: Any
) -> None:
    source.csv(5)
    source_id = apply_source()
    harvest(source_id)
    assert "Arsip:" not in Reader(app).get("/dataset/uji-kunjungan-data").main.text

    apply_source({**shared_definition(source), "state": "retired"})

    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_harvest_source SET next_due_at = now() - interval '1 day'"))
        assert queue.enqueue_due(connection) == 0
    [shown] = tk.get_action("jambi_source_list")({"user": ""}, {})
    assert shown["health"] == "pensiun"
    page = Reader(app).get("/dataset/uji-kunjungan-data")
    assert "Arsip: sistem asal data ini sudah dimatikan." in page.main.text
    assert len(page.main.find("table").tbody.find_all("tr")) == 5
    assert "sistemnya sudah dimatikan" in Reader(app).get("/harvest-sources/uji-kunjungan").main.text
