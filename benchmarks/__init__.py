"""Benchmarks: every module here whose name has no leading underscore, but `harness`, is one.

`python -m benchmarks.NAME [--json]` runs one, `python -m benchmarks [--json]` all. The exit code is 1 if a target is
missed.
"""
