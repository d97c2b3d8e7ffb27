"""The context that Lambda hands to a handler."""

from __future__ import annotations

from types import SimpleNamespace

CONTEXT = SimpleNamespace(
    function_name="benchmark",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:benchmark",
    aws_request_id="benchmark",
    get_remaining_time_in_millis=lambda: 30_000,
)
