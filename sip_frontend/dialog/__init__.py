"""Dialogs of RFC 3261 section 12, without I/O and without a clock."""

from __future__ import annotations

from sip_frontend.dialog.dialog import REFRESHES_TARGET, Dialog, DialogId, id_at_uac, id_at_uas
from sip_frontend.dialog.route_set import RouteSet

__all__ = ["REFRESHES_TARGET", "Dialog", "DialogId", "RouteSet", "id_at_uac", "id_at_uas"]
