"""Types of single header values, a file each. All are frozen values with ``parse`` and ``str()``."""

from __future__ import annotations

from sip_frontend.message.headers.auth_params import AuthParams
from sip_frontend.message.headers.call_info import answer_after_s
from sip_frontend.message.headers.contact import ContactList, contact_expires_s, contact_q
from sip_frontend.message.headers.delta import parse_delta_s
from sip_frontend.message.headers.dialog_id import DialogId
from sip_frontend.message.headers.diversion import Diversion, diversions
from sip_frontend.message.headers.event import Event
from sip_frontend.message.headers.media_type import MediaType, accepts
from sip_frontend.message.headers.privacy import parse_privacy
from sip_frontend.message.headers.rack import RAck, parse_rseq
from sip_frontend.message.headers.reason import Reason, parse_reasons
from sip_frontend.message.headers.refer_to import ReferTo
from sip_frontend.message.headers.retry_after import RetryAfter
from sip_frontend.message.headers.session_expires import SessionExpires
from sip_frontend.message.headers.subscription_state import SubscriptionState
from sip_frontend.message.headers.warning import Warning as WarningValue

__all__ = [
    "AuthParams",
    "ContactList",
    "DialogId",
    "Diversion",
    "Event",
    "MediaType",
    "RAck",
    "Reason",
    "ReferTo",
    "RetryAfter",
    "SessionExpires",
    "SubscriptionState",
    "WarningValue",
    "accepts",
    "answer_after_s",
    "contact_expires_s",
    "contact_q",
    "diversions",
    "parse_delta_s",
    "parse_privacy",
    "parse_reasons",
    "parse_rseq",
]
