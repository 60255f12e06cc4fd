"""What operators see and do on a host whose store is MongoDB: as on the embedded one."""

from __future__ import annotations

from pathlib import Path

from tests.mongo_server import MongoServer
from tests.web import test_admin_rest as admin
from tests.web.table_house import table_house
from tests.web.test_security_tables import filters_are_texts


async def test_operators_work_on_mongodb(
    tmp_path: Path, mongo_server: MongoServer, database: str
) -> None:
    async with admin.open_office(tmp_path, mongo_server.url(database)) as office:
        for story in (
            admin.test_users_are_listed_and_shown,
            admin.test_40_a_user_who_is_disabled_is_out_and_the_reason_is_kept,
            admin.test_accounts_and_their_postings_add_up,
            admin.test_every_currencys_sum_is_zero,
            admin.test_tables_are_listed_with_how_they_are,
            admin.test_a_finished_hand_is_replayed_as_it_was_seen,
            admin.test_73_the_log_is_paged_and_its_chain_is_judged,
        ):
            await story(office)


async def test_63_no_filter_comes_from_a_caller(
    tmp_path: Path, mongo_server: MongoServer, database: str
) -> None:
    async with table_house(tmp_path, store=mongo_server.url(database)) as house:
        await filters_are_texts(house)
