"""A game from its source to its last result, over real sockets."""

from __future__ import annotations

from pathlib import Path

from tests.plugins.pools.pools_house import running


async def test_a_game_is_opened_bet_on_decided_and_closed(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        admin = await house.admin()
        game = await house.game(admin)
        anna = await house.connect("anna", "100")
        bert = await house.connect("bert", "100")
        for client in (anna, bert):
            await client.ask("join_game", game_id=game)
        pool = await house.pool(admin, game)
        shown = await anna.hear("new_betting_pool")
        assert shown["pool_id"] == pool
        assert shown["targets"] == ["argentina", "brazil", "none"]
        placed = await anna.ask(
            "place_bet_in_betting_pool", pool_id=pool, target="argentina", amount="10"
        )
        assert placed["amount"] == "10.00"
        await bert.ask("place_bet_in_betting_pool", pool_id=pool, target="brazil", amount=5.5)
        told = await anna.hear("betting_pool_bets_distribution", total_amount=15.5)
        assert told["distribution"]["brazil"]["amount"] == 5.5
        assert (await anna.hear("balance_updated"))["available_balance"] == 90
        event = await admin.ask(
            "register_game_event", game_id=game, action_id="goal", target_id="argentina:1"
        )
        assert (await bert.hear("game_event_registered"))["event_id"] == event["event_id"]
        ended = await bert.hear("bet_pool_resolved")
        assert ended["winning_target"] == "argentina"
        numbers = {name: house.state(game).users[client.user]
                   for name, client in (("anna", anna), ("bert", bert))}
        assert ended["winners"] == {str(numbers["anna"]): 5.5}
        assert ended["losers"] == {str(numbers["bert"]): 5.5}
        assert (await bert.hear("balance_updated", current_balance=94.5))["currency"] == "DON"
        assert (await anna.ask("get_my_current_balance"))["current_balance"] == 105.5
        assert (await anna.ask("get_my_exposure"))["exposure"] == 0
        board = await anna.ask("get_leaderboard_for_game", game_id=game)
        assert [(line["username"], line["points"]) for line in board["items"]] == [
            ("anna", 5.5), ("bert", -5.5)
        ]
        own = await anna.ask("get_leaderboard_for_game", game_id=game, currency="DON")
        assert own["items"] == board["items"] and own["currency"] == "DON"
        other = await anna.ask("get_leaderboard_for_game", game_id=game, currency="EUR")
        assert (other["items"], other["currency"]) == ([], "EUR")
        await anna.refused(
            "get_leaderboard_for_game", "unknown_currency", game_id=game, currency="XXX"
        )
        await admin.ask("close_game", game_id=game)
        assert (await anna.hear("game_closed"))["game_id"] == game
        await anna.refused("join_game", "game_closed", game_id=game)
