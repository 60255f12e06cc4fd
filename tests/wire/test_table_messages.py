"""The schemas name exactly the protocol's messages, and say the same to both validators."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from vphost.tables.codec import TableCodec
from vphost.wire.schemas import BASE, SchemaSet
from vphost.wire.shape import Node, describe

ACTIONS = """
    authenticate initialize_state sit_player update_jitsi_id buy_in update_bankroll game_start
    next_hand action_fold action_check action_call action_bet action_raise straddle join sit_out
    kick_player_after_game leave_player send_chat_message show_pocket_cards
    open_rabbit_hunt_cards pause_next_hand unpause_next_hand end_current_game ping
"""
EVENTS = """
    user_connected player_connected player_disconnected player_seated player_left player_kicked
    jitsi_id_changed game_state private_data game_start start_tournament pocket_cards action_ack
    turn community_cards heads_up_showdown all_in_scenario game_end winners_award_timer
    pause_winners_award_timer unpause_winners_award_timer blind_level_data tournament_winners
    player_join_status_updated state_config_updated game_mode_chosen host_left end_current_game
    current_game_ended bankroll chat_message join sit_out show_pocket_cards
    open_rabbit_hunt_cards force_disconnect_user unable_to_start_game action_error auth_error
    pong player_leaving player_eliminated
"""
DEAD = """
    winners increase_blind_level refresh_state update_channel_id timebank_left players_timebank
    show_start_game_button_expiration allowed_to_play current_sit_out_players
    wishing_to_play_immediately wishing_to_play_on_bb_position
"""


def changed(message: Any, change: Any) -> Any:
    """Return a message with a merge patch applied (RFC 7396)."""
    if not isinstance(change, dict):
        return change
    merged = dict(message) if isinstance(message, dict) else {}
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = changed(merged.get(name), value)
    return merged


def places(schemas: SchemaSet) -> list[str]:
    """Return the message schemas of the table."""
    return [
        f"table/{way}/{name}.json"
        for way in ("in", "out") for name in schemas.names(f"table/{way}/")
    ] + ["table/config.json"]


def test_the_actions_are_those_of_the_protocol(codec: TableCodec) -> None:
    assert codec.actions == set(ACTIONS.split())


def test_the_events_are_those_of_the_protocol(codec: TableCodec) -> None:
    assert codec.events == set(EVENTS.split())


def test_no_dead_name_is_a_message_or_a_field(schemas: SchemaSet, codec: TableCodec) -> None:
    dead = set(DEAD.split()) - {"winners"}
    assert not dead & (codec.actions | codec.events)
    fields = {
        field
        for name in codec.events
        for field in schemas.document(f"table/out/{name}.json")["$defs"]["fields"].get(
            "properties", {}
        )
    }
    assert not dead & fields


def test_every_listed_change_makes_the_example_invalid(schemas: SchemaSet) -> None:
    accepted = [
        (place, change)
        for place in places(schemas)
        for change in schemas.document(place).get("x-invalid-changes", [])
        if schemas.validator(place).is_valid(
            changed(schemas.document(place)["examples"][0], change)
        )
    ]
    assert accepted == []


def test_both_validators_agree_on_all_examples(schemas: SchemaSet) -> None:
    commons = [p for p in ("cards", "feed", "money", "payload", "player_info", "table", "time")]
    known = [*places(schemas), *(f"common/{name}.json" for name in commons)]
    registry = Registry().with_resources(
        (BASE + p, DRAFT202012.create_resource(schemas.document(p))) for p in known
    )
    for place in places(schemas):
        document = schemas.document(place)
        slow = jsonschema.Draft202012Validator(
            document, registry=registry,
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
        )
        bad = [changed(document["examples"][0], c) for c in document.get("x-invalid-changes", [])]
        for message in [*document["examples"], *document["x-invalid-examples"], *bad]:
            assert slow.is_valid(message) == schemas.validator(place).is_valid(message), place


@pytest.mark.parametrize("unit", ["money", "time", "duration"])
def test_every_unit_is_found_inside_private_data(schemas: SchemaSet, unit: str) -> None:
    def units(node: Node) -> set[str]:
        children = [*node.fields.values(), *filter(None, (node.others, node.items))]
        return {u for u in (node.unit,) if u}.union(*(units(c) for c in children))

    place = "table/out/private_data.json"
    node = describe(schemas, BASE + place, schemas.document(place))
    assert unit in units(node.fields["payload"])


def test_a_date_that_is_none_is_refused(schemas: SchemaSet) -> None:
    fold = {"action": "action_fold", "timestamp": "yesterday"}
    assert not schemas.validator("table/in/action_fold.json").is_valid(fold)
    fold["timestamp"] = "2017-02-15T20:26:08.937881"
    assert not schemas.validator("table/in/action_fold.json").is_valid(fold), "without an offset"
    fold["timestamp"] = "2017-02-15T20:26:08.937881-06:00"
    assert schemas.validator("table/in/action_fold.json").is_valid(fold)
