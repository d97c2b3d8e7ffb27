"""Campaigns: which of a day's campaigns have counters of their own.

A campaign is the first value of a message's tag `campaign`. Their number a day is bounded, because an application may
put anything into a tag: a campaign beyond the bound is counted as `other`. The first campaigns of a day keep their
places, so that the counters of a campaign are never split.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

CAMPAIGN_TAG = "campaign"
# Under this name the campaigns beyond the bound are counted. A campaign that has this name is counted with them.
OTHER_CAMPAIGNS = "other"


def admitted(wanted: Iterable[str], known: Collection[str], *, limit: int) -> list[str]:
    """The campaigns that get a place beside the known ones, in the order in which they are wanted."""
    new = [name for name in dict.fromkeys(wanted) if name not in known and name != OTHER_CAMPAIGNS]
    return new[: max(0, limit - len(known))]
