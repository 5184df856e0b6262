"""Words of outcomes, bands and steps, each in one place for pages and for printed reports. Imports no CKAN.

Whoever shows a word translates it: `wording` into the language of the request, `reports.words` into
Indonesian.
"""

from __future__ import annotations

from collections.abc import Mapping

from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.index import Band
from ckanext.jambi.freshness.rules.remedies import Remedy

N_ = str
"""Marks a message for the catalogue, and leaves it as it is."""

BANDS: Mapping[str, str] = {
    Band.BEST: N_("Very up to date"),
    Band.GOOD: N_("Up to date"),
    Band.FAIR: N_("Fair"),
    Band.POOR: N_("Needs improvement"),
}
OUTCOMES: Mapping[str, str] = {
    Outcome.OPEN: N_("Open"),
    Outcome.MET: N_("Met"),
    Outcome.MET_LATE: N_("Met late"),
    Outcome.ATTESTED: N_("Declared unchanged"),
    Outcome.SKIPPED: N_("Skipped"),
    Outcome.EXCUSED: N_("Excused"),
}
STEPS: Mapping[str, str] = {
    Remedy.PUBLISH: N_("Publish the data"),
    Remedy.DELIVER: N_("Send the data of every period that is over"),
    Remedy.CONFIRM: N_("Look whether the data is still right, and confirm it"),
    Remedy.STORE: N_("Store the file in the portal instead of a link"),
    Remedy.METADATA: N_("Complete the metadata"),
    Remedy.FORMAT: N_("Publish in an open, machine-readable format"),
    Remedy.DICTIONARY: N_("Explain every column in the data dictionary"),
    Remedy.ROWS: N_("Let the rows be kept as a table that fits the data dictionary"),
    Remedy.LICENCE: N_("State the licence"),
}
