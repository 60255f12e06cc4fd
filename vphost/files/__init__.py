"""Where people's files are stored: a local folder, or an S3 bucket. Opened by a URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from vphost.files.local import LocalFiles
from vphost.services.file_ports import Files
from vphost.services.ports import Clock, PortUnusable


@dataclass(frozen=True, slots=True)
class Bucket:
    """How a bucket is reached. url: of the storage service, "" for Amazon's. base: prefix of the
    files' addresses, "" for the bucket's own address."""

    url: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    base: str = ""


def open_files(
    url: str, *, folder: Path, key: bytes, bytes_max: int, clock: Clock, bucket: Bucket
) -> Files:
    """Return the file storage that a URL names.

    url: `local`, or `s3://BUCKET`. folder, key, bytes_max: for local files: where they are, what
    grants are signed with, and how many bytes all of them may take up.
    Raises: PortUnusable.
    """
    if url == "local":
        return LocalFiles(folder, key, bytes_max, clock)
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise PortUnusable("uploads: neither local nor s3://BUCKET")
    if not bucket.access_key or not bucket.secret_key:
        raise PortUnusable(
            "uploads: s3 needs s3_access_key, and s3_secret_key or s3_secret_key_file"
        )
    try:
        from vphost.files.s3 import S3Files
    except ImportError:
        raise PortUnusable("uploads: s3 needs `pip install vphost[s3]`") from None
    return S3Files(
        parts.netloc, url=bucket.url, region=bucket.region, access_key=bucket.access_key,
        secret_key=bucket.secret_key, base=bucket.base,
    )
