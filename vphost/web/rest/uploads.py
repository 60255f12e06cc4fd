"""REST of uploads: permission for one file, which the client then sends directly to the storage."""

from __future__ import annotations

from vphost.rules.mode import Rejected
from vphost.services.uploads import Uploads
from vphost.web.rest.permissions import resource
from vphost.wire.rest import Ask, Refused, Reply, Verb


async def grant(ask: Ask[Uploads]) -> Reply:
    """Allow one upload."""
    body = ask.body
    granted = ask.host.grant(
        ask.user, ask.address, body["destination"], body.get("content_type", "")
    )
    if isinstance(granted, Rejected):
        if granted.code == "unsupported_media_type":
            raise Refused(fields={"content_type": ["Is not accepted for this destination."]})
        raise Refused.of(granted)
    one = granted.grant
    return Reply({
        "method": one.method, "url": one.url, "headers": dict(one.headers),
        "fields": dict(one.fields), "file_url": one.file_url, "content_type": granted.kind,
        "max_bytes": granted.bytes_max, "expires_in_s": one.expires_in_s,
    }, 201)


routes = (
    resource("uploads/", {"POST": Verb(
        grant, "Get permission to upload one file directly to the storage.",
        {201: "rest/uploads/grant.json"}, body="rest/uploads/ask.json",
        idempotent=True,
        refusals={429: "Too many uploads; Retry-After says when to try again."},
    )}, area="uploads"),
)
