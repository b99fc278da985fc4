"""Trunks: registered with carriers, pinged, counted. Sans-IO: driven by the timers and transactions of the exchange."""
