"""SIPp scenarios of our own: one file for each race, played by hand with ``sipp -sf FILE`` or all by test_races.py."""
