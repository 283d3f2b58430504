"""A name server on loopback: it gives fixed answers, or none."""

import asyncio
import struct
from collections.abc import Sequence
from ipaddress import ip_address
from types import TracebackType
from typing import Self

_A, _AAAA = 1, 28
_NO_ERROR, _NO_SUCH_NAME = 0, 3
_RESPONSE, _RECURSION = 0x8000, 0x0180


class NameServer(asyncio.DatagramProtocol):
    """Answers queries over UDP while the context is open.

    `answers` has the addresses of each name; with several lists for a name each is given once, the last one from then
    on. Other names do not exist. A server that is `silent` answers nothing.
    """

    def __init__(self, *, silent: bool = False, **answers: Sequence[Sequence[str]]) -> None:
        self.silent = silent
        self.answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}
        self.asked: set[str] = set()

    @property
    def address(self) -> str:
        """Host and port."""
        host, port = self._transport.get_extra_info("sockname")
        return f"{host}:{port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.close()

    async def asked_for(self, count: int) -> None:
        """Wait until the server was asked for this many different names."""
        async with asyncio.timeout(60):
            while len(self.asked) < count:  # noqa: ASYNC110  # queries arrive outside of any task
                await asyncio.sleep(0.005)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer a query."""
        (number,) = struct.unpack_from("!H", data)
        labels, position = [], 12
        while (length := data[position]) != 0:
            labels.append(data[position + 1 : position + 1 + length].decode())
            position += length + 1
        (kind,) = struct.unpack_from("!H", data, position + 1)
        question = data[12 : position + 5]
        name = ".".join(labels).lower()
        self.asked.add(name)
        if self.silent:
            return
        lists = self.answers.get(name)
        found = [] if lists is None else [each for each in map(ip_address, lists[0]) if _kind(each.version) == kind]
        if lists is not None and len(lists) > 1 and kind == _A:
            lists.pop(0)
        records = b"".join(struct.pack("!HHHIH", 0xC00C, kind, 1, 0, len(each.packed)) + each.packed for each in found)
        code = _NO_SUCH_NAME if lists is None else _NO_ERROR
        head = struct.pack("!HHHHHH", number, _RESPONSE | _RECURSION | code, 1, len(found), 0, 0)
        self._transport.sendto(head + question + records, addr)


def _kind(version: int) -> int:
    return _A if version == 4 else _AAAA
