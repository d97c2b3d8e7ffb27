"""Silent events, run by run: mail was sent, and no event of SES's arrived."""

from __future__ import annotations

from ses_stack.guard.policy import GuardPolicy
from ses_stack.sending.limits.rate import SenderCounts
from tests.support.guard_world import GuardWorld, health, values


def silent(world: GuardWorld, *, runs: int) -> list[float]:
    return [values(world.run())["EventsSilent"] for _ in range(runs)]


def send(world: GuardWorld, message_id: str = "") -> None:
    """The sender's workers count mail that SES accepted just now."""
    world.counted[int(world.moment.timestamp()) + 10] = SenderCounts(recipients=1, message_id=message_id)


def test_mail_without_events_is_silent_after_fifteen_minutes_and_until_one_arrives() -> None:
    world = GuardWorld()
    world.run()
    send(world)
    assert silent(world, runs=20) == [0] * 15 + [1] * 5

    world.newest_event = world.moment.timestamp()
    assert silent(world, runs=2) == [0, 0]


def test_mail_with_events_is_not_silent() -> None:
    world = GuardWorld()
    for _ in range(20):
        send(world)
        world.newest_event = world.moment.timestamp() + 11
        assert silent(world, runs=1) == [0]
    assert silent(world, runs=20) == [0] * 20


def test_a_stack_without_mail_is_not_silent() -> None:
    assert silent(GuardWorld(), runs=30) == [0] * 30


def test_sess_count_shows_mail_that_applications_send_straight_to_ses() -> None:
    world = GuardWorld()
    world.mail("default", sends=600)
    world.health_now = health(sent=1_000)
    world.newest_event = world.moment.timestamp() - 600
    world.run()
    world.health_now = health(sent=1_001)
    assert silent(world, runs=17)[-1] == 1


def test_mail_of_other_programs_in_the_account_is_not_missed() -> None:
    world = GuardWorld()
    world.mail("default", sends=400)
    world.health_now = health(sent=1_000)
    world.run()
    world.health_now = health(sent=1_001)
    assert silent(world, runs=20) == [0] * 20


def test_without_counters_nothing_is_concluded_from_sess_count() -> None:
    world = GuardWorld()
    world.mail("default", sends=1_000)
    world.health_now = health(sent=1_000)
    world.run()
    world.broken = {"counters"}
    world.health_now = health(sent=1_001)
    assert silent(world, runs=20) == [0] * 20


def test_an_event_of_the_message_itself_answers_for_the_mail() -> None:
    """Where the feed lacks the Send events of send requests, and while the counters are behind."""
    world = GuardWorld()
    world.broken = {"counters"}
    for number in range(20):
        send(world, f"m{number}")
        world.messages_with_events.add(f"m{number}")
        assert silent(world, runs=1) == [0]
    send(world, "lost")
    world.newest_event = world.moment.timestamp()
    assert silent(world, runs=17)[-1] == 1, "an event of earlier mail is none of this message"


def test_a_history_that_does_not_answer_makes_silence_unknown_and_forgets_nothing() -> None:
    world = GuardWorld()
    world.run()
    send(world)
    world.broken = {"history"}
    for _ in range(10):
        assert "EventsSilent" not in values(world.run())
    world.broken = set()
    assert silent(world, runs=8) == [0] * 5 + [1] * 3


def test_the_time_since_the_last_mail_is_published_where_that_is_asked_for() -> None:
    world = GuardWorld(GuardPolicy(watches_last_send=True))
    assert "SecondsSinceLastSend" not in values(world.run()), "no mail is known yet"
    send(world)
    assert [values(world.run())["SecondsSinceLastSend"] for _ in range(3)] == [50, 110, 170]


def test_counts_that_could_not_be_read_are_read_later() -> None:
    world = GuardWorld()
    world.run()
    send(world)
    world.broken = {"counts"}
    world.run()
    world.broken = set()
    assert values(world.run())["SenderDeferrals"] == 0
    assert world.memory.silence.unanswered is not None


def test_after_a_long_stop_the_guard_reads_the_last_minutes_only() -> None:
    world = GuardWorld()
    world.run()
    asked: list[tuple[int, int]] = []
    world.sender_counts = lambda since, until: asked.append((since, until)) or {}  # type: ignore[method-assign, func-returns-value]
    world.run(minutes=600)
    ((since, until),) = asked
    assert until - since == 300
