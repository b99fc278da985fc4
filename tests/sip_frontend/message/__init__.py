"""SIP messages."""
