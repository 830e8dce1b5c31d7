"""The work bucket of an installation, made where it is not there yet."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from functions.runtime.addresses import scheme_of
from functions.runtime.settings import Settings
from functions.runtime.stores.bucket import MissingObject, open_bucket, s3_client, s3_errors
from functions.runtime.stores.context import wait_for


def make_bucket(settings: Settings) -> bool:
    """Make the work bucket, unless it is there; waits for an S3 service that is still starting.

    Returns:
        Whether it was made now.

    Raises:
        StoreUnavailable: the service did not answer in time.
        PermanentError: it refuses the credentials, or the name.
    """
    if scheme_of(settings.bucket_url) != "s3":
        open_bucket(settings)
        return False
    client, name = s3_client(settings), urlsplit(settings.bucket_url).netloc
    deadline = time.monotonic() + settings.connect_timeout
    return wait_for("the bucket", lambda: _made(client, name), deadline)


def _made(client: Any, name: str) -> bool:
    try:
        with s3_errors(name):
            client.head_bucket(Bucket=name)
    except MissingObject:
        with s3_errors(name):
            _create(client, name)
        return True
    return False


def _create(client: Any, name: str) -> None:
    """A bucket in the client's region; the first region is the one that may not be named."""
    region = client.meta.region_name
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        client.create_bucket(Bucket=name, **elsewhere)
    except client.exceptions.BucketAlreadyOwnedByYou:
        return  # another has just made it
