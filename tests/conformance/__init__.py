"""The ledger of behaviours owed, and the tests that prove them."""
