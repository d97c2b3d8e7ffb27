"""The deployed sender on a local cloud, against the SES simulator at its default of 14 a second."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from itertools import batched
from typing import Any

import httpx

from benchmarks._local_cloud import local_cloud
from benchmarks._world import worst_window
from ses_stack_cli.local.clients import client
from ses_stack_cli.local.stack import outputs
from ses_stack_cli.local.state import LocalState

RATE = 14
_WARM_UP_MESSAGES = 100
_SECONDS = 60
_TIMEOUT_SECONDS = 180


def figures() -> dict[str, float]:
    """A minute of backlog with a priority message a second, on a local cloud of its own."""
    with local_cloud() as running:
        return measure_on(running)


def measure_on(running: LocalState) -> dict[str, float]:
    """The same on a local cloud that runs already."""
    lanes, run = _Lanes(running), f"bench{int(time.time())}"
    _start_workers(running, lanes, f"{run}-warm-")
    throttled = _status(running)["throttled"]
    lanes.put("Bulk", "marketing", [f"{run}-b{number}" for number in range(RATE * (_SECONDS + 5))])
    begin, queued = time.time(), dict[str, float]()
    for number in range(_SECONDS - 10):
        time.sleep(max(0.0, begin + 5 + number - time.time()))
        queued[name := f"{run}-p{number}"] = time.time()
        lanes.put("Priority", "transactional", [name])
    time.sleep(max(0.0, begin + _SECONDS - time.time()))
    _wait(lambda: queued.keys() <= _accepted(running, f"{run}-").keys())
    accepted = _accepted(running, f"{run}-")
    steady = sorted(moment for moment in accepted.values() if begin + 5 <= moment < begin + _SECONDS)
    waits = sorted(accepted[name] - moment for name, moment in queued.items())
    return {
        "rate_share": len(steady) / (_SECONDS - 5) / RATE,
        "worst_window_over_rate": worst_window(steady, 1) / RATE,
        "refused": _status(running)["throttled"] - throttled,
        "priority_p50_seconds": waits[len(waits) // 2],
        "priority_p99_seconds": waits[int(len(waits) * 0.99)],
    }


class _Lanes:
    """The sender's two queues."""

    def __init__(self, running: LocalState) -> None:
        self._outputs, self._sqs = outputs(running), client(running, "sqs")

    def put(self, lane: str, stream: str, names: list[str]) -> None:
        """Queues a message for each name, ten in a call."""
        url = self._outputs[f"{lane}QueueUrl"]
        for batch in batched(names, 10, strict=False):
            entries = [
                {"Id": str(number), "MessageBody": _request(name, stream), "MessageGroupId": stream}
                for number, name in enumerate(batch)
            ]
            assert not self._sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")


def _start_workers(running: LocalState, lanes: _Lanes, prefix: str) -> None:
    """Each worker is a process of this machine that starts when there is mail for it: this mail is not measured."""
    for lane, stream in (("Priority", "transactional"), ("Bulk", "marketing")):
        names = {f"{prefix}{lane.lower()}{number}" for number in range(_WARM_UP_MESSAGES)}
        lanes.put(lane, stream, sorted(names))
        _wait(lambda names=names: names <= _accepted(running, prefix).keys())  # type: ignore[misc]


def _request(name: str, stream: str) -> str:
    return json.dumps(
        {
            "v": 1,
            "request_id": name,
            "stream": stream,
            "from": "app@example.com",
            "to": [f"{name}@example.com"],
            "subject": "Benchmark",
            "text": "Hello",
        }
    )


def _accepted(running: LocalState, prefix: str) -> dict[str, float]:
    """When SES accepted each message, in seconds since 1970, by the name before its recipient's @."""
    answer = (
        httpx.get(f"{running.simulator}/_simulator/messages?limit=1000", timeout=30, trust_env=False)
        .raise_for_status()
        .json()
    )
    moments = {
        each["to"][0].partition("@")[0]: datetime.fromisoformat(each["at"]).timestamp() for each in answer["messages"]
    }
    return {name: moment for name, moment in moments.items() if name.startswith(prefix)}


def _status(running: LocalState) -> Any:
    return httpx.get(f"{running.simulator}/_simulator/status", timeout=30, trust_env=False).raise_for_status().json()


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while not until():
        if time.monotonic() > deadline:
            raise SystemExit("the local cloud did not send in time")
        time.sleep(1)
