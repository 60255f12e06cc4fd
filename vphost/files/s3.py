"""Files in an S3 bucket, through Amazon's own client library.

A grant is a signed form: the browser sends the file straight to the bucket, which enforces the
form's policy (name, media type, size, disposition and expiry). Signing needs no network. Only the
configured credentials are used, never those that a machine's role would provide.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from vphost.services.file_ports import FilePlace, Grant
from vphost.services.ports import PortUnusable

GRANT_S = 600
TIMEOUT_S = 5
DISPOSITION = "attachment"
log = structlog.get_logger("vphost.files")


class S3Files:
    """`file_ports.Files` in a bucket."""

    def __init__(
        self, bucket: str, *, url: str, region: str, access_key: str, secret_key: str, base: str
    ) -> None:
        """url: of the storage service, "" for Amazon's. base: prefix of the files' addresses, ""
        for the bucket's own."""
        self._bucket = bucket
        self._client: Any = boto3.session.Session().client(
            "s3", endpoint_url=url or None, region_name=region, aws_access_key_id=access_key,
            aws_secret_access_key=secret_key, config=Config(
                signature_version="s3v4", connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S,
                retries={"total_max_attempts": 2},
                s3={"addressing_style": "path" if url else "virtual"},
            ),
        )
        self._base = base.rstrip("/")
        places = [self._client.generate_presigned_post(bucket, "any")["url"], self._base]
        self.origins = tuple(sorted({_origin(place) for place in places if place}))

    async def check(self) -> None:
        """Check that the bucket exists and is ours to use. Raises: PortUnusable."""
        try:
            await asyncio.to_thread(self._client.head_bucket, Bucket=self._bucket)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            reason = {
                403: "s3_access_key and s3_secret_key may not use it", 404: "there is no such one",
            }.get(status, f"the storage answers {status}")
            raise PortUnusable(f"uploads: bucket {self._bucket}: {reason}") from None
        except (BotoCoreError, ValueError) as error:
            name = type(error).__name__
            raise PortUnusable(
                f"uploads: bucket {self._bucket}: the storage does not answer: {name}"
            ) from None

    def grant(self, place: FilePlace) -> Grant:
        """Sign a form with which one file may be sent."""
        fixed = {"Content-Type": place.kind, "Content-Disposition": DISPOSITION}
        form = self._client.generate_presigned_post(
            self._bucket, place.name, Fields=dict(fixed), ExpiresIn=GRANT_S,
            Conditions=[
                *({name: value} for name, value in fixed.items()),
                ["content-length-range", 1, place.bytes_max],
            ],
        )
        base = self._base or str(form["url"]).rstrip("/")
        return Grant("POST", form["url"], {}, form["fields"], f"{base}/{place.name}", GRANT_S)

    async def close(self) -> None:
        """End the connections."""
        await asyncio.to_thread(self._client.close)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
