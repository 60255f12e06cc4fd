"""All that is wrong with a body, by field, in words; never with a value that was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from vphost.rules.mode import Json
from vphost.rules.texts import FORMAT
from vphost.wire.schemas import NAME_MAX, SchemaSet, first_error, is_small

WHOLE = "non_field_errors"
"""The name under which stands what concerns no single field."""
FAULTS_MAX = 32
BUDGET = 500
"""Values, and eighths of a text, of which all faults are told; of more only one is."""

UNKNOWN, MISSING = "This field is not known here.", "This field is required."

_LIMITS: Mapping[str, str] = {
    "minimum": "Has to be at least {}.", "maximum": "Has to be at most {}.",
    "exclusiveMinimum": "Has to be above {}.", "exclusiveMaximum": "Has to be below {}.",
    "minLength": "Has to have at least {} characters.",
    "maxLength": "Has to have at most {} characters.",
    "minItems": "Has to have at least {} entries.", "maxItems": "Has to have at most {} entries.",
    "minProperties": "Has to have at least {} fields.",
    "maxProperties": "Has to have at most {} fields.",
}
_PLAIN: Mapping[str, str] = {
    "uniqueItems": "Names something twice.", "pattern": "Is not written as it has to be.",
    "enum": "Is none of the possible values.", "const": "Is not the only possible value.",
    "type": "Is of the wrong type.",
}

Faults = Mapping[str, list[str]]
Check = Callable[[str, Json], Faults]
"""(place or $id of a schema, value) -> field -> messages; empty when nothing is wrong."""


def checker(schemas: SchemaSet) -> Check:
    """Return the check of bodies over a set of schemas."""

    def check(name: str, value: Json) -> Faults:
        return faults(schemas.validator(name), value)

    return check


def faults(validator: Any, value: Json) -> Faults:
    """Return what is wrong, field -> messages; a field inside another as `outer.inner`.

    validator: a compiled jsonschema-rs one. At most FAULTS_MAX faults are told, and of a value
    beyond BUDGET one: to collect the faults of a megabyte takes ten seconds.
    """
    one = first_error(validator, value)
    if one is None:
        return {}
    errors = validator.iter_errors(value) if is_small(value, BUDGET) else (one,)
    found: dict[str, list[str]] = {}
    for error in islice(errors, FAULTS_MAX):
        path = [str(part) for part in error.instance_path]
        for extra, text in _words(error.kind):
            name = ".".join([*path, *extra])[:NAME_MAX] or WHOLE
            messages = found.setdefault(name, [])
            if text not in messages:
                messages.append(text)
    return found


def _words(kind: Any) -> list[tuple[list[str], str]]:
    """Return (further path, message) of one broken rule."""
    rule = kind.name
    if rule == "required":
        return [([str(kind.property)], MISSING)]
    if rule in ("additionalProperties", "unevaluatedProperties"):
        return [([str(name)], UNKNOWN) for name in kind.unexpected[:FAULTS_MAX]]
    if rule in _LIMITS:
        return [([], _LIMITS[rule].format(kind.limit))]
    if rule == "format" and kind.format == FORMAT:
        return [([], "Has to show something.")]
    if rule == "format":
        return [([], f"Has to be a valid {kind.format}.")]
    return [([], _PLAIN.get(rule, "Is not valid."))]
