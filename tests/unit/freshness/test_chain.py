"""The hash chain: canonical payloads and the check of an export (F31, F34, F35)."""

from __future__ import annotations

import hashlib
import io
import json

import flips
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi import chain as portal_chain
from ckanext.jambi.freshness.rules import chain

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), TEXTS)
VALUES = st.recursive(
    SCALARS, lambda each: st.one_of(st.lists(each, max_size=4), st.dictionaries(TEXTS, each, max_size=4))
)


def _log(rows: int) -> list[bytes]:
    lines, previous = [], chain.GENESIS
    for seq in range(1, rows + 1):
        payload = chain.canonical({"seq": seq, "kind": "upload", "detail": {"berkas": f"é{seq}"}})
        previous = chain.link(previous, payload)
        lines.append(chain.line(previous, payload))
    return lines


def test_f31_first_link_starts_from_the_name_of_the_log() -> None:
    payload = b'{"seq":1}'
    start = hashlib.sha256(b"jambi-freshness-log/1").digest()
    assert chain.link(chain.GENESIS, payload) == hashlib.sha256(start + payload).digest()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
        (
            {"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "\r": 4, "1": 5},
            '{"\\r":4,"1":5,"\u20ac":3,"\U0001f600":2,"\ufb33":1}',
        ),
        (['\u0007\u000f\n\t"\\/\u007f\u2028'], '["\\u0007\\u000f\\n\\t\\"\\\\/\u007f\u2028"]'),
        ([True, False, -5, 0], "[true,false,-5,0]"),
    ],
)
def test_f31_canonical_json_of_rfc_8785(value: object, text: str) -> None:
    assert chain.canonical(value).decode("utf-8") == text


@pytest.mark.parametrize("value", [1.5, 2**53, "\ud800", "a\0b", {1: 2}, {"a": b"x"}, {1, 2}, float("nan")])
def test_f31_value_without_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(chain.PayloadError):
        chain.canonical(value)


@given(VALUES)
def test_f31_canonical_json_means_the_same_and_is_stable(value: object) -> None:
    written = chain.canonical(value)
    assert json.loads(written) == value
    assert chain.canonical(json.loads(written)) == written


def test_f35_sound_log_passes_with_its_last_hash_as_root() -> None:
    lines = _log(5)
    found = chain.verify(lines)
    assert (found.ok, found.rows, found.first_seq, found.last_seq) == (True, 5, 1, 5)
    assert found.root == lines[-1][:64].decode()
    assert chain.verify([]) == chain.Check(0, None, None, None, ())


def test_f35_any_single_flipped_bit_names_its_row() -> None:
    whole = b"".join(_log(4))
    starts = [0]
    for each in _log(4):
        starts.append(starts[-1] + len(each))
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << (bit % 8)
        row = sum(start <= bit // 8 for start in starts[1:]) + 1
        found = chain.verify(io.BytesIO(bytes(damaged)))
        assert not found.ok
        assert found.errors[0].seq == row


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_f35_missing_row_is_named(gone: int) -> None:
    lines = _log(4)
    del lines[gone]
    assert chain.verify(lines).errors[0].seq == gone + 1


def test_f35_swapped_and_added_rows_are_named() -> None:
    lines = _log(4)
    assert chain.verify([lines[0], lines[2], lines[1], lines[3]]).errors[0].seq == 2
    assert chain.verify([*lines, lines[3]]).errors[0].seq == 5


@given(st.lists(st.binary(max_size=120), max_size=4))
def test_f38_any_bytes_are_checked_without_breaking(lines: list[bytes]) -> None:
    assert chain.verify(lines).ok is (not lines)


def test_f35_forged_row_with_a_wrong_number_is_named() -> None:
    payload = chain.canonical({"seq": 2})
    forged = chain.line(chain.link(chain.GENESIS, payload), payload)
    assert "missing or out of place" in chain.verify([forged]).errors[0].error


@pytest.mark.parametrize(
    "payload",
    [
        b'{"seq": 1}',
        b'{"z":1,"seq":1}',
        b'{"seq":1,"seq":1}',
        b'{"seq":1.0}',
        b'{"seq":1,"x":1e2}',
        b'{"seq":1,"x":NaN}',
        b'{"seq":1,"x":-0}',
        b'{"seq":1,"x":9007199254740992}',
        b'{"seq":1,"x":"\\u0000"}',
        b'{"seq":1,"x":"\\u00e9"}',
        b'{"seq":1,"x":"\\ud800"}',
        '{"\U0001f600":1,"\ufb33":2,"seq":1}'.encode(),
        b'{"seq":1,"x":"\xff"}',
        b"[1]",
        b"1" * 5000,
        b"[" * 100_000,
    ],
)
def test_f31_rightly_chained_payload_that_is_not_canonical_is_damage(payload: bytes) -> None:
    forged = chain.line(chain.link(chain.GENESIS, payload), payload)
    assert chain.verify([forged]).errors == (chain.Damage(1, "the payload is no canonical JSON"),)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_f31_every_canonical_payload_verifies(value: dict[str, object]) -> None:
    payload = chain.canonical(value | {"seq": 1})
    assert chain.verify([chain.line(chain.link(chain.GENESIS, payload), payload)]).ok


def test_f35_any_flipped_bit_names_its_row() -> None:
    assert flips.wrongly_named(flips.log(300), 200, seed=1) == []


def test_f35_flipped_bit_is_named_when_the_log_is_read_from_its_first_row() -> None:
    lines = flips.log(60)
    for at in range(0, 60, 7):
        damaged = bytearray(lines[at])
        damaged[at + 1] ^= 1
        found = chain.verify([*lines[:at], bytes(damaged), *lines[at + 1 :]])
        assert [each.seq for each in found.errors] == [at + 1]
        assert found.rows == at


def test_f35_part_of_a_log_is_checked_from_the_hash_before_it() -> None:
    lines = flips.log(9)
    before = bytes.fromhex(lines[3][:64].decode())

    found = chain.verify(lines[4:], before, 5)

    assert (found.ok, found.rows, found.first_seq, found.last_seq) == (True, 5, 5, 9)
    assert [each.seq for each in chain.verify(lines[5:], before, 5).errors] == [5]


SOUND = ({"detail": {"berkas": "a"}, "kind": "upload", "n": 1}, {"detail": {}, "kind": "upload", "n": -5})


def _after_sound_rows(payload: bytes) -> chain.Check:
    """Check a log whose third row holds a payload as it is; its hash follows, as a forger would see to."""
    rows = [chain.canonical({**each, "seq": seq}) for seq, each in enumerate(SOUND, 1)]
    lines, previous = [], chain.GENESIS
    for each in (*rows, payload):
        previous = chain.link(previous, each)
        lines.append(chain.line(previous, each))
    return chain.verify(lines)


@pytest.mark.parametrize(
    "payload",
    [
        '{"detail":{},"kind":"upload", "n":1,"seq":3}',
        '{"detail":{ },"kind":"upload","n":1,"seq":3}',
        '{"detail":{},"kind":"upload","n":1.5,"seq":3}',
        '{"detail":{},"kind":"upload","n":-0,"seq":3}',
        '{"detail":{},"kind":"upload","n":01,"seq":3}',
        '{"detail":{},"kind":"upload","n":9007199254740992,"seq":3}',
        '{"detail":{},"kind":"\\u0075pload","n":1,"seq":3}',
        '{"detail":{},"kind":"a\x7f\x00b","n":1,"seq":3}',
        '{"detail":{},"kind":"upload","n":1,"seq":03}',
        '{"detail":{},"kind":"upload","n":1,"seq":3,"seq":3}',
        '{"kind":"upload","detail":{},"n":1,"seq":3}',
        '{"detail":{"b":1,"a":2},"kind":"upload","n":1,"seq":3}',
        '{"detail":{"berkas":"a"},"kind":"x"},"kind":"upload","n":1,"seq":3}',
        '{"detail":{},"kind":"upload","n":1,"seq":3}{}',
        "[3]",
    ],
)
def test_f31_a_payload_is_judged_by_what_it_is_not_by_those_before(payload: str) -> None:
    found = _after_sound_rows(payload.encode("utf-8"))
    assert [(each.seq, each.error) for each in found.errors] == [(3, "the payload is no canonical JSON")]
    assert (found.rows, found.last_seq) == (2, 2)


@pytest.mark.parametrize("seq", ["4", "true", '"3"', "null", "-3", "33"])
def test_f35_the_number_of_a_row_of_known_form_is_checked(seq: str) -> None:
    found = _after_sound_rows(f'{{"detail":{{}},"kind":"upload","n":1,"seq":{seq}}}'.encode())
    assert [each.error for each in found.errors] == ["row 3 is missing or out of place"]


@given(st.lists(st.dictionaries(st.sampled_from(["a", "detail", "z", "é"]), VALUES, max_size=4), max_size=8))
def test_f35_rows_of_any_forms_after_one_another_are_sound(rows: list[dict]) -> None:
    lines, previous = [], chain.GENESIS
    for seq, each in enumerate(rows, 1):
        payload = chain.canonical({**each, "seq": seq})
        previous = chain.link(previous, payload)
        lines.append(chain.line(previous, payload))
    found = chain.verify(lines)
    assert (found.ok, found.rows) == (True, len(rows))


def test_f35_many_different_details_are_checked_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckanext.jambi.chain._MOST_PARTS", 3)
    assert chain.verify(_log(20)).rows == 20


class _Counted(portal_chain._Payloads):
    """Count the payloads that are read anew, which is the slow way."""

    reads = 0

    def _read(self, payload: bytes, number: int) -> str | None:
        self.reads += 1
        return super()._read(payload, number)


def test_f35_what_comes_again_after_many_different_details_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal_chain, "_MOST_PARTS", 3)
    details = [*({"berkas": f"{n}"} for n in range(9)), *[{"credit": "no_content"}] * 50]
    payloads = _Counted()
    for seq, detail in enumerate(details, 1):
        payload = chain.canonical({"seq": seq, "kind": "upload", "detail": detail})
        assert payloads.damage(payload, seq) is None
    assert payloads.reads == 10
