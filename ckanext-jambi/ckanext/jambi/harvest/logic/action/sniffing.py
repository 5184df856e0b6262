"""Action that looks at an address and proposes a source definition (HV30)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jambi.harvest import sniffs
from ckanext.jambi.harvest.logic import schema
from ckanext.jambi.harvest.logic.action.reading import Data, told
from jambi_harvesters.errors import HarvesterError


@tk.validate_action_data(schema.sniff)
def jambi_source_sniff(context: Any, data_dict: Data) -> Data:
    """Look at an address and propose how to read it: at most 10 s, 5 requests, 1 MB; nothing is written.

    Args:
        url (str): the address, as it stands in a browser.
        organization (str): name of the organization that would own the source.
        kind (str): what the address is said to be; left out, it is recognised.

    Returns:
        dict: `draft` (a definition whose `dataset.fields.frekuensi` is blank), `guesses` (confidence from 0
        to 1 by dotted key), `kinds` (pairs of kind and confidence, best first), `seen` (`status`,
        `media_type`, `meaning` of the first bytes, `size`, `cut`), `requests`, `columns` (each with
        `personal`: rule and severity where it looks like personal data), `rows` (the first 20, values of
        such columns left out) and `problem` (why no rows could be looked at, or null).

    Raises:
        ValidationError: if nothing can be made of the address; keyed `url`, the text says why.
        NotAuthorized: if the caller may not publish for that organization.

    Example:
        `POST /api/3/action/jambi_source_sniff {"url": "https://data.example/x.csv", "organization": "dlh"}`
    """
    tk.check_access("jambi_source_sniff", context, data_dict)
    try:
        return sniffs.look(
            model.meta.engine, data_dict["url"], data_dict["organization"], data_dict.get("kind")
        )
    except HarvesterError as err:
        raise tk.ValidationError({"url": [told(err)]}) from err
