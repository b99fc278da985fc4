"""Real processes on loopback, with phones and packets."""
