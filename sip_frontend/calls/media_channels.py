"""Opening, pointing and closing the channel of a leg, and what plays on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip_frontend.calls import confiding, links
from sip_frontend.calls.actions import AskMedia, TellMedia
from sip_frontend.calls.call import Call, stamp
from sip_frontend.calls.channel import Channel, family_of
from sip_frontend.calls.media_directory import LOW_WATER, MediaWorker
from sip_frontend.message import Message
from sip_frontend.sdp import AgreedMedia, LocalMedia, Negotiation, SessionDescription, find_description
from switchroom.errors import BusError, SwitchroomError
from switchroom.v1 import envelope_pb2 as wire
from switchroom.v1 import media_pb2 as media

if TYPE_CHECKING:
    from collections.abc import Callable

    from sip_frontend.calls.exchange import Exchange

GRANT_AGAIN_S = 5.0
"""When a media worker that has no port for us is asked again."""
FOREVER = 0xFFFFFFFF


class NoMedia(SwitchroomError):
    """No media worker has a port for another channel."""


def open_channel(ex: Exchange, call: Call) -> Channel:
    """The channel of *call*, made when it has none: near the legs it will be mixed with. Raises NoMedia."""
    if call.channel is not None:
        return call.channel
    worker = ex.media.choose(near(call))
    if worker is None:
        raise NoMedia("no media worker with a free port")
    settings, (dscp, sources) = ex.settings, _of_network(ex, call)
    channel = Channel(ex.new_id(), call.call_id, worker.name, worker.take(), settings.media_idle_s, dscp)
    channel.spec.allowed_sources.extend(sources)
    worker.channels[channel.channel_id] = channel
    call.channel = channel
    call.view.media_open = True
    ask_for_ports(ex, worker)
    return channel


def _of_network(ex: Exchange, call: Call) -> tuple[int, tuple[str, ...]]:
    """How the media of *call* is marked, and where it may come from."""
    dscp, sources = ex.settings.rtp_dscp, ex.settings.rtp_sources
    if call.trunk is None:
        return dscp, sources
    own = call.trunk.config
    return dscp if own.rtp_dscp is None else own.rtp_dscp, sources if own.rtp_sources is None else own.rtp_sources


def near(call: Call) -> str:
    """Name of the media worker of a related leg (CM-047), else of the call it is bonded with (CM-026)."""
    for relative in (call.parent, *call.children, call.media_peer):
        if relative is not None and relative.channel is not None:
            return relative.channel.worker
    return call.bonded


def ask_for_ports(ex: Exchange, worker: MediaWorker, least: int = LOW_WATER) -> None:
    """Keep the stock of ports of *worker* above its low water, or get it to *least*."""
    blocks = worker.wants_blocks(least)
    if not blocks:
        return
    envelope = wire.Envelope()
    envelope.grant_request.blocks = blocks

    def granted(reply: wire.Envelope | BusError) -> None:
        if isinstance(reply, BusError):
            worker.asked_blocks = 0
            ex.log("warning", "media.grant_refused", worker=worker.name, reason=str(reply))
            if not worker.blocks:  # nobody chooses it, so no call will ask again
                ex.timer(GRANT_AGAIN_S, lambda now: ask_for_ports(ex, worker))
        else:
            worker.granted(reply.grant)

    ex.actions.append(AskMedia(worker.name, envelope, granted))


def return_surplus(ex: Exchange) -> None:
    """Hand back blocks of ports that a past burst needed."""
    for worker in ex.media.workers.values():
        surplus = worker.surplus()
        if surplus:
            envelope = wire.Envelope()
            envelope.grant_return.block_ids.extend(surplus)
            ex.actions.append(TellMedia(worker.name, envelope))


def _local_media(ex: Exchange, call: Call, codecs: tuple[str, ...]) -> Negotiation:
    """The offer/answer state of *call*, made with its channel."""
    channel = open_channel(ex, call)
    if call.negotiation is None:
        # Until the peer offers: the family by which its signalling goes.
        place = channel.port.at(family_of(call.flow.remote[0])) or channel.port.places[0]
        local = LocalMedia(
            address=place.advertised,
            port=channel.port.number,
            session_id=int(ex.unix * 1000),
            version=1,
            codecs=codecs or ex.settings.codecs,
            telephone_event=not call.no_telephone_events,
        )
        call.negotiation = Negotiation(local)
    return call.negotiation


def local_description(ex: Exchange, call: Call, codecs: tuple[str, ...]) -> bytes:
    """Our SDP for the answer to *call*'s INVITE: the answer to its offer, or an offer when it made none.

    Raises NotAcceptable, SdpError or NoMedia.
    """
    negotiation = _local_media(ex, call, codecs)
    if negotiation.sent:
        return negotiation.sent
    body = description_of(call.invite) if call.invite is not None else None
    if not body:
        return negotiation.make_offer()
    return _answer(ex, call, negotiation, body)


def description_of(message: Message) -> bytes | None:
    """The SDP of a message, None when it has none; it may be one part of several (RFC 5621)."""
    if not message.body:
        return None
    return find_description(message.get("Content-Type") or "", message.body)


def _answer(ex: Exchange, call: Call, negotiation: Negotiation, body: bytes) -> bytes:
    offered, local = negotiation.receive_offer(body), negotiation.local
    before = (local.address, local.origin)
    local.move_to(_address_for(call, offered, local.address), described=bool(negotiation.sent))
    try:
        answer = negotiation.make_answer()
    except SwitchroomError:
        local.address, local.origin = before
        raise
    _agreed(ex, call, negotiation.agreed)
    return answer


def _address_for(call: Call, offered: SessionDescription, ours: str) -> str:
    """Our address in the family of the first audio offered that we can reach; *ours* when there is none."""
    for section in offered.media:
        connection = offered.connection_of(section)
        if section.kind == "audio" and section.port and connection is not None and not connection.unspecified:
            place = call.channel.port.at(connection.family) if call.channel is not None else None
            if place is not None:
                return place.advertised
    return ours


def local_offer(ex: Exchange, call: Call, codecs: tuple[str, ...] = ()) -> bytes:
    """Our offer for an INVITE we send. Raises NoMedia."""
    return _local_media(ex, call, codecs).make_offer()


def remote_answer(ex: Exchange, call: Call, body: bytes, *, tentative: bool = False) -> bool:
    """The peer answered our offer; False when its answer cannot be used."""
    negotiation = call.negotiation
    if negotiation is None:
        return False
    try:
        negotiation.receive_answer(body, tentative=tentative)
    except SwitchroomError as error:
        ex.log("warning", "call.bad_answer", call_id=call.call_id, reason=str(error))
        return False
    _agreed(ex, call, negotiation.agreed)
    return True


def remote_offer(ex: Exchange, call: Call, body: bytes) -> bytes:
    """The peer offered anew in mid call: our answer. Raises NotAcceptable or SdpError."""
    return _answer(ex, call, _local_media(ex, call, ()), body)


def _agreed(ex: Exchange, call: Call, agreed: AgreedMedia | None) -> None:
    if agreed is not None and call.channel is not None:
        call.channel.apply(agreed)
        ex.touch(call.channel)
        if call.media_peer is not None and call.media_peer.channel is not None:
            links.follow(ex, call.channel, call.media_peer.channel)


def close_channel(ex: Exchange, call: Call, reason: str, closed: Callable[[media.ChannelStats | None], None]) -> None:
    """Close the channel of *call*; *closed* gets its last statistics, None if there are none."""
    channel, call.channel = call.channel, None
    call.view.media_open = False
    if channel is None:
        closed(None)
    else:
        close(ex, channel, reason, closed)


def close(ex: Exchange, channel: Channel, reason: str, closed: Callable[[media.ChannelStats | None], None]) -> None:
    """Close *channel*, and what linked its group to others for its sake."""
    channel.closing = True
    confiding.forget(ex, channel)
    if channel.spec.group_id:
        links.left(ex, channel.spec.group_id)
    if not channel.spec.generation:
        # Its worker has never heard of it.
        forget_channel(ex, channel)
        closed(None)
        return
    envelope = wire.Envelope()
    envelope.close_channel.channel_id = channel.channel_id
    envelope.close_channel.reason = reason

    def gone(reply: wire.Envelope | BusError) -> None:
        worker = ex.media.workers.get(channel.worker)
        if isinstance(reply, BusError) and worker is not None and worker.lost_at is not None:
            worker.left_behind.add(channel.channel_id)
        forget_channel(ex, channel)
        closed(None if isinstance(reply, BusError) else reply.channel_closed.stats)

    ex.actions.append(AskMedia(channel.worker, envelope, gone))


def forget_channel(ex: Exchange, channel: Channel) -> None:
    """The channel is no more; its port may serve again."""
    confiding.forget(ex, channel)
    worker = ex.media.workers.get(channel.worker)
    if worker is not None and worker.channels.pop(channel.channel_id, None) is not None:
        worker.give_back(channel.port)


def play(ex: Exchange, call: Call, soup: media.Soup, player_id: str = "", gain_db: int = 0) -> bool:
    """Play *soup* on the leg, in the place of what it plays now; False without a channel."""
    channel = call.channel
    if channel is None:
        return False
    player = channel.spec.player
    player.Clear()
    player.player_id = player_id or ex.new_id()
    player.soup.CopyFrom(soup)
    player.gain_db = gain_db
    stamp(player.started_at, ex.unix)
    ex.touch(channel)
    return True


def play_tone(ex: Exchange, call: Call, source: str) -> bool:
    """Play one tone (``uk.ringing``) or file (``file:moh.wav``) for ever."""
    soup = media.Soup(loop=FOREVER)
    item = soup.items.add()
    if source.startswith("file:"):
        item.file = source.removeprefix("file:")
    else:
        item.tone = source
    return play(ex, call, soup)


def play_over(ex: Exchange, call: Call, wanted: media.Player) -> bool:
    """Play *wanted* over what the leg hears. False without a channel."""
    channel = call.channel
    if channel is None:
        return False
    new = channel.spec.overlays.add()
    new.CopyFrom(wanted)
    stamp(new.started_at, ex.unix)
    ex.touch(channel)
    return True


def stop_over(ex: Exchange, channel: Channel, goes: Callable[[media.Player], bool]) -> None:
    """Silence what plays over the rest, as far as it *goes*."""
    stay = [one for one in channel.spec.overlays if not goes(one)]
    if len(stay) < len(channel.spec.overlays):
        del channel.spec.overlays[:]
        channel.spec.overlays.extend(stay)
        ex.touch(channel)


def stop_play(ex: Exchange, call: Call) -> None:
    """Silence the player of the leg."""
    channel = call.channel
    if channel is not None and channel.spec.HasField("player"):
        channel.spec.ClearField("player")
        ex.touch(channel)


def set_group(ex: Exchange, call: Call, group_id: str) -> None:
    """Join the leg to a group, or take it out with ""."""
    channel = call.channel
    if channel is None or channel.spec.group_id == group_id:
        return
    before, channel.spec.group_id = channel.spec.group_id, group_id
    confiding.forget(ex, channel)
    if before:
        links.left(ex, before)
    channel.spec.ClearField("member")
    stop_over(ex, channel, lambda one: one.for_group)
    if group_id:
        channel.spec.echo = False
        channel.spec.ClearField("player")
        confiding.joined(ex, links.home_group(ex, channel))
    ex.touch(channel)


def set_echo(ex: Exchange, call: Call, on: bool) -> None:
    """Send back what comes in."""
    channel = call.channel
    if channel is not None:
        channel.spec.echo = on
        ex.touch(channel)
