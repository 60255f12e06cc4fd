"""`openapi` and `asyncapi`: print what a host with these plugins would serve, without starting."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from vphost.config.settings import Config, ConfigError

if TYPE_CHECKING:
    from vphost.plugin.registry import PluginRegistry

HELP = "print the reference: REST calls (openapi) or websockets (asyncapi)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print one JSON document. Raises: ConfigError when a plugin or a schema cannot be used."""
    from vphost.wiring.reference import PLACES

    body = described(config)[1][PLACES[arguments.command]]
    sys.stdout.write(json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return 0


def described(config: Config) -> tuple[PluginRegistry, Mapping[str, bytes]]:
    """Return the plugins of a configuration, and the references of a host with them.

    Raises: ConfigError when a plugin or a schema cannot be used.
    """
    from vphost.plugin.registry import PluginError, PluginRegistry
    from vphost.wire.schemas import SchemaError

    plugins = PluginRegistry()
    try:
        return plugins, _references(config, plugins)
    except PluginError as error:
        raise ConfigError("plugin_dirs", str(error)) from None
    except SchemaError as error:
        raise ConfigError("plugin_dirs", f"schema: {error}") from None


def _references(config: Config, plugins: PluginRegistry) -> Mapping[str, bytes]:
    from vphost.app import schema_folders
    from vphost.plugin.host_api import HostApi
    from vphost.services.clock import SystemClock
    from vphost.tables.codec import TableCodec
    from vphost.wire.plain import PlainCodec
    from vphost.wire.schemas import SchemaSet
    from vphost.wiring.reference import references

    plugins.discover(config.plugin_dirs)
    plugins.register()
    schemas = SchemaSet.load(schema_folders(plugins))
    nothing = cast(Any, None)  # Describing what is served calls no service.
    plugins.register_doors(HostApi(
        clock=SystemClock(), rooms=nothing, documents=nothing, ledger=nothing, sockets=nothing,
        codecs={"table": TableCodec(schemas)} if plugins.formats else {}, schemas=schemas,
        accounts=nothing,
        make_codec=lambda prefix: PlainCodec(schemas, prefix),
        currencies={currency.code: currency for currency in config.currencies},
    ))
    return references(plugins, schemas)
