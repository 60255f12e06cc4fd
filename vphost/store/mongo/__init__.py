"""The MongoDB store: a replica set, one database for one host.

No transactions are needed, because only one document with a chosen `_id` has to be atomic at a
time: commits are inserted in order and looked up by `_id` when an outcome is unknown; everything
else is written by compare-and-set.
"""

from __future__ import annotations

from vphost.store.mongo.appending import Appender
from vphost.store.mongo.documents import MongoDocuments
from vphost.store.mongo.journal import MongoJournal
from vphost.store.mongo.layout import MongoPlace, connect, prepare
from vphost.store.mongo.lease import Leases


async def open_mongo(
    url: str, *, read_only: bool = False, for_copy: bool = False
) -> tuple[MongoJournal, MongoDocuments]:
    """Open a store; closing the journal closes both.

    url: `mongodb://` or `mongodb+srv://` with the name of the database.
    for_copy: as the target of a copy: it must not exist yet, and nobody else can open it before
        `MongoJournal.finish_copy`.
    Raises: StoreRefused; StoreDown when the database does not answer.
    """
    place = MongoPlace(url)
    client = connect(url, place)
    try:
        database = await prepare(client, place, read_only=read_only, for_copy=for_copy)
    except BaseException:
        await client.close()
        raise
    leases = Leases(database["leases"])
    appender = Appender(database["commits"], leases)
    journal = MongoJournal(client, database, appender, leases, read_only=read_only)
    return journal, MongoDocuments(database, read_only=read_only)
