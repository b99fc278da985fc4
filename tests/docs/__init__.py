"""What the documents say is there, is there."""
