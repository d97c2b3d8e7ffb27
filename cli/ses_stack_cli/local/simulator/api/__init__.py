"""The SESv2 REST API: one module per group of operations, and the way of a call through faults, IAM and limits."""
