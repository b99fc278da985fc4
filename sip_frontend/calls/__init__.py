"""Calls: legs, runs, bridges and the verbs that move them. No I/O, no clock: events in, actions out."""

from __future__ import annotations
