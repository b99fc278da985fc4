"""Fuzz targets of the parsers. ``python -m tests.fuzz.fuzz_message`` runs one under atheris, if that is installed."""
