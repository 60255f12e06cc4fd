"""JSON Schemas: loaded from folders, compiled once, explained in words, served unchanged.

Two validators, because each is good at one thing: jsonschema-rs decides (several hundred times
faster), jsonschema explains what was wrong. Nothing is ever fetched from a network; a `$ref` that
no loaded file answers prevents the start. A report names fields and rules, never the value that was
sent, which could be a token.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urljoin

import jsonschema
import jsonschema_rs
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from vphost.rules.mode import Json
from vphost.rules.texts import FORMAT, is_visible

BASE = "https://vphost.example/schemas/v1/"
"""What every `$id` begins with; the rest is the path below /schemas/v1/."""
DRAFT = "https://json-schema.org/draft/2020-12/schema"
NAME_MAX = 64
"""Longest piece of a client's own text (a field's name) that a report repeats, characters."""
_VALUES = frozenset({"const", "default", "enum", "examples", "x-invalid-examples"})
"""Keywords whose contents are messages, not schemas."""
_SLOW_BUDGET = 200
"""Size of a message (values, and eight characters of text as one) up to which the explaining
validator is used. Its patterns backtrack, so a large message could keep the process busy."""

FORMATS = jsonschema.FormatChecker()
"""Formats that the explaining validator knows, including ours."""
FORMATS.checks(FORMAT)(lambda value: not isinstance(value, str) or is_visible(value))

Schema: TypeAlias = Mapping[str, Any]


class SchemaError(Exception):
    """A schema file that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a message.

    path: keys and indexes from the message's root. keyword: the rule that failed, in JSON Schema's
    terms. text: one sentence for people, without any value of the message. unknown: the name of an
    unknown field at the path, "" for none.
    """

    path: tuple[str | int, ...]
    keyword: str
    text: str
    unknown: str = ""

    @property
    def field(self) -> str:
        """The wrong field as a path with dots; "" for the message as a whole."""
        parts = [str(part) for part in self.path] + ([self.unknown] if self.unknown else [])
        return ".".join(parts)[:NAME_MAX]


class SchemaSet:
    """All schemas of a host under their `$id`s."""

    def __init__(self, documents: Mapping[str, Schema], files: Mapping[str, bytes]) -> None:
        """documents: `$id` -> parsed 2020-12 schema. files: path below BASE -> bytes to serve.

        Raises: SchemaError when one is not a valid schema or refers to one that is not loaded.
        """
        self._documents: dict[str, Any] = dict(documents)
        self._files = dict(files)
        self._resolved: dict[tuple[str, str], tuple[str, Schema]] = {}
        self._compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}
        for name in self._documents:
            self._follow(name, self._documents[name])
        self._registry = jsonschema_rs.Registry(list(self._documents.items()))
        self._slow = Registry().with_resources(
            (name, DRAFT202012.create_resource(document))
            for name, document in self._documents.items()
        )
        for name in self._documents:
            self._compiled[name] = self._compile(name)

    @classmethod
    def load(cls, folders: Iterable[tuple[str, Path]]) -> SchemaSet:
        """Read folders of schemas.

        folders: (prefix, path) pairs. The `$id` of a file has to be BASE + prefix/ + its path in
            the folder; the host's own folder has the prefix "". Files of another draft are served
            but not compiled.
        Raises: SchemaError.
        """
        documents: dict[str, Schema] = {}
        files: dict[str, bytes] = {}
        for prefix, folder in folders:
            for file in sorted(folder.rglob("*.json")):
                below = file.relative_to(folder).as_posix()
                place = f"{prefix.strip('/')}/{below}".lstrip("/")
                if place in files:
                    raise SchemaError(f"{file}: there is another schema at {place}")
                files[place] = file.read_bytes()
                document = _parsed(file, files[place])
                if document.get("$schema") == DRAFT:
                    if document.get("$id") != BASE + place:
                        raise SchemaError(f"{file}: its $id has to be {BASE + place}")
                    documents[BASE + place] = document
        return cls(documents, files)

    def _follow(self, name: str, node: Any) -> None:
        """Raises: SchemaError when a `$ref` below a node leads nowhere."""
        if isinstance(node, list):
            for item in node:
                self._follow(name, item)
        elif isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str):
                try:
                    self.resolve(name, ref)
                except (KeyError, TypeError):
                    raise SchemaError(f"{name}: there is no schema at {ref}") from None
            for keyword, child in node.items():
                if keyword not in _VALUES:
                    self._follow(name, child)

    def _compile(self, name: str) -> jsonschema_rs.Draft202012Validator:
        document = self._documents[name]
        try:
            jsonschema_rs.meta.validate(document)
            return jsonschema_rs.Draft202012Validator(
                document, registry=self._registry, validate_formats=True,
                ignore_unknown_formats=False, offline=True, formats={FORMAT: is_visible},
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise SchemaError(f"{name}: {str(error)[:500]}") from error

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the name of every schema directly below a prefix: `table/in/` -> `buy_in`, ..."""
        start = BASE + prefix
        for name in self._documents:
            rest = name.removeprefix(start)
            if name.startswith(start) and "/" not in rest:
                yield rest.removesuffix(".json")

    def __contains__(self, place: str) -> bool:
        return BASE + place in self._documents

    def document(self, name: str) -> Schema:
        """Return a parsed schema by its `$id`, or by its path below BASE. Raises: KeyError."""
        found: Schema = self._documents[urljoin(BASE, name)]
        return found

    def validator(self, name: str) -> jsonschema_rs.Draft202012Validator:
        """Return the compiled schema by its `$id`, or by its path below BASE. Raises: KeyError."""
        return self._compiled[urljoin(BASE, name)]

    def resolve(self, base: str, ref: str) -> tuple[str, Schema]:
        """Return the `$id` and the subschema that a `$ref` inside the schema `base` means."""
        found = self._resolved.get((base, ref))
        if found is None:
            name, _, pointer = urljoin(base, ref).partition("#")
            node: Any = self._documents[name]
            for part in pointer.split("/")[1:]:
                node = node[part.replace("~1", "/").replace("~0", "~")]
            found = self._resolved[base, ref] = (name, node)
        return found

    def explain(self, name: str, message: Json) -> Fault | None:
        """Return the most relevant fault of a message, None when it is valid.

        name: `$id` or path below BASE. Explaining takes some hundred microseconds, a valid message
        very little. A message too large for the slow validator is explained by the quick one.
        """
        error = first_error(self.validator(name), message)
        if error is None:
            return None
        if not is_small(message, _SLOW_BUDGET):
            return _quick_fault(error)
        slow = jsonschema.Draft202012Validator(
            dict(self.document(name)), registry=self._slow,
            format_checker=FORMATS,
        )
        best = best_match(slow.iter_errors(message))
        if best is None:
            return _quick_fault(error)
        known = best.schema.get("properties", {}) if isinstance(best.schema, Mapping) else {}
        return _fault(
            tuple(best.absolute_path), str(best.validator), best.validator_value, best.instance,
            next((str(name) for name in _names(best.instance) if name not in known), ""),
        )

    def served(self) -> Mapping[str, bytes]:
        """Return URL path -> bytes of every schema file, exactly as on disk."""
        return {f"/schemas/v1/{place}": body for place, body in self._files.items()}


def first_error(
    validator: jsonschema_rs.Draft202012Validator, message: Json
) -> jsonschema_rs.ValidationError | None:
    """Return some error of a message, None when it is valid.

    It is quick, however large the message is; `iter_errors` would collect all errors before it
    yields the first one.
    """
    try:
        validator.validate(message)
    except jsonschema_rs.ValidationError as error:
        return error
    return None


def is_small(message: Json, budget: int) -> bool:
    """Return whether a message is smaller than a budget: one per value and per 8 characters."""
    waiting = [message]
    while waiting and budget > 0:
        item = waiting.pop()
        budget -= 1
        if isinstance(item, str):
            budget -= len(item) // 8
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return budget > 0


def _parsed(file: Path, body: bytes) -> Schema:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise SchemaError(f"{file}: {error}") from None
    if not isinstance(document, dict):
        raise SchemaError(f"{file}: a schema has to be an object")
    return document


UNKNOWN = ("additionalProperties", "unevaluatedProperties")
PHRASES: Mapping[str, str] = {
    "type": "has to be of type {}", "enum": "has to be one of {}", "const": "has to be {}",
    "minimum": "has to be at least {}", "maximum": "has to be at most {}",
    "exclusiveMinimum": "has to be above {}", "exclusiveMaximum": "has to be below {}",
    "minLength": "has to have at least {} characters",
    "maxLength": "has to have at most {} characters",
    "minItems": "has to have at least {} entries", "maxItems": "has to have at most {} entries",
    "minProperties": "has to have at least {} fields",
    "maxProperties": "has to have at most {} fields",
    "format": "has to be a {}", "uniqueItems": "names something twice",
    "pattern": "does not have the required form",
}


def _names(instance: Json) -> Iterable[str]:
    return instance if isinstance(instance, dict) else ()


def _quick_fault(error: jsonschema_rs.ValidationError) -> Fault:
    """Return a fault made from the quick validator's error."""
    kind: Any = error.kind
    path, unknown = tuple(error.instance_path), ""
    if kind.name == "required":
        path = (*path, str(kind.property))
    elif kind.name in UNKNOWN:
        unknown = str(kind.unexpected[0])
    return _fault(path, kind.name, None, None, unknown)


def _fault(
    path: tuple[str | int, ...], keyword: str, rule: Any, instance: Any, unknown: str
) -> Fault:
    """Return the fault of a broken rule, in words."""
    if keyword == "required" and isinstance(rule, list) and isinstance(instance, dict):
        missing = next((str(name) for name in rule if name not in instance), "")
        path, says = (*path, missing), "is missing"
    elif keyword == "oneOf" and (either := _alternatives(rule)):
        there = [name for name in either if name in instance]
        path = (*path, (there or either[:1])[-1])
        says = f"may not stand beside {there[0]}" if there else "is missing"
        says = "is not valid" if len(there) == 1 else says
    elif keyword == "format" and rule == FORMAT:
        says = "has to show something"
    elif keyword == "required":
        says = "is missing"
    elif keyword in UNKNOWN:
        says = "has a field that is not known here"
    else:
        says = PHRASES.get(keyword, "is not valid").format(_words(rule))
    place = ".".join(str(part) for part in path)[:NAME_MAX] or "The message"
    return Fault(path, keyword, f"{place} {says}.", unknown if keyword in UNKNOWN else "")


def _alternatives(rule: Any) -> list[str]:
    """Return the fields of which exactly one has to be present; empty for any other `oneOf`."""
    if all(isinstance(one, dict) and len(one.get("required", ())) == 1 for one in rule):
        return [str(one["required"][0]) for one in rule]
    return []


def _words(rule: Any) -> str:
    values = rule if isinstance(rule, list) else [rule]
    return " or ".join(dict.fromkeys(v if isinstance(v, str) else json.dumps(v) for v in values))
