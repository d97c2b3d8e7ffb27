"""Redriving: dead letters are put back where they came from, and none is lost.

A message is sent before it is deleted. A run that is killed between the two leaves the message in both queues, and the
next run sends it once more. That is harmless: the keys of the history are made from the event alone, and the ledger
lets a request be sent once.

SQS's StartMessageMoveTask is not used. It moves all messages of a queue: it has no filter and no dry run, and the local
cloud does not have it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ses_stack.dead_letters.messages import DeadLetterMessage
from ses_stack.dead_letters.ports import (
    MESSAGES_PER_RECEIVE,
    VISIBILITY_SECONDS,
    DeadLetterPorts,
    MessageQueue,
    ReadFailure,
    RedriveObserver,
)
from ses_stack.dead_letters.queues import DeadLetterQueue
from ses_stack.dead_letters.selection import YOUNGER, Selection
from ses_stack.dead_letters.summary import RedriveSummary

NO_DESTINATION = "its target is not a queue of this stack"

_VISIBILITY_MARGIN_SECONDS = 5
_HIDDEN_POLL_SECONDS = 1.0
# A queue with more messages to skip than can be received in VISIBILITY_SECONDS never runs empty: the run ends after so
# many messages that it has read already.
_REPEATED_MESSAGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveOptions:
    """How to redrive: at most `rate` messages a second, and at most `limit` messages. A dry run changes nothing."""

    selection: Selection
    rate: float | None = None
    limit: int | None = None
    dry_run: bool = False


def redrive_all(
    queues: Iterable[DeadLetterQueue],
    ports_of: Callable[[DeadLetterQueue], DeadLetterPorts],
    options: RedriveOptions,
    observer: RedriveObserver,
) -> None:
    """Redrives one queue after the other. `options.limit` counts the messages of all queues together."""
    left = options.limit
    for queue in queues:
        if observer.stopped() or left == 0:
            return
        summary = redrive(queue, ports_of(queue), replace(options, limit=left), observer)
        left = None if left is None else left - summary.redriven - summary.failed.total()


def redrive(
    queue: DeadLetterQueue, ports: DeadLetterPorts, options: RedriveOptions, observer: RedriveObserver
) -> RedriveSummary:
    """Puts the selected messages of a queue back. All others keep their place."""
    summary = RedriveSummary(queue=queue.name, dry_run=options.dry_run)
    letters = ports.open_queue(queue.url)
    run = _Redrive(
        queue=queue,
        ports=ports,
        observer=observer,
        summary=summary,
        letters=letters,
        held=_HeldMessages(letters),
        pace=_Pace(None if options.dry_run else options.rate),
        chooser=_Chooser(options.selection, ports.read_failure, summary, options.limit),
    )
    try:
        run.all_batches()
    finally:
        run.finish()
    return summary


@dataclass(slots=True)
class _Pace:
    """Keeps the rate of messages a second."""

    rate: float | None
    due: float = 0.0

    def batch_size(self) -> int:
        """Messages to receive: no more than the rate allows in a second, so that a slow rate has no bursts."""
        return MESSAGES_PER_RECEIVE if self.rate is None else max(1, min(MESSAGES_PER_RECEIVE, int(self.rate)))

    def count(self, messages: int, now: float) -> None:
        """Counts messages that were put back."""
        if self.rate:
            self.due = max(self.due, now) + messages / self.rate


@dataclass(slots=True)
class _HeldMessages:
    """Messages that this run hides from other readers, with their latest receipts. `sent` are those put back."""

    queue: MessageQueue
    messages: dict[str, DeadLetterMessage] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)

    def add(self, received: Sequence[DeadLetterMessage]) -> None:
        """Holds received messages. A message that was put back and could not be deleted is received again."""
        self.messages |= {message.id: message for message in received}
        self.delete([message for message in received if message.id in self.sent])

    def put_back(self, messages: Sequence[DeadLetterMessage]) -> None:
        """Deletes messages that are in their destination now."""
        self.sent |= {message.id for message in messages}
        self.delete(messages)

    def delete(self, messages: Sequence[DeadLetterMessage]) -> None:
        if not messages:
            return
        undeleted = self.queue.delete(messages)
        for message in messages:
            if message.id not in undeleted:
                self.messages.pop(message.id, None)

    def delete_again(self) -> int:
        """Tries once more to delete messages that were put back. Returns how many stay undeleted."""
        self.delete([self.messages[message_id] for message_id in self.sent & self.messages.keys()])
        return len(self.sent & self.messages.keys())

    def give_back(self) -> None:
        """Makes the messages visible to other readers."""
        self.queue.give_back(self.messages.values())


@dataclass(slots=True)
class _Chooser:
    """Decides which messages are put back, and counts the others as skipped."""

    selection: Selection
    read_failure: ReadFailure
    summary: RedriveSummary
    limit: int | None
    known: set[str] = field(default_factory=set)  # ids of all messages that were decided on
    put_back: set[int] = field(default_factory=set)  # hashes of bodies
    repeated: int = 0  # messages received again, since the last new one

    def left(self) -> int | None:
        """How many messages the limit still allows; None without a limit."""
        return None if self.limit is None else self.limit - self.summary.redriven - self.summary.failed.total()

    def exhausted(self) -> bool:
        """Whether the limit is reached, or the queue gives only messages that the run has decided on."""
        return self.left() == 0 or self.repeated > max(_REPEATED_MESSAGES, 2 * len(self.known))

    def chosen(self, received: Sequence[DeadLetterMessage]) -> Iterator[DeadLetterMessage]:
        """The messages to put back. Messages over the limit are not decided on, and not counted."""
        new = [message for message in received if message.id not in self.known]
        self.repeated = 0 if new else self.repeated + len(received)
        left = self.left()
        for message in new:
            if left == 0:
                return
            if self._is_chosen(message):
                left = None if left is None else left - 1
                yield message

    def _is_chosen(self, message: DeadLetterMessage) -> bool:
        self.known.add(message.id)
        failure = self.read_failure(message)
        reason = self.selection.skips(message, failure)
        if reason is None and self.selection.has_come_back(message, self.put_back):
            reason = YOUNGER
        if reason:
            self.summary.skipped[reason] += 1
            return False
        self.put_back.add(hash(message.body))
        self.summary.causes[failure.cause] += 1
        return True


@dataclass(slots=True, kw_only=True)
class _Redrive:
    """The redrive of one queue."""

    queue: DeadLetterQueue
    ports: DeadLetterPorts
    observer: RedriveObserver
    summary: RedriveSummary
    letters: MessageQueue
    held: _HeldMessages
    pace: _Pace
    chooser: _Chooser

    def all_batches(self) -> None:
        depth = self.letters.depth()
        self.observer.begins(self.summary, depth)
        visible_at = self._visible_at(depth.invisible)
        while self._continues():
            received = self.letters.receive(self.pace.batch_size(), visibility=VISIBILITY_SECONDS)
            if received:
                self._process(received)
            elif not self._waits_for_hidden(visible_at):
                return

    def finish(self) -> None:
        """Gives back what is held, also when an error ended the run."""
        self.summary.undeleted = self.held.delete_again()
        self.summary.interrupted = self.observer.stopped()
        self.held.give_back()

    def _visible_at(self, invisible: int) -> float:
        """When messages that are hidden before this run began are visible again; 0 if there are none.

        This run hides none yet. A killed run, or an examination, hides them.
        """
        return self.observer.clock() + VISIBILITY_SECONDS + _VISIBILITY_MARGIN_SECONDS if invisible else 0.0

    def _continues(self) -> bool:
        if self.chooser.exhausted():
            return False
        if (wait := self.pace.due - self.observer.clock()) > 0:
            self.observer.sleep(wait)
        return not self.observer.stopped()

    def _process(self, received: Sequence[DeadLetterMessage]) -> None:
        self.held.add(received)
        chosen = list(self.chooser.chosen(received))
        for destination, messages in self._by_destination(chosen):
            self._put_back(messages, destination)
        self.pace.count(len(chosen), self.observer.clock())
        self.observer.progress(self.summary)

    def _by_destination(
        self, messages: Iterable[DeadLetterMessage]
    ) -> Collection[tuple[str | None, list[DeadLetterMessage]]]:
        groups: dict[str | None, list[DeadLetterMessage]] = {}
        for message in messages:
            groups.setdefault(self.queue.destination(message), []).append(message)
        return groups.items()

    def _put_back(self, messages: Sequence[DeadLetterMessage], destination: str | None) -> None:
        if destination is None:
            self.summary.failed[NO_DESTINATION] += len(messages)
        elif self.summary.dry_run:
            self.summary.redriven += len(messages)
        else:
            refused = self.ports.open_destination(destination).send(messages)
            self.summary.failed.update(refused.values())
            sent = [message for message in messages if message.id not in refused]
            self.summary.redriven += len(sent)
            self.held.put_back(sent)

    def _waits_for_hidden(self, visible_at: float) -> bool:
        """Whether messages that another reader hides will soon be visible. Waits a second for them."""
        if not visible_at:
            return False
        hidden = self.letters.depth().invisible - len(self.held.messages)
        self.summary.invisible = max(0, hidden)
        if hidden <= 0 or self.observer.clock() >= visible_at:
            return False
        self.observer.waits(hidden)
        self.observer.sleep(_HIDDEN_POLL_SECONDS)
        return True
