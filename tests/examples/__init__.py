"""Tests of the examples, each on the simulated exchange."""
