"""A telephone for the terminal: one call, an ear for the echo, an exit status. ``python -m sip_frontend.phone``."""
