"""An authoritative name server on loopback, for a zone given as text."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone


class NameServer(asyncio.DatagramProtocol):
    """Answers from its zone. *deaf* swallows questions; *asked* counts them by type and name."""

    def __init__(self, text: str, origin: str) -> None:
        self._zone = dns.zone.from_text(text, origin=origin, relativize=False, check_origin=False)
        self.asked: Counter[str] = Counter()
        self.deaf = False
        self._transport: Any = None

    @property
    def address(self) -> str:
        host, port = self._transport.get_extra_info("sockname")
        return f"{host}:{port}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        self.asked[f"{dns.rdatatype.to_text(question.rdtype)} {question.name.to_text(omit_final_dot=True)}"] += 1
        if self.deaf:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        self._fill(response, question.name, question.rdtype)
        self._transport.sendto(response.to_wire(), addr)

    def _fill(self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        node = self._zone.get_node(name)
        if node is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
            return
        for wanted in (kind, dns.rdatatype.CNAME):
            found = self._zone.get_rrset(name, wanted)
            if found is not None:
                response.answer.append(found)
                if wanted is dns.rdatatype.CNAME and wanted != kind:
                    self._fill(response, found[0].target, kind)
                return


@asynccontextmanager
async def name_server(text: str, origin: str = "test.") -> AsyncIterator[NameServer]:
    """A name server for *text*, which begins after the SOA."""
    head = "@ 60 IN SOA ns hostmaster 1 60 60 60 60\n@ 60 IN NS ns\n"
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(head + text, origin), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()
