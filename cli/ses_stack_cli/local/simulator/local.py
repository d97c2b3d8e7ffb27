"""Routes under `/_simulator/` that SES does not have: to look, to provoke, to break.

Every body and every answer is JSON. What is wrong with a request is said in `{"error": ...}` with status 400.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from ses_stack.mail.addresses import normalized
from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator import bodies
from ses_stack_cli.local.simulator.errors import ApiError, bad_request, not_found
from ses_stack_cli.local.simulator.message import Accepted
from ses_stack_cli.local.simulator.outcomes import subscribe
from ses_stack_cli.local.simulator.provoke import PROVOKE
from ses_stack_cli.local.simulator.records import NAMES, Event, iso
from ses_stack_cli.local.simulator.requests import Drain, FaultBody, read, read_object
from ses_stack_cli.local.simulator.simulator import Simulator

type Json = dict[str, Any]
type Handler = Callable[[Ask], Awaitable[Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request."""

    simulator: Simulator
    method: str
    query: Mapping[str, str]
    raw: bytes
    names: Mapping[str, str]

    @property
    def body(self) -> Json:
        """The body as an object."""
        return read_object(self.raw)


_SPELLED = {name: kind.value for kind, (_, name, _) in NAMES.items()}


async def health(_ask: Ask) -> Json:
    """Whether it works."""
    return {"status": "ok"}


async def status(ask: Ask) -> Json:
    """Everything at a glance."""
    traffic, counts, account = ask.simulator.traffic, ask.simulator.publisher.counts, ask.simulator.account
    return {
        "accepted": traffic.accepted,
        "recipients": traffic.recipients,
        "throttled": traffic.throttled,
        "refused": dict(traffic.refused),
        "calls": dict(traffic.calls),
        "callers": {caller: dict(calls) for caller, calls in traffic.callers.items()},
        "published": _by_type(counts.published),
        "duplicates": counts.duplicates,
        "dropped": counts.dropped,
        "unwanted": _by_type(counts.unwanted),
        "failed_publishes": counts.failed,
        "pending": ask.simulator.publisher.pending,
        "notes": list(ask.simulator.publisher.notes.values()),
        "quota": _quota(ask.simulator),
        "account": {
            "sending_enabled": account.sending_enabled,
            "enforcement": account.enforcement,
            "unverified": sorted(account.unverified),
            "mail_from_unverified": sorted(account.mail_from_unverified),
        },
        "suppressed": len(ask.simulator.suppression),
        "chaos": asdict(ask.simulator.publisher.chaos),
        "faults": ask.simulator.faults.shown(),
        "seed": ask.simulator.settings.seed,
        "latency_scale": ask.simulator.settings.latency_scale,
    }


async def ledger(ask: Ask) -> Json:
    """Distinct published events: records per type, and the rows of history that they make.

    `?after=N` counts from a position that an earlier answer gave; `?tag=name=value` and `?message_id=` narrow it.
    """
    query = ask.query
    book = ask.simulator.publisher.ledger
    tally = book.tally(
        after=_whole(query.get("after", "0"), "after"), tag=query.get("tag"), message_id=query.get("message_id")
    )
    return {
        "position": book.position,
        "messages": tally.messages,
        "records": dict(tally.records),
        "rows": dict(tally.rows),
        "total_records": tally.records.total(),
        "total_rows": tally.rows.total(),
        "pending": ask.simulator.publisher.pending,
    }


async def events(ask: Ask) -> Json:
    """The latest published records, newest first. `?type=`, `?message_id=`, `?limit=` (100)."""
    query = ask.query
    kind, message_id = query.get("type"), query.get("message_id")
    wanted = EventType.from_name(kind) if kind else None
    found = [
        _shown_event(ask.simulator, event)
        for event in ask.simulator.publisher.ledger.latest()
        if wanted in (None, event.kind) and message_id in (None, event.accepted.message_id)
    ]
    return {"events": found[: _whole(query.get("limit", "100"), "limit")]}


async def messages(ask: Ask) -> Json:
    """What was sent, latest first. `?limit=` (50), `?recipient=`, `?message_id=`."""
    query = ask.query
    recipient, message_id = query.get("recipient"), query.get("message_id")
    found = [
        accepted
        for accepted in reversed(ask.simulator.mailbox)
        if (recipient is None or normalized(recipient) in map(normalized, accepted.message.destination))
        and message_id in (None, accepted.message_id)
    ]
    return {"messages": [_shown_message(each) for each in found[: _whole(query.get("limit", "50"), "limit")]]}


async def provoke(_ask: Ask) -> Json:
    """How to make each event type happen."""
    return {"provoke": [asdict(way) for way in PROVOKE]}


async def get_chaos(ask: Ask) -> Json:
    """The chaos that is on."""
    return asdict(ask.simulator.publisher.chaos)


async def put_chaos(ask: Ask) -> Json:
    """Changes the chaos, for events of messages sent from now on. What is not named stays."""
    _only(ask.body, asdict(ask.simulator.publisher.chaos))
    try:
        ask.simulator.publisher.chaos = replace(ask.simulator.publisher.chaos, **ask.body)
    except (TypeError, ValueError) as error:
        raise bad_request(str(error)) from None
    return asdict(ask.simulator.publisher.chaos)


async def get_faults(ask: Ask) -> Json:
    """The faults that are on."""
    return {"faults": ask.simulator.faults.shown()}


async def post_fault(ask: Ask) -> Json:
    """Switches a fault on."""
    return asdict(ask.simulator.faults.add(read(FaultBody, ask.raw)))


async def delete_faults(ask: Ask) -> Json:
    """Switches every fault off."""
    ask.simulator.faults.clear()
    return {"faults": []}


async def get_quota(ask: Ask) -> Json:
    """The limits and what is used of them."""
    return _quota(ask.simulator)


async def put_quota(ask: Ask) -> Json:
    """Changes the limits; `sent_last_24_hours` pretends that so many were sent just now."""
    _only(ask.body, _quota(ask.simulator))
    if wrong := [name for name, value in ask.body.items() if not isinstance(value, int | float)]:
        raise bad_request(f"not a number: {', '.join(wrong)}")
    if "max_send_rate" in ask.body:
        ask.simulator.rate.change(float(ask.body["max_send_rate"]))
    if "max_24_hour_send" in ask.body:
        ask.simulator.quota.limit = float(ask.body["max_24_hour_send"])
    if "sent_last_24_hours" in ask.body:
        ask.simulator.quota.pretend(int(ask.body["sent_last_24_hours"]))
    if "control_plane_rate" in ask.body:
        ask.simulator.control.change(float(ask.body["control_plane_rate"]))
    return _quota(ask.simulator)


async def put_account(ask: Ask) -> Json:
    """Pauses, suspends or heals the account; names identities that are not verified."""
    account = ask.simulator.account
    _only(ask.body, asdict(account))
    if ask.body.get("enforcement", "HEALTHY") not in ("HEALTHY", "PROBATION", "SHUTDOWN"):
        raise bad_request("enforcement is HEALTHY, PROBATION or SHUTDOWN")
    for name, value in ask.body.items():
        kind = type(getattr(account, name))
        if not isinstance(value, list if kind is set else kind):
            raise bad_request(f"{name} has the wrong kind")
        setattr(account, name, {normalized(each) for each in value} if kind is set else value)
    return {name: sorted(value) if isinstance(value, set) else value for name, value in asdict(account).items()}


async def unsubscribe(ask: Ask) -> Json:
    """The recipient of a message uses its unsubscribe link.

    `message_id`; `recipient` where it had several; `topic` (else the message's, else all mail); `opt_in` to come back.
    """
    _only(ask.body, ("message_id", "recipient", "topic", "contact_list", "opt_in"))
    accepted = _message(ask.simulator, str(ask.body.get("message_id", "")))
    recipient = _recipient(accepted, ask.body.get("recipient"))
    message = replace(
        accepted.message,
        topic=ask.body.get("topic", accepted.message.topic),
        contact_list=ask.body.get("contact_list", accepted.message.contact_list),
    )
    opt_in = bool(ask.body.get("opt_in", False))
    return _unsubscribed(ask.simulator, replace(accepted, message=message), recipient, opt_in=opt_in)


async def use_link(ask: Ask) -> Json:
    """The link in a message with list management: what its recipient's mail program, or a click, calls (RFC 8058)."""
    accepted = _message(ask.simulator, ask.names["message_id"])
    return _unsubscribed(ask.simulator, accepted, _recipient(accepted, None), opt_in=False)


async def drain(ask: Ask) -> Json:
    """How many events still wait; with POST, waits up to `timeout` seconds (30) until none does."""
    left = read(Drain, ask.raw).timeout if ask.method == "POST" else 0.0
    while ask.simulator.publisher.pending and left > 0:
        await asyncio.sleep(min(0.05, left))
        left -= 0.05
    due = ask.simulator.publisher.schedule.next_due()
    wait = None if due is None else round(max(due - ask.simulator.clock(), 0), 3)
    return {"pending": ask.simulator.publisher.pending, "next_in_seconds": wait}


async def reset(ask: Ask) -> Json:
    """As just started."""
    ask.simulator.reset()
    return {"status": "ok"}


_HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("GET", "/health"): health,
    ("GET", "/status"): status,
    ("GET", "/ledger"): ledger,
    ("GET", "/events"): events,
    ("GET", "/messages"): messages,
    ("GET", "/provoke"): provoke,
    ("GET", "/chaos"): get_chaos,
    ("PUT", "/chaos"): put_chaos,
    ("GET", "/faults"): get_faults,
    ("POST", "/faults"): post_fault,
    ("DELETE", "/faults"): delete_faults,
    ("GET", "/quota"): get_quota,
    ("PUT", "/quota"): put_quota,
    ("PUT", "/account"): put_account,
    ("POST", "/unsubscribe"): unsubscribe,
    ("GET", "/unsubscribe/{message_id}"): use_link,
    ("POST", "/unsubscribe/{message_id}"): use_link,
    ("GET", "/drain"): drain,
    ("POST", "/drain"): drain,
    ("POST", "/reset"): reset,
}


def mount(simulator: Simulator) -> Mount:
    """The local routes."""
    return Mount(
        "/_simulator",
        routes=[
            Route(path, _endpoint(simulator, handler), methods=[method])
            for (method, path), handler in _HANDLERS.items()
        ],
    )


def _endpoint(simulator: Simulator, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            ask = Ask(
                simulator=simulator,
                method=request.method,
                query=request.query_params,
                raw=await request.body(),
                names=request.path_params,
            )
            return JSONResponse(await handler(ask))
        except ApiError as error:
            return JSONResponse({"error": error.message}, status_code=error.status)

    return endpoint


def _unsubscribed(simulator: Simulator, accepted: Accepted, recipient: str, *, opt_in: bool) -> Json:
    message, at = accepted.message, max(simulator.clock(), accepted.at + 0.002)
    body = bodies.subscription(
        "subscribe" if opt_in else "unsubscribe", message.contact_list, message.topic, source="UnsubscribeHeader"
    )
    event = Event(
        kind=EventType.SUBSCRIPTION,
        accepted=accepted,
        at=at,
        key=f"{accepted.key}:link:{at}:{recipient}",
        body=body | {"timestamp": iso(at)},
        effect=subscribe(message, recipient, opt_in=opt_in),
    )
    simulator.publisher.add([event])
    return {"message_id": accepted.message_id, "recipient": recipient, "subscription": dict(event.body)}


def _by_type(counts: Mapping[str, int]) -> dict[str, int]:
    return {kind: counts.get(name, 0) for name, kind in _SPELLED.items()}


def _quota(simulator: Simulator) -> Json:
    return {
        "max_send_rate": simulator.rate.rate,
        "max_24_hour_send": simulator.quota.limit,
        "sent_last_24_hours": simulator.quota.used,
        "control_plane_rate": simulator.control.rate,
    }


def _shown_event(simulator: Simulator, event: Event) -> Json:
    return {"type": event.kind.value, "at": iso(event.at), "detail": event.detail(simulator.settings)}


def _shown_message(accepted: Accepted) -> Json:
    shown = asdict(accepted.message)
    shown["headers"] = [{"name": name, "value": value} for name, value in accepted.message.headers]
    return {"message_id": accepted.message_id, "at": iso(accepted.at), "caller": accepted.caller} | shown


def _message(simulator: Simulator, message_id: str) -> Accepted:
    for accepted in simulator.mailbox:
        if accepted.message_id == message_id:
            return accepted
    raise not_found(f"no message {message_id!r} among the latest {simulator.settings.mailbox_size}")


def _recipient(accepted: Accepted, asked: object) -> str:
    people = {normalized(address): address for address in accepted.message.destination}
    if asked is None and len(people) == 1:
        return next(iter(people.values()))
    if normalized(str(asked)) not in people:
        raise bad_request(f"recipient must be one of the message's {len(people)}")
    return people[normalized(str(asked))]


def _only(asked: Json, known: Mapping[str, Any] | tuple[str, ...]) -> None:
    if unknown := sorted(asked.keys() - set(known)):
        raise bad_request(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")


def _whole(text: str, name: str) -> int:
    if not text.isdigit():
        raise bad_request(f"{name} must be a number")
    return int(text)
