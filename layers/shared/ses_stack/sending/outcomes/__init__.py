"""What became of each request: the ledger, and the SES events that prove it."""
