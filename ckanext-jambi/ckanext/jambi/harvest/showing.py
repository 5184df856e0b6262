"""Show datasets as CKAN does, working out once a run what follows from the schema and not from the data.

CKAN validates what it shows by `navl`, which finds anew for each dataset which keys its schema has and in
which order their converters come, and sorts them five times. Datasets of one shape (as many resources, tags,
extras) have the same answer: it is asked of navl's own functions and kept. The same converters then run in
the same order on the same data, so that what is shown is the same (`test_showing.py` compares).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import logic
from ckan.lib import plugins as lib_plugins
from ckan.lib.navl import dictization_functions as navl
from ckan.logic.schema import default_show_package_schema
from ckanext.scheming.plugins import SchemingDatasetsPlugin

from ckanext.jambi.metadata.fields import kind_of

MOST_SHAPES = 500
Key = tuple[Any, ...]
Step = tuple[Key, tuple[Callable[..., Any], ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What navl does with data of one shape: its keys, those that are made if missing, and its converters."""

    keys: frozenset[Key]
    made: tuple[Key, ...]
    parents: frozenset[Key]
    lists: frozenset[Key]
    steps: tuple[Step, ...]


class Showing:
    """Shows the datasets of one run."""

    def __init__(self) -> None:
        self._default: Validation | None = None
        self._custom: dict[str, Validation] = {}

    def shown(self, context: Any, dataset_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a dataset as CKAN's own schema shows it and as its type's does.

        As `ckan.logic.package_show_default_and_custom_schemas`, less the question whether the name is free:
        what is shown does not depend on that.
        """
        own = logic.fresh_context(context, ignore_auth=True, use_cache=False, validate=False)
        stored = tk.get_action("package_show")(own, {"id": dataset_id})
        if self._default is None:
            self._default = Validation(_default_schema())
        shown = self._default.converted(stored, own), self._by_type(own, stored)
        logic.apply_after_dataset_show_plugins(own, shown[1])
        return shown

    def _by_type(self, context: Any, stored: dict[str, Any]) -> dict[str, Any]:
        """Convert by the type's schema, which scheming completes in place while it validates the first."""
        kind = stored["type"]
        if kind in self._custom:
            return self._custom[kind].converted(stored, context)
        plugin = lib_plugins.lookup_package_plugin(kind)
        schema = plugin.show_package_schema()
        converted, _ = lib_plugins.plugin_validate(plugin, context, stored, schema, "package_show")
        if isinstance(plugin, SchemingDatasetsPlugin) and not _has_composites(kind):
            self._custom[kind] = Validation(schema)
        return converted


class Validation:
    """One schema, and what navl would do by it with data of each shape that came."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._plans: dict[frozenset[Key], Plan] = {}

    def converted(self, data: dict[str, Any], context: Any) -> dict[str, Any]:
        """Return what `navl.validate` would, less its errors."""
        flat = navl.flatten_dict(data, schema=self._schema)
        plan = self._plan(flat)
        inside = {**context, "schema_keys": list(self._schema)}
        converted = navl.unflatten(_run(plan, _augmented(plan, flat), inside))
        for key, value in data.items():
            if value == []:
                converted.setdefault(key, [])
        return converted

    def _plan(self, flat: Mapping[Key, Any]) -> Plan:
        shape = frozenset(key[:-1] for key in flat)
        if shape not in self._plans:
            if len(self._plans) >= MOST_SHAPES:
                self._plans.clear()
            self._plans[shape] = _planned(flat, self._schema)
        return self._plans[shape]


def _planned(flat: Any, schema: dict[str, Any]) -> Plan:
    full = navl.make_full_schema(flat, schema)
    flat_schema = navl.flatten_schema(schema)
    return Plan(
        keys=frozenset(full),
        made=tuple(key for key in full if not key[-1].startswith("__")),
        parents=frozenset(navl.get_all_key_combinations(flat, flat_schema)),
        lists=frozenset(key[:length] for key in flat_schema for length in range(1, len(key) + 1)),
        steps=tuple((key, tuple(full[key])) for key in _ordered(full) if full[key]),
    )


def _ordered(full: Mapping[Key, Any]) -> Iterator[Key]:
    """Yield keys in the order of navl's passes: before, the fields, extras, after, junk."""
    order = sorted(full, key=navl.flattened_order_key)
    yield from (key for key in order if key[-1] == "__before")
    yield from (key for key in order if not key[-1].startswith("__"))
    yield from (key for key in order if key[-1] == "__extras")
    yield from (key for key in reversed(order) if key[-1] == "__after")
    yield from (key for key in order if key == ("__junk",))


def _augmented(plan: Plan, flat: Mapping[Key, Any]) -> dict[Key, Any]:
    """Return the data with what is missing marked, and what no schema knows set aside."""
    known = {key: value for key, value in flat.items() if key in plan.keys}
    known |= _set_aside(plan, {key: value for key, value in flat.items() if key not in plan.keys})
    for key in plan.made:
        known.setdefault(key, navl.missing)
    return known


def _set_aside(plan: Plan, unknown: Mapping[Key, Any]) -> dict[Key, Any]:
    """Return what no schema knows, under the keys by which navl passes it on."""
    junk: dict[Key, Any] = {}
    extras: defaultdict[Key, dict[Any, Any]] = defaultdict(dict)
    for key, value in unknown.items():
        if key[::2] in plan.lists and value != []:
            raise navl.DataError(f"Only lists of dicts can be placed against subschema {key}.")
        if key[:-1] in plan.parents:
            extras[(*key[:-1], "__extras")][key[-1]] = value
        else:
            junk[key] = value
    return ({("__junk",): junk} if junk else {}) | extras


def _run(plan: Plan, data: dict[Key, Any], context: Any) -> dict[Key, Any]:
    errors: defaultdict[Key, list[Any]] = defaultdict(list)
    for key, converters in plan.steps:
        try:
            for converter in converters:
                navl.convert(converter, key, data, errors, context)
        except navl.StopOnError:
            continue
    return data


def _default_schema() -> dict[str, Any]:
    schema = default_show_package_schema()
    unwanted = tk.get_validator("package_name_validator")
    schema["name"] = [one for one in schema["name"] if one is not unwanted]
    return schema


def _has_composites(kind: str) -> bool:
    """Whether a type has dataset fields with fields of their own, which scheming keeps in another way."""
    return any("repeating_subfields" in one for one in kind_of(kind).fields)
