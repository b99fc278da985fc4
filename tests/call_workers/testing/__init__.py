"""Tests of call_workers.testing, one file for each of its files."""
