"""Subscriptions to events at this exchange (RFC 6665), and the event packages that it serves."""

from __future__ import annotations

from sip_frontend.calls.subscriptions.package import Package
from sip_frontend.calls.subscriptions.subscription import Subscription
from sip_frontend.calls.subscriptions.table import Subscriptions

__all__ = ["Package", "Subscription", "Subscriptions"]
