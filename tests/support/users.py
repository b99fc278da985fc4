"""Phones with the demo exchange's users."""

from __future__ import annotations

from tests.support.exchange import Exchange
from tests.support.phone import Phone


def phone(exchange: Exchange, user: str, transport: str = "UDP") -> Phone:
    """A phone of one of the users 1001 to 1010."""
    return Phone(exchange.sip, user, f"secret{user}", transport=transport)
