"""Routes under `/_simulator/` that SES does not have: to look, to change the account, to inject faults."""
