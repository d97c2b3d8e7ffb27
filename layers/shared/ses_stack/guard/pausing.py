"""Pausing streams: which must stop, the writes that stop them, and telling the operators.

The guard may stop at any line, and the next run goes on from there. The pause's row comes first: the workers know it
within seconds. Then SES's configuration set is turned off, for mail that applications send straight to SES. Then the
guard notifies the topic, and last it remembers that. So operators may learn of a pause twice, and always learn of it.

A configuration set that sends again although its stream is paused, after a deployment for instance, is turned off
again, also where an operator made the pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from ses_stack.guard.decisions import CriticalRate, StreamEvidence, critical_rate, may_warn
from ses_stack.guard.memory import GuardRecord
from ses_stack.guard.policy import GuardPolicy
from ses_stack.guard.ports import GuardTools
from ses_stack.guard.report import GuardReport
from ses_stack.guard.wording import Notification, pause_notification, reason_of, warning_notification
from ses_stack.sending.limits.stream_pauses import GUARD, StreamPause


class StreamGuard:
    """Guards the streams in one run. `pauses` and `memory` are what they are after it."""

    def __init__(
        self, tools: GuardTools, policy: GuardPolicy, record: GuardRecord, report: GuardReport, now: float
    ) -> None:
        self._tools = tools
        self._policy = policy
        self._resumed = record.known.resumed
        self._report = report
        self._now = now
        self.pauses = dict(record.known.pauses)
        self.memory = record.memory

    def run(self, evidence: Mapping[str, StreamEvidence]) -> None:
        """Pauses or warns about the streams that are critical, and sees that every pause holds and is known."""
        for each in evidence.values():
            critical = critical_rate(each, self._policy)
            if critical and each.stream not in self.pauses:
                self._stop(critical, each)
        for pause in self.pauses.values():
            if pause.by and self._resumed.get(pause.stream, 0.0) < pause.since:
                self._hold(pause)
        self._forget_ended_pauses()

    def _stop(self, critical: CriticalRate, evidence: StreamEvidence) -> None:
        """Pauses a stream, or warns about it."""
        stream = critical.stream
        warned = self.memory.warned.get(stream)
        if self._policy.may_pause(stream):
            self._pause(stream, self._reason(critical, evidence))
        elif may_warn(_moment(warned) if warned else None, _moment(self._now)):
            reason = self._reason(critical, evidence)
            if self._notify(warning_notification(critical, reason, stack=self._tools.stack)):
                self.memory = self.memory.with_warning(stream, self._now)
                self._report.actions.append(f"warned about {stream} mail: {reason}")

    def _reason(self, critical: CriticalRate, evidence: StreamEvidence) -> str:
        sample = self._report.attempt(
            f"the newest {critical.cause} of {critical.stream}",
            lambda: self._tools.history.sample(critical.stream, critical.cause, self._now),
        )
        return reason_of(critical, evidence, sample)

    def _pause(self, stream: str, reason: str) -> None:
        pause = StreamPause(stream=stream, since=self._now, by=GUARD, reason=reason)
        paused = self._report.attempt(
            f"the pause of {stream}", lambda: self._tools.store.pause(pause, resumed_at=self._resumed.get(stream))
        )
        if paused:
            self.pauses[stream] = pause
            self._report.actions.append(f"paused {stream} mail: {reason}")

    def _hold(self, pause: StreamPause) -> None:
        """Turns off the configuration sets of a paused stream, and tells of the guard's own pause."""
        for name in self._tools.configuration_sets[pause.stream]:
            self._report.attempt(f"the configuration set {name}", partial(self._turn_off, name, pause))
        is_notified = pause.by != GUARD or self.memory.notified.get(pause.stream) == pause.since
        if not is_notified and self._notify(pause_notification(pause, stack=self._tools.stack)):
            self.memory = self.memory.with_notified(pause.stream, pause.since)

    def _turn_off(self, name: str, pause: StreamPause) -> None:
        if not self._tools.account.is_sending(name):
            return
        self._tools.account.set_sending(name, False)
        if self._tools.store.holds(pause):
            self._report.actions.append(f"turned off the configuration set {name}")
        else:
            # An operator resumed the stream since its pause was read.
            self._tools.account.set_sending(name, True)

    def _notify(self, notification: Notification) -> bool:
        def notify() -> bool:
            self._tools.notify(notification)
            return True

        return bool(self._report.attempt("the topic", notify))

    def _forget_ended_pauses(self) -> None:
        notified = {stream: since for stream, since in self.memory.notified.items() if stream in self.pauses}
        self.memory = replace(self.memory, notified=notified)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
