"""One storage for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.uploads.s3_server import REGION, S3Server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The server with one bucket, ended by its process id."""
    server = S3Server()
    try:
        server.start()
        client = server.client
        client.create_bucket(
            Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        client.close()
        yield server
    finally:
        server.end()
