"""The streams as operators see them."""

from __future__ import annotations

from ses_stack.guard.decisions import StreamHealth
from ses_stack.guard.policy import GuardPolicy
from ses_stack.guard.streams import StreamStatus, stream_statuses
from ses_stack.sending.limits.account_limits import KnownLimits
from ses_stack.sending.limits.stream_pauses import StreamPause
from tests.support.guard_evidence import NOW
from tests.support.guard_world import GuardWorld

PAUSE = StreamPause(stream="marketing", since=1.0, by="guard", reason="too many")


def statuses(world: GuardWorld, known: KnownLimits, *refused: str) -> dict[str, StreamStatus]:
    found = stream_statuses(world, known, refused=refused, policy=GuardPolicy(), now=NOW)
    return {each.stream: each for each in found}


def test_each_stream_has_its_rates_and_how_it_stands_by_them() -> None:
    world = GuardWorld()
    world.mail("marketing", sends=5_000, complaints=20, bounces=10)
    world.mail("default", sends=12, complaints=1)
    found = statuses(world, KnownLimits(pauses={"marketing": PAUSE}), "marketing")

    marketing, default = found["marketing"], found["default"]
    assert (marketing.sends, marketing.complaints.rate.count) == (5_000, 20)
    assert (marketing.complaints.health, marketing.hard_bounces.health) == (
        StreamHealth.CRITICAL,
        StreamHealth.HEALTHY,
    )
    assert (marketing.pause, marketing.is_refused) == (PAUSE, True)
    assert (default.complaints.health, default.pause, default.is_refused) == (StreamHealth.UNSURE, None, False)
    assert {stream: each.guard_pauses for stream, each in found.items()} == {
        "transactional": False,
        "marketing": True,
        "default": True,
    }


def test_a_resumption_is_shown_as_long_as_it_matters() -> None:
    now = NOW.timestamp()
    known = KnownLimits(resumed={"marketing": now - 3_600, "default": now - 2 * 86_400})
    found = statuses(GuardWorld(), known)
    assert (found["marketing"].resumed_at, found["default"].resumed_at) == (now - 3_600, None)
