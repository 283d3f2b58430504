"""The messages between the bot and an image worker: a JSON object and bytes, each with its length.

Not pickled, because a worker that a hostile image has taken over must not make the bot run its code.
"""

import json
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO

LENGTHS = struct.Struct(">II")
MAX_HEADER = 64 * 1024
MAX_BODY = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Frame:
    """A message; `body` are the bytes of an image, if it has one."""

    header: dict[str, Any]
    body: bytes = field(default=b"", repr=False)

    def encoded(self) -> bytes:
        """The bytes to send, without those of the body."""
        header = json.dumps(self.header).encode()
        return LENGTHS.pack(len(header), len(self.body)) + header


def read_frame(stream: BinaryIO) -> Frame:
    """The next message of a blocking stream. Raises EOFError at its end."""
    header_size, body_size = LENGTHS.unpack(_exactly(stream, LENGTHS.size))
    return Frame(json.loads(_exactly(stream, header_size)), _exactly(stream, body_size))


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
