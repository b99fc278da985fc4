"""What can be counted from outside: messages by method and status, delays, and the page that Prometheus reads."""

from __future__ import annotations

from sip_frontend.measure.listener import MetricsListener
from sip_frontend.measure.page import page
from sip_frontend.measure.traffic import Traffic

__all__ = ["MetricsListener", "Traffic", "page"]
