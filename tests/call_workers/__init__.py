"""Tests of call_workers, one file for each of its files."""
