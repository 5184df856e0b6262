"""A report on paper for the head of an OPD: at most two pages, PDF/A-2b, equal bytes (F47, F52).

It shows the index, its change, the ten worst obligations and what to do; all obligations are in the other
forms. Every row has a fixed height and a text that is too long is cut, so that two pages are enough.
Imports no CKAN.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import segno
from fpdf import FPDF
from fpdf.enums import DocumentCompliance, XPos, YPos
from fpdf.fonts import TTFFont

from ckanext.jambi.freshness.reports import lines, words
from ckanext.jambi.freshness.reports.content import Report
from ckanext.jambi.freshness.reports.words import say as _

FONT = "DejaVu"
_FONTS = Path(__file__).parent / "fonts"
_INK, _SOFT, _RIVER, _LINE = (20, 30, 32), (85, 95, 98), (15, 74, 81), (200, 205, 206)
_ROW, _MARGIN, _QR = 5.6, 16, 26
_CUT = "…"
_OBJECTIONS, _WITHOUT_PERIODS = 12, 8
"""So many objections, and data without periods, have room on two pages; the other forms list all."""
Cells = Sequence[str]


class Paper(FPDF):
    """The pages: what they have in common, and rows of a fixed height."""

    def __init__(self, report: Report) -> None:
        super().__init__(format="A4", enforce_compliance=DocumentCompliance.PDFA_2B)
        self._root = report["log"]["row_hash"] or ""
        self.set_margins(_MARGIN, 14)
        self.set_auto_page_break(True, margin=18)
        self.alias_nb_pages()
        self.add_font(FONT, "", _FONTS / "DejaVuSansCondensed.ttf")
        self.add_font(FONT, "B", _FONTS / "DejaVuSansCondensed-Bold.ttf")
        fonts = (font for font in self.fonts.values() if isinstance(font, TTFFont))
        self._known = set.intersection(*(set(font.cmap) for font in fonts))
        self.set_creation_date(words.local(report["as_of"]))
        self.set_lang(words.LANGUAGE)
        title = _("Freshness report")
        self.set_title(title)
        self.set_xmp_metadata(_xmp(title, report["as_of"]))

    def footer(self) -> None:
        """Repeat the root hash and number the page."""
        self.set_y(-13)
        self.style(7, _SOFT)
        self.cell(self.epw - 30, 4, self.fitting(self._root, self.epw - 30))
        pages = _("Page {number} of {count}").format(number=self.page_no(), count="{nb}")
        self.cell(30, 4, pages, align="R")

    def style(self, size: float, colour: tuple[int, int, int] = _INK, weight: str = "") -> None:
        """Set size, colour and weight of the text that follows."""
        self.set_font(FONT, weight, size)
        self.set_text_color(*colour)

    def fitting(self, text: str, width: float) -> str:
        """Return a text cut to a width; what the font cannot show becomes a question mark."""
        shown = "".join(each if ord(each) in self._known else "?" for each in " ".join(text.split()))
        room = width - 2 * self.c_margin
        if self.get_string_width(shown) <= room:
            return shown
        while shown and self.get_string_width(shown + _CUT) > room:
            shown = shown[:-1]
        return shown.rstrip() + _CUT

    def put(self, text: str, height: float = _ROW, width: float = 0) -> None:
        """Write one line and go to the next."""
        room = width or self.epw
        self.cell(room, height, self.fitting(text, room), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def heading(self, text: str, rows: int) -> None:
        """Write a heading; it stays on one page with the rows below it."""
        if self.will_page_break(9 + rows * _ROW):
            self.add_page()
        self.ln(3)
        self.style(11, _RIVER, "B")
        self.put(text, 6)

    def row(self, cells: Cells, widths: Sequence[float], aligns: str, *, weight: str = "") -> None:
        """Write one row of a table with a line below it."""
        self.style(8.5, _SOFT if weight else _INK, weight)
        for text, width, align in zip(cells, widths, aligns, strict=True):
            self.cell(width, _ROW, self.fitting(text, width), align=align)
        self.ln(_ROW)
        self.set_draw_color(*_LINE)
        self.line(self.l_margin, self.y, self.l_margin + self.epw, self.y)


def as_pdf(report: Report) -> bytes:
    """Return the report as PDF/A-2b."""
    paper = Paper(report)
    paper.add_page()
    _head(paper, report)
    _index(paper, report)
    _worst(paper, report)
    _without_periods(paper, report)
    _todo(paper, report)
    _distribution(paper, report)
    _decisions(paper, report)
    return bytes(paper.output())


def _head(paper: Paper, report: Report) -> None:
    """Write whose report it is and over which time, beside the root hash as a QR code."""
    log, top = report["log"], paper.y
    _qr(paper, log["row_hash"] or "", paper.l_margin + paper.epw - _QR, top)
    room = paper.epw - _QR - 4
    paper.style(9, _SOFT)
    paper.put(_("Satu Data Kota Jambi · Indeks Kemutakhiran"), 5, room)
    paper.style(17, _RIVER, "B")
    paper.put(report["organization_title"] or _("All OPD"), 9, room)
    paper.style(12, _INK, "B")
    paper.put(_("Freshness report, {period}").format(period=words.period(report["period"]["name"])), 6, room)
    if "life" in report:
        paper.style(9, _INK)
        paper.put(words.standing(report["life"]), 5, room)
    paper.style(8.5, _SOFT)
    paper.put(_("As known on {time}").format(time=words.moment(report["as_of"])), 4.5, room)
    versions = _("policy v{policy}, calendar v{calendar}")
    said = versions.format(policy=report["policy_version"], calendar=report["calendar_version"])
    paper.put(_("Row {seq} of the log").format(seq=log["seq"]) + f" · {said}", 4.5, room)
    paper.set_y(max(paper.y, top + _QR) + 1)


def _index(paper: Paper, report: Report) -> None:
    """Write the index large, and beside it what it is made of."""
    paper.heading(_("Indeks Kemutakhiran"), 5)
    top, left = paper.y, paper.l_margin
    paper.style(30, _RIVER, "B")
    paper.cell(42, 14, words.number(report["index"]))
    paper.set_xy(left, top + 14)
    paper.style(10, _INK, "B")
    paper.put(words.band(report["band"]), 6, 42)
    paper.set_y(top)
    for title, value in _facts(report):
        paper.set_x(left + 46)
        paper.style(9, _SOFT)
        paper.cell(72, 5, paper.fitting(title, 72))
        paper.style(9, _INK, "B")
        paper.put(value, 5, paper.epw - 118)
    paper.set_y(max(paper.y, top + 21))


def _facts(report: Report) -> list[tuple[str, str]]:
    before = report["before"]
    met = _("{met} of {judged} obligations").format(met=report["met"], judged=report["judged"])
    return [
        (
            _("Change since {day}").format(day=words.day(before["at"])),
            _change(report["index"], before["index"]),
        ),
        (_("Rank"), _rank(report)),
        (_("On time"), met if report["judged"] else _("nothing was due")),
        (_("Periods skipped"), str(report["skipped"])),
        (_("Index without exemptions"), words.number(report["index_without_exemptions"])),
    ]


def _change(now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return _("no index at the beginning")
    return _("{points} points, from {before}").format(
        points=words.number(round(now, 1) - round(before, 1), signed=True), before=words.number(before)
    )


def _rank(report: Report) -> str:
    if report["rank"] is None:
        return words.NOTHING
    here = _("{rank} of {count} OPD").format(rank=report["rank"], count=report["ranked"])
    before = report["before"]
    if before["rank"] is None:
        return here
    said = _("before: {rank} of {count}") if "ranked" in before else _("before: {rank}")
    return f"{here} · {said.format(rank=before['rank'], count=before.get('ranked'))}"


def _worst(paper: Paper, report: Report) -> None:
    rows = report["worst"]
    paper.heading(_("Worst obligations"), min(len(rows), 3) + 1)
    if not rows:
        paper.style(9)
        paper.put(_("Nothing is overdue, and nothing came late."))
        return
    widths = (76.0, 36.0, 24.0, 22.0, 20.0)
    heads = (_("Data"), _("Period"), _("State"), _("Last day in time"), _("Working days"))
    paper.row(heads, widths, "LLLLR", weight="B")
    for each in rows:
        period = words.span(each["period_start"], each["period_end"])
        state = words.late(each, report["as_of"])
        cells = (
            _data(each, report),
            period,
            state,
            words.last_day(each["overdue_at"]),
            words.days_late(each),
        )
        paper.row(cells, widths, "LLLLR")


def _without_periods(paper: Paper, report: Report) -> None:
    """Write how long data without periods was overdue, a row for all its days (F10)."""
    rows = lines.by_item(report["rolling"])
    if not rows:
        return
    paper.heading(_("Data without periods: time overdue"), min(len(rows), 3) + 1)
    widths = (100.0, 14.0, 18.0, 46.0)
    paper.row((_("Data"), _("Days"), _("Hours"), _("Longest day")), widths, "LRRR", weight="B")
    for each in rows[:_WITHOUT_PERIODS]:
        longest = each["longest"]
        worst = f"{words.date_of(longest['day'])}: {_hours(longest)}"
        paper.row((_data(each, report), str(each["days"]), _hours(each), worst), widths, "LRRR")
    paper.style(8, _SOFT)
    more = len(rows) - _WITHOUT_PERIODS
    left_out = _("{count} more are left out. ").format(count=more) if more > 0 else ""
    paper.put(left_out + _("Each day stands in the other forms of this report."))


def _hours(each: Report) -> str:
    return words.number(each["overdue_seconds"] / 3_600)


def _data(each: Report, report: Report) -> str:
    """Return what a line is about; in the report of all, whose it is too."""
    owner = None if report["organization_title"] else each["organization"]
    return " ".join(filter(None, (owner, each["code"], each["title"])))


def _todo(paper: Paper, report: Report) -> None:
    rows = report["todo"]
    if not rows:
        return
    paper.heading(_("What to do"), min(len(rows), 3) + 1)
    widths = (14.0, 76.0, 88.0)
    paper.row((_("Points"), _("Step"), _("Data")), widths, "RLL", weight="B")
    for each in rows:
        gain = words.number(each["gain"], signed=True)
        paper.row((gain, words.step(each["step"]), _data(each, report)), widths, "RLL")


def _distribution(paper: Paper, report: Report) -> None:
    counts = report["distribution"]
    paper.heading(_("How many items have which score"), 2)
    widths = [paper.epw / len(counts)] * len(counts)
    last = len(counts) - 1
    heads = [f"{10 * n}–{100 if n == last else 10 * n + 9}" for n in range(len(counts))]
    paper.row(heads, widths, "C" * len(counts), weight="B")
    paper.row([str(count) for count in counts], widths, "C" * len(counts))


def _decisions(paper: Paper, report: Report) -> None:
    paper.heading(_("Appeals, exempt time and faults of the portal"), 2)
    paper.style(9)
    others = _("Exempt intervals: {exempt}. Faults of the portal: {faults}.")
    counted = others.format(exempt=len(report["exempt"]), faults=len(report["faults"]))
    paper.put(f"{appeals(report)} {counted}")
    for each in _objections(report)[:_OBJECTIONS]:
        period = words.span(each["period_start"], each["period_end"])
        outcome = each["outcome"] or _("not decided yet")
        said = _("Objection to this report: {code}, {period}, row {seq} of the log: {outcome}.")
        paper.put(said.format(code=each["code"], period=period, seq=each["filed_seq"], outcome=outcome))
    paper.style(8, _SOFT)
    paper.put(_("The index and each line can be reckoned again from the log; the code is its root hash."))


def appeals(report: Report) -> str:
    """Count the appeals of the period, and apart from them the objections to a draft."""
    filed, known = _objections(report), report["appeals"]
    said = _("Appeals before the draft: {count}, upheld {upheld}. Objections to the draft: {filed}.")
    said = said if filed else _("Appeals: {count}, upheld {upheld}.")
    upheld = sum(each["outcome"] in ("diterima", "sebagian") for each in known)
    return said.format(count=len(known), upheld=upheld, filed=len(filed))


def _objections(report: Report) -> Sequence[Report]:
    found: Sequence[Report] = report.get("life", {}).get("objections", ())
    return found


def _qr(paper: Paper, text: str, left: float, top: float) -> None:
    """Draw the code as squares, run by run."""
    matrix = segno.make(text, error="m", micro=False).matrix
    step = _QR / len(matrix)
    paper.set_fill_color(*_INK)
    for row, line in enumerate(matrix):
        start = None
        for column, dark in enumerate([*line, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                paper.rect(left + start * step, top + row * step, (column - start) * step, step, style="F")
                start = None


def _xmp(title: str, as_of: str) -> str:
    """Return the metadata that PDF/A asks for; fpdf2's own would hold the time of writing."""
    at = words.local(as_of).isoformat(timespec="seconds")
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<xmp:CreateDate>{at}</xmp:CreateDate><xmp:ModifyDate>{at}</xmp:ModifyDate>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
