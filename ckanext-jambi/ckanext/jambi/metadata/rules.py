"""The names by which schema files call the rules of `values` and `contacts`. Imports no CKAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.jambi.metadata import contacts, values
from ckanext.jambi.metadata.values import Field, Rule


def verbatim(value: Any, field: Field) -> str:
    """Take text as it is: a formula, a separator, a validation rule."""
    return str(value)


RULES: Mapping[str, Rule] = {
    "jambi_access_class": values.vocabulary_code,
    "jambi_area_codes": values.area_codes,
    "jambi_bps_id": values.number_or_url,
    "jambi_column_name": values.column_name,
    "jambi_concept": contacts.concept,
    "jambi_description": values.description,
    "jambi_format": values.file_format,
    "jambi_frequency": values.update_frequency,
    "jambi_iso_date": values.iso_date,
    "jambi_license": values.licence,
    "jambi_office_email": contacts.office_email,
    "jambi_office_phone": contacts.office_phone,
    "jambi_past_date": values.past_date,
    "jambi_plain_text": values.plain_text,
    "jambi_plain_title": values.plain_title,
    "jambi_post_title": contacts.post_title,
    "jambi_release_schedule": values.release_schedule,
    "jambi_text_list": values.text_list,
    "jambi_topic": values.topic,
    "jambi_unit": values.vocabulary_code,
    "jambi_verbatim": verbatim,
    "jambi_vocabulary_code": values.vocabulary_code,
    "jambi_vocabulary_codes": values.vocabulary_codes,
    "jambi_web_address": values.web_address,
    "jambi_yes_no": values.yes_no,
    "jambi_years": values.years,
}


def rule_of(field: Field) -> Rule | None:
    """Return the rule that a field's validators name, or None."""
    named = [RULES[name] for name in str(field.get("validators", "")).split() if name in RULES]
    return named[-1] if named else None
