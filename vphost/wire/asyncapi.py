"""The reference of the websockets (AsyncAPI 3), generated from the values that serve them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vphost.rules.mode import Json
from vphost.wire.bundle import Bundle
from vphost.wire.endpoints import SocketProtocol
from vphost.wire.plain import PlainCodec
from vphost.wire.schemas import SchemaSet
from vphost.wire.templates import names, template

VERSION = "3.0.0"
FORMAT = "application/schema+json;version=2020-12"
PLAIN = "plain"
"""Folder of the messages that every plain protocol has."""
DIRECTIONS = (("in", "receive"), ("out", "send"))
"""Folder of schemas -> what the host does with such messages."""
QUERY: Mapping[str, Json] = {
    "type": "object",
    "properties": {
        "token": {"type": "string", "description": "A one-time token or an access token; it may "
                  "be sent as the first message instead."},
        "since": {"type": "string", "pattern": "^[0-9]{1,16}$",
                  "description": "Number of the last event seen; later events are sent again."},
    },
}


def asyncapi(
    protocols: Iterable[SocketProtocol], schemas: SchemaSet, version: str
) -> Mapping[str, Json]:
    """Return the AsyncAPI document, with a channel for every protocol."""
    bundle = Bundle(schemas, inside="/schema")
    channels: dict[str, Json] = {}
    operations: dict[str, Json] = {}
    for one in protocols:
        channels[one.name] = _channel(one, schemas, bundle)
        for folder, action in DIRECTIONS:
            operations[f"{action}.{one.name}"] = {
                "action": action, "channel": {"$ref": f"#/channels/{one.name}"},
                "messages": [
                    {"$ref": f"#/channels/{one.name}/messages/{key}"}
                    for key in channels[one.name]["messages"] if key.startswith(f"{folder}.")
                ],
            }
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "vphost", "version": version,
            "description": "Websockets below /ws/. One JSON message in one text frame.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": {
            key: {"schemaFormat": FORMAT, "schema": schema}
            for key, schema in bundle.components().items()
        }},
    }


def messages(protocol: SocketProtocol, folder: str, schemas: SchemaSet) -> dict[str, str]:
    """Return message name -> path of its schema for a protocol. folder: `in` or `out`."""
    prefixes = [PLAIN, protocol.name] if isinstance(protocol.codec, PlainCodec) else [protocol.name]
    return {
        name: f"{prefix}/{folder}/{name}.json"
        for prefix in prefixes for name in sorted(schemas.names(f"{prefix}/{folder}/"))
    }


def _channel(protocol: SocketProtocol, schemas: SchemaSet, bundle: Bundle) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for folder, _ in DIRECTIONS:
        for name, place in messages(protocol, folder, schemas).items():
            document = schemas.document(place)
            found[f"{folder}.{name}"] = {
                "name": name, "title": document.get("title", name),
                "summary": document.get("description", ""), "payload": bundle.ref(place),
            }
    channel: dict[str, Json] = {
        "address": template(protocol.path), "messages": found,
        "bindings": {"ws": {"method": "GET", "query": QUERY, "bindingVersion": "0.1.0"}},
    }
    groups = names(protocol.path)
    if groups:
        channel["parameters"] = {
            name: {"description": f"The {name}'s id or short token."} for name in groups
        }
    return channel
