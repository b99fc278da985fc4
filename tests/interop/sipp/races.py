"""The races as data: what is played, what the exchange does meanwhile, and who else takes part."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Race:
    """A scenario in which SIPp, at the place of a trunk, calls *number*; or is called, when *caller* is set."""

    scenario: str
    number: str = "answered"
    """What the exchange does: a number of scripts.py."""
    caller: str = ""
    """The scenario of the other SIPp that calls *number*, which the exchange passes on to this one."""
    callee: str = ""
    """The scenario of the other SIPp that *number* rings."""
    at: str = "peer"
    """The place that plays *scenario*: of the one peer, or of the trunk with two."""
    every_message: bool = False
    """Repetitions are part of the scenario."""
    long: bool = False

    def __str__(self) -> str:
        return self.scenario


def _called(scenario: str, number: str = "out", caller: str = "other_hangs_up", *, every_message: bool = False) -> Race:
    return Race(scenario, number, caller, every_message=every_message)


CANCEL = [
    Race("cancel_before_any_answer", "silent"),
    Race("cancel_after_180", "ringing"),
    Race("cancel_after_183", "early"),
    Race("cancel_crosses_200"),
    Race("cancel_of_nothing"),
    Race("cancel_repeated", "ringing", every_message=True),
    Race("refusal_not_acknowledged", "ringing", every_message=True),
    _called("callee_200_crosses_cancel", caller="other_cancels"),
    _called("callee_cancel_lost", caller="other_cancels", every_message=True),
    _called("callee_late_200", "out-briefly", "other_is_refused"),
    Race("callee_silent_then_200", "out-pair", "other_hangs_up", "other_answers", at="first"),
]
ANSWERS = [
    Race("answer_never_acknowledged", every_message=True),
    Race("ack_lost", every_message=True),
    Race("ack_and_bye_at_once"),
    Race("bye_without_ack"),
    Race("bye_lost", "ends", every_message=True),
    Race("invite_repeated", "ringing", every_message=True),
    Race("merged_request", "ringing"),
    Race("no_offer"),
    Race("no_offer_no_answer"),
    _called("callee_no_offer", "out-late"),
    _called("callee_200_repeated", every_message=True),
    _called("callee_two_early_dialogs"),
]
REINVITES = [
    Race("glare_491_from_exchange", "holds"),
    Race("glare_491_from_phone", "holds"),
    Race("glare_491_both", "holds"),
    Race("overlapping_invite", "ringing"),
    Race("reinvite_hold_and_back"),
    Race("reinvite_before_ack"),
    Race("bye_crosses_reinvite", "holds"),
    Race("bye_crosses_reinvite_200", "holds"),
    Race("reinvite_crosses_bye", "ends"),
]
RELIABLE = [
    Race("prack_lost", every_message=True),
    Race("prack_never", "ringing", every_message=True),
    _called("callee_prack_lost", every_message=True),
    _called("callee_reliable_repeated", every_message=True),
]
TIMERS = [
    _called("callee_exchange_refreshes", caller="other_waits"),
    _called("callee_exchange_refreshes_by_update", caller="other_waits"),
    _called("callee_refreshes", caller="other_waits"),
    _called("callee_never_refreshes", caller="other_waits"),
    _called("callee_refresh_refused", caller="other_waits"),
    _called("callee_interval_too_small"),
    Race("interval_too_small"),
    Race("exchange_refreshes", long=True),
    Race("never_refreshed", long=True),
]
TRANSFERS = [
    Race("refer_blind", "to-other", callee="other_leaves"),
    Race("refer_blind_fails", "to-other", callee="other_answers"),
    Race("refer_without_subscription", "to-other", callee="other_leaves"),
    Race("refer_from_exchange", "refers"),
    Race("replaces_nothing"),
]
RACES = [*CANCEL, *ANSWERS, *REINVITES, *RELIABLE, *TIMERS, *TRANSFERS]
