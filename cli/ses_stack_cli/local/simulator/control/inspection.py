"""Routes that read: status, published events, sent messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from ses_stack.mail.addresses import address_key
from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.control.account import quota_document
from ses_stack_cli.local.simulator.control.request import ControlRequest, Json
from ses_stack_cli.local.simulator.events.provoke import PROVOKE
from ses_stack_cli.local.simulator.events.records import NAMES, Event, ses_time
from ses_stack_cli.local.simulator.mail.message import AcceptedMessage
from ses_stack_cli.local.simulator.simulator import Simulator

_EVENTS_LIMIT = 100
_MESSAGES_LIMIT = 50


async def health(_request: ControlRequest) -> Json:
    """Answers that the simulator runs."""
    return {"status": "ok"}


async def status(request: ControlRequest) -> Json:
    """Traffic, publishing, limits, account, chaos, faults."""
    simulator, publisher = request.simulator, request.simulator.publisher
    return {
        **_traffic_document(simulator),
        **_publishing_document(simulator),
        "quota": quota_document(simulator),
        "account": {
            "sending_enabled": simulator.account.sending_enabled,
            "enforcement": simulator.account.enforcement,
            "unverified": sorted(simulator.account.unverified),
            "mail_from_unverified": sorted(simulator.account.mail_from_unverified),
        },
        "suppressed": len(simulator.suppression),
        "chaos": asdict(publisher.chaos),
        "faults": simulator.faults.documents(),
        "seed": simulator.settings.seed,
        "latency_scale": simulator.settings.latency_scale,
    }


async def ledger(request: ControlRequest) -> Json:
    """Distinct published events: records per type, and the rows of history that they make.

    `?after=N` counts from a position that an earlier answer gave; `?tag=name=value` and `?message_id=` narrow it.
    """
    query, published = request.query, request.simulator.publisher.published
    tally = published.tally(after=request.number("after", 0), tag=query.get("tag"), message_id=query.get("message_id"))
    return {
        "position": published.position,
        "messages": tally.messages,
        "records": dict(tally.records),
        "rows": dict(tally.rows),
        "total_records": tally.records.total(),
        "total_rows": tally.rows.total(),
        "pending": request.simulator.publisher.pending,
    }


async def events(request: ControlRequest) -> Json:
    """The latest published records, newest first. `?type=`, `?message_id=`, `?limit=` (100)."""
    name, message_id = request.query.get("type"), request.query.get("message_id")
    wanted = EventType.from_name(name) if name else None
    documents = [
        _event_document(request.simulator, event)
        for event in request.simulator.publisher.published.latest()
        if wanted in (None, event.kind) and message_id in (None, event.accepted.message_id)
    ]
    return {"events": documents[: request.number("limit", _EVENTS_LIMIT)]}


async def messages(request: ControlRequest) -> Json:
    """The accepted messages, latest first. `?limit=` (50), `?recipient=`, `?message_id=`."""
    recipient, message_id = request.query.get("recipient"), request.query.get("message_id")
    accepted = [
        each
        for each in reversed(request.simulator.mailbox)
        if (recipient is None or address_key(recipient) in map(address_key, each.message.destination))
        and message_id in (None, each.message_id)
    ]
    return {"messages": [_message_document(each) for each in accepted[: request.number("limit", _MESSAGES_LIMIT)]]}


async def provoke(_request: ControlRequest) -> Json:
    """The table of how to make each event type happen."""
    return {"provoke": [asdict(way) for way in PROVOKE]}


def _traffic_document(simulator: Simulator) -> Json:
    traffic = simulator.traffic
    return {
        "accepted": traffic.accepted,
        "recipients": traffic.recipients,
        "throttled": traffic.throttled,
        "refused": dict(traffic.refused),
        "calls": dict(traffic.calls),
        "callers": {caller: dict(calls) for caller, calls in traffic.callers.items()},
    }


def _publishing_document(simulator: Simulator) -> Json:
    counts = simulator.publisher.counts
    return {
        "published": _by_type(counts.published),
        "duplicates": counts.duplicates,
        "dropped": counts.dropped,
        "unwanted": _by_type(counts.unwanted),
        "failed_publishes": counts.failed,
        "pending": simulator.publisher.pending,
        "notes": list(simulator.publisher.notes.values()),
    }


def _by_type(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by our names of the types, from counts by `eventType`."""
    return {kind.value: counts.get(event_type, 0) for kind, (_, event_type, _) in NAMES.items()}


def _event_document(simulator: Simulator, event: Event) -> Json:
    return {"type": event.kind.value, "at": ses_time(event.at), "detail": event.detail(simulator.settings)}


def _message_document(accepted: AcceptedMessage) -> Json:
    document = asdict(accepted.message)
    document["headers"] = [{"name": name, "value": value} for name, value in accepted.message.headers]
    known = {"message_id": accepted.message_id, "at": ses_time(accepted.at), "caller": accepted.caller}
    return known | document
