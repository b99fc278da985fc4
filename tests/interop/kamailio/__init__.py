"""Kamailio as a carrier: an independent proxy and registrar, a tool of the tests alone (it is GPL software)."""
