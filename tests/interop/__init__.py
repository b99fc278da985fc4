"""Third-party phones and load against the running exchange."""
