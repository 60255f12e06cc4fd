"""Everything that is wrong with a body, by field, in words that repeat no value that was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from vphost.rules.mode import Json
from vphost.rules.texts import FORMAT
from vphost.wire.schemas import NAME_MAX, SchemaSet, first_error, is_small

WHOLE = "non_field_errors"
"""The key of messages that concern no single field."""
FAULTS_MAX = 32
BUDGET = 500
"""Size of a body (values, and eight characters of text as one) up to which all faults are
reported; for a larger one only the first is."""

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
    "uniqueItems": "Names something twice.", "pattern": "Does not have the required form.",
    "enum": "Is not one of the possible values.", "const": "Is not the only possible value.",
    "type": "Is of the wrong type.",
}

Faults = Mapping[str, list[str]]
Check = Callable[[str, Json], Faults]
"""(path or $id of a schema, value) -> {field: messages}; empty when nothing is wrong."""


def checker(schemas: SchemaSet) -> Check:
    """Return the check of bodies over a set of schemas."""

    def check(name: str, value: Json) -> Faults:
        return faults(schemas.validator(name), value)

    return check


def faults(validator: Any, value: Json) -> Faults:
    """Return what is wrong as {field: messages}; a field inside another is `outer.inner`.

    validator: a compiled one of jsonschema-rs. At most FAULTS_MAX faults are reported, and only
    one for a value larger than BUDGET: collecting the faults of a megabyte takes ten seconds.
    Example: {"amount": ["Has to be at least 1."], "non_field_errors": ["Is of the wrong type."]}
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
    """Return (path below the error's own, message) pairs for one broken rule."""
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
