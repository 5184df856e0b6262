"""The badge as a picture (F42)."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from ckanext.jambi.freshness.badge import svg
from ckanext.jambi.freshness.rules.states import Look


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("look", Look)
def test_f42_badge_is_an_image_with_a_name_and_readable_ink(look: Look) -> None:
    drawn = svg(look, "Jatuh tempo", "Data & peta: <jatuh tempo>", "id")
    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own text
    assert root.get("role") == "img"
    assert root.findtext("{*}title") == "Data & peta: <jatuh tempo>"
    assert root.findtext("{*}text") == "Jatuh tempo"
    ground, ink = re.findall(r'fill="(#\w{6})"', drawn)[0], re.findall(r'stroke="(#\w{6})"', drawn)[0]
    light, dark = sorted((_luminance(ground), _luminance(ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_f42_each_look_has_a_shape_of_its_own() -> None:
    shapes = {re.sub(r"#\w{6}", "", re.search(r"<g .*</g>", svg(look, "x", "x", "id"))[0]) for look in Look}
    assert len(shapes) == len(Look)
