"""A simulator of Amazon SES: its SESv2 API over HTTP on loopback, its limits, and its events.

It is to the deployed stack on a laptop what SES is on AWS. Mail goes nowhere. The recipients' addresses decide what
happens to a message (see `events/provoke.py`); the simulator publishes that to EventBridge as SES does.

    api/        the SESv2 routes
    control/    the routes under /_simulator/: to look, to change limits, to inject faults
    account/    the account's standing, limits, suppression list, contact lists
    mail/       from a request to an accepted message: checks, MIME, templates
    events/     from an accepted message to its published events
    emulator/   the AWS emulator beside it: configuration sets, EventBridge, IAM
"""
