"""The JSON answers have the shapes of their families of systems, oddities included."""

from __future__ import annotations

import json

import pytest

from ckanext.jambi.demo_city.json_shapes import (
    Ask,
    CodeMessageItems,
    CodeMessageList,
    Hospital,
    LaravelPaginator,
    LaravelResource,
    Stations,
    StatusList,
)

ROWS = [(number,) for number in range(7)]
URL = "http://kota/izin/api"


def plain(row, turn):
    return {"n": row[0], "turn": turn}


def answer(shape, rows=ROWS, **params):
    return json.loads(shape.body(rows, Ask(URL, params)))


def test_laravels_paginator_is_nested_and_counts_from_one():
    found = answer(LaravelPaginator(plain), page="2", per_page="3")
    page = found["data"]
    assert found["status"] is True
    assert [entry["n"] for entry in page["data"]] == [3, 4, 5]
    assert (page["from"], page["to"], page["last_page"], page["total"]) == (4, 6, 3, 7)
    assert page["next_page_url"] == f"{URL}?page=3"


def test_the_last_page_is_repeated_for_ever():
    last, beyond = (answer(LaravelPaginator(plain), page=page, per_page="3") for page in ("3", "4"))
    assert last == beyond
    assert last["data"]["next_page_url"] is None


def test_pages_join_to_the_whole_list():
    pages = [answer(CodeMessageItems(plain), page=str(page), limit="2") for page in range(1, 5)]
    assert [entry["n"] for page in pages for entry in page["data"]["items"]] == list(range(7))
    assert pages[0]["data"]["totalData"] == "7"
    assert pages[0]["data"]["totalPage"] == 4


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "¹"])
def test_a_page_that_is_no_number_is_the_first(text):
    assert answer(LaravelPaginator(plain), page=text, per_page="3")["data"]["current_page"] == 1


def test_a_page_is_never_larger_than_a_thousand():
    found = answer(LaravelPaginator(plain), rows=[(1,)] * 1500, per_page="999999")
    assert len(found["data"]["data"]) == 1000


def test_an_api_resource_has_links_and_meta():
    found = answer(LaravelResource(plain), page="1", per_page="5")
    assert found["meta"]["last_page"] == 2
    assert found["links"] == {
        "first": f"{URL}?page=1",
        "last": f"{URL}?page=2",
        "prev": None,
        "next": f"{URL}?page=2",
    }


def test_plain_php_says_success_as_a_text_and_empties_to_a_text():
    assert answer(StatusList(plain))["success"] == "1"
    assert answer(StatusList(plain), rows=[])["result"] == ""


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        (CodeMessageList(plain), ("data",)),
        (Hospital(plain), ("response", "list")),
        (Stations(plain, head={"pos": "X"}, key="bacaan"), ("bacaan",)),
    ],
)
def test_lists_lie_where_their_system_puts_them(shape, path):
    found = answer(shape)
    for step in path:
        found = found[step]
    assert [entry["n"] for entry in found] == list(range(7))
