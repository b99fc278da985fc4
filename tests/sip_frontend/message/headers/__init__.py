"""Header values."""
