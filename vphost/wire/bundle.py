"""Schemas gathered into one document: those that a reference names, and all they refer to.

The copies are made from the loaded schemas whenever a reference is generated, and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vphost.rules.mode import Json
from vphost.wire.schemas import BASE, SchemaSet

AS_IT_IS = frozenset({"const", "default", "enum", "examples"})
"""Keywords whose contents are values, not schemas."""
NAMED = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})
"""Keywords whose keys are arbitrary names and whose values are schemas."""
LEFT_AWAY = frozenset({"$id", "$schema", "x-invalid-examples", "x-invalid-changes"})
COMPONENTS = "#/components/schemas/"


class Bundle:
    """Grows with every `ref`."""

    def __init__(self, schemas: SchemaSet, inside: str = "") -> None:
        """inside: where a schema lies below its component, such as `/schema`."""
        self._schemas = schemas
        self._inside = inside
        self._found: dict[str, Json] = {}

    def ref(self, name: str) -> Mapping[str, Json]:
        """Return a reference to the component of a schema. name: `$id` or place below /schemas/v1/.

        Raises: KeyError when there is no such schema.
        """
        return {"$ref": COMPONENTS + self._take(name)}

    def components(self) -> Mapping[str, Json]:
        """Return component name -> schema of everything referred to so far."""
        return {key: self._found[key] for key in sorted(self._found)}

    def _take(self, name: str) -> str:
        place = name.removeprefix(BASE)
        key = place.removesuffix(".json").replace("/", ".")
        if key not in self._found:
            self._found[key] = {}  # Before its contents, which may refer to itself.
            document = self._schemas.document(place)
            self._found[key] = {
                **self._moved(BASE + place, document),
                "externalDocs": {"url": f"/schemas/v1/{place}"},
            }
        return key

    def _moved(self, base: str, node: Any) -> Any:
        """Return a copy of a subschema whose references lead into the bundle."""
        if isinstance(node, list):
            return [self._moved(base, item) for item in node]
        if not isinstance(node, Mapping):
            return node
        moved: dict[str, Any] = {}
        for keyword, value in node.items():
            if keyword in LEFT_AWAY:
                continue
            if keyword == "$ref":
                moved[keyword] = self._pointer(base, value)
            elif keyword in AS_IT_IS:
                moved[keyword] = value
            elif keyword in NAMED:
                moved[keyword] = {name: self._moved(base, one) for name, one in value.items()}
            else:
                moved[keyword] = self._moved(base, value)
        return moved

    def _pointer(self, base: str, ref: str) -> str:
        name, _ = self._schemas.resolve(base, ref)
        return COMPONENTS + self._take(name) + self._inside + ref.partition("#")[2]
