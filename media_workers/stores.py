"""Places outside this machine's folders where prompts come from and recordings go: folders, HTTP(S), S3-compatible."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from media_workers.errors import StoreFailed
from media_workers.fetched import UNFINISHED
from switchroom.config.sections import MediaSection

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, S3Config

_CONNECT = timedelta(seconds=5)
_TIMEOUT = timedelta(seconds=60)
_SAME = timedelta(milliseconds=1)
"""Times of files are finer than what their servers can compare."""
_PIECE_BYTES = 1 << 20


def _open(url: str, section: MediaSection) -> ObjectStore:
    """Imported here: a worker without hooks does not pay for the library."""
    from obstore.store import HTTPStore, LocalStore, S3Store

    client: ClientConfig = {"connect_timeout": _CONNECT, "timeout": _TIMEOUT, "allow_http": True}
    if url.startswith(("http://", "https://")):
        if section.store_token:
            client["default_headers"] = {"authorization": f"Bearer {section.store_token}"}
        return HTTPStore.from_url(url, client_options=client, retry_config={"max_retries": 0})
    if url.startswith("s3://"):
        config: S3Config = {"region": section.store_region}
        if section.store_endpoint:
            config["endpoint"] = section.store_endpoint
        if section.store_key_id:
            config["access_key_id"] = section.store_key_id
            config["secret_access_key"] = section.store_secret
        return S3Store.from_url(url, config=config, client_options=client, retry_config={"max_retries": 1})
    return LocalStore(prefix=Path(url.removeprefix("file://")).resolve(), mkdir=True)


class Store:
    """One such place, from its address in the configuration."""

    def __init__(self, url: str, section: MediaSection) -> None:
        self.url = url.rstrip("/")
        self._store = _open(self.url, section)

    async def fetch(self, name: str, to: str, since: datetime | None, most_bytes: int) -> bool:
        """Put the object *name* into the file *to*, whole or not at all; False when it has not changed *since*.

        The file is as old as the object. Raises ``StoreFailed``.
        """
        from obstore import get_async
        from obstore.exceptions import BaseError, NotModifiedError

        # Of its own: other workers may share the folder, and fetch the same at the same time.
        part = f"{to}.{token_hex(4)}{UNFINISHED}"
        try:
            got = await get_async(self._store, name, options={"if_modified_since": since} if since else {})
            if since is not None and got.meta["last_modified"] <= since + _SAME:
                return False
            if got.meta["size"] > most_bytes:
                raise StoreFailed(f"{self.url}/{name}: larger than {most_bytes} bytes")
            os.makedirs(os.path.dirname(to), exist_ok=True)
            file = await asyncio.to_thread(open, part, "wb")
            with file:
                async for piece in got.stream(min_chunk_size=_PIECE_BYTES):
                    await asyncio.to_thread(file.write, piece)
            os.utime(part, (time.time(), got.meta["last_modified"].timestamp()))
            os.replace(part, to)
        except NotModifiedError:
            return False
        except (BaseError, OSError, ValueError) as error:  # ValueError: a name that the store cannot have
            raise StoreFailed(f"{self.url}/{name}: {error}") from error
        finally:
            with contextlib.suppress(OSError):  # it is there when the fetch failed, or was given up
                os.unlink(part)
        return True

    async def put(self, name: str, path: str) -> None:
        """Store the file *path* as *name*. Raises ``StoreFailed``."""
        from obstore import put_async
        from obstore.exceptions import BaseError

        try:
            await put_async(self._store, name, Path(path))
        except (BaseError, OSError, ValueError) as error:
            raise StoreFailed(f"{self.url}/{name}: {error}") from error
