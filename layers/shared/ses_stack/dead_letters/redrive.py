"""Dead letters: looking at them without taking any, and putting them back without losing any.

A letter is sent before it is deleted. Whoever is killed in between leaves it in both queues, and the next run sends it
once more; the keys of the history, made from the event alone, make that harmless.

SQS's own StartMessageMoveTask is not used: it moves everything, at once and unseen. It knows no filter and no dry run,
and the local cloud does not have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ses_stack.dead_letters.letters import YOUNGER, DeadLetterQueue, Depth, Diagnosis, Letter, Selection

# How long a received letter stays hidden. Short, because that is how long a killed run keeps its last letters hidden;
# long enough for one batch, which is sent and deleted at once.
VISIBILITY_SECONDS = 30
_GRACE_SECONDS = 5
_BATCH = 10
# A queue with more letters to skip than can be received in VISIBILITY_SECONDS never runs empty.
_SEEN_AGAIN_LIMIT = 200

NO_DESTINATION = "its target is not a queue of this stack"

type Diagnose = Callable[[Letter], Diagnosis]


class Queue(Protocol):
    """A queue; see ses_stack.adapters.queues."""

    def depth(self) -> Depth: ...
    def receive(self, limit: int, *, visibility: int) -> Sequence[Letter]: ...
    def give_back(self, letters: Iterable[Letter]) -> None: ...
    def send(self, letters: Sequence[Letter]) -> Mapping[str, str]: ...
    def delete(self, letters: Iterable[Letter]) -> Mapping[str, str]: ...


class Destination(Protocol):
    """Where letters go back to: a queue, or a function; see ses_stack.adapters.table_stream."""

    def send(self, letters: Sequence[Letter]) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Letters of a queue, looked at. `complete`: these are all."""

    depth: Depth
    letters: Sequence[tuple[Letter, Diagnosis]]
    complete: bool

    def causes(self) -> list[tuple[str, Counter[str]]]:
        """Each cause with its letters' types, of requests their streams, counted; the commonest cause first."""
        causes: dict[str, Counter[str]] = {}
        for _, told in self.letters:
            causes.setdefault(told.cause, Counter())[told.type or told.stream or "-"] += 1
        return sorted(causes.items(), key=lambda cause: (-cause[1].total(), cause[0]))

    def records(self, cause: str) -> int:
        """The records of a table stream that the letters of a cause speak of."""
        return sum(told.records or 0 for _, told in self.letters if told.cause == cause)


def examine(queue: Queue, *, diagnose: Diagnose, limit: int) -> Examination:
    """Looks at no more than `limit` letters and gives all of them back."""
    depth = queue.depth()
    seen: dict[str, Letter] = {}
    exhausted = False
    try:
        while len(seen) < limit and not exhausted:
            received = queue.receive(min(_BATCH, limit - len(seen)), visibility=VISIBILITY_SECONDS)
            exhausted = all(letter.id in seen for letter in received)
            seen |= {letter.id: letter for letter in received}
    finally:
        queue.give_back(seen.values())
    return Examination(
        depth=depth,
        letters=[(letter, diagnose(letter)) for letter in seen.values()],
        complete=len(seen) >= depth.total,
    )


@dataclass(slots=True, kw_only=True)
class Summary:
    """What became of the letters of one queue. In a dry run `redriven` counts what would have been."""

    queue: str
    dry_run: bool = False
    redriven: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    undeleted: int = 0
    invisible: int = 0
    interrupted: bool = False

    @property
    def examined(self) -> int:
        """Every letter that was looked at was redriven, or skipped, or failed."""
        return self.redriven + self.skipped.total() + self.failed.total()


class Watch(Protocol):
    """Whoever watches a redrive, and may stop it."""

    def stopped(self) -> bool:
        """Whether to finish the batch and leave."""

    def sleep(self, seconds: float) -> None:
        """Waits, or returns at once when stopped."""

    def clock(self) -> float:
        """Seconds that only go forward."""

    def begins(self, summary: Summary, depth: Depth) -> None:
        """A queue is begun. The summary grows as it goes, and is the one that `redrive` will give."""

    def progress(self, summary: Summary) -> None:
        """A batch is done."""

    def waits(self, letters: int) -> None:
        """Another run, or a look, hides letters: they come back within half a minute."""


def redrive(
    queue: DeadLetterQueue,
    *,
    open_queue: Callable[[str], Queue],
    open_destination: Callable[[str], Destination],
    diagnose: Diagnose,
    selection: Selection,
    watch: Watch,
    rate: float | None = None,
    limit: int | None = None,
    dry_run: bool = False,
) -> Summary:
    """Puts the selected letters back, at most `limit`, at most `rate` a second. What is left keeps its place."""
    run = _Redrive(
        queue=queue,
        open_queue=open_queue,
        open_destination=open_destination,
        diagnose=diagnose,
        selection=selection,
        watch=watch,
        rate=None if dry_run else rate,
        limit=limit,
        summary=Summary(queue=queue.name, dry_run=dry_run),
    )
    try:
        run.all_batches()
    finally:
        run.finish()
    return run.summary


@dataclass(slots=True, kw_only=True)
class _Redrive:
    queue: DeadLetterQueue
    open_queue: Callable[[str], Queue]
    open_destination: Callable[[str], Destination]
    diagnose: Diagnose
    selection: Selection
    watch: Watch
    rate: float | None
    limit: int | None
    summary: Summary
    letters: Queue = field(init=False)
    due: float = 0.0
    known: set[str] = field(default_factory=set)  # letters that are counted, or were about to be
    sent: set[str] = field(default_factory=set)  # of those, the ones in their new queue
    put_back: set[int] = field(default_factory=set)  # the hashes of bodies
    held: dict[str, Letter] = field(default_factory=dict)  # letters that we hide, with their latest receipts
    seen_again: int = 0

    def __post_init__(self) -> None:
        self.letters = self.open_queue(self.queue.url)

    def all_batches(self) -> None:
        depth = self.letters.depth()
        self.watch.begins(self.summary, depth)
        # Nothing is hidden by us yet: whatever is invisible now was left by a killed run, and will come back.
        back_at = self.watch.clock() + VISIBILITY_SECONDS + _GRACE_SECONDS if depth.invisible else 0.0
        while self._goes_on():
            received = self.letters.receive(self._room(), visibility=VISIBILITY_SECONDS)
            if received:
                self._take(received)
            elif not self._waits_for_hidden(back_at):
                return

    def finish(self) -> None:
        """Gives back what is held, and tries once more to delete what was sent."""
        self._delete([self.held[letter_id] for letter_id in self.sent & self.held.keys()])
        self.summary.undeleted = len(self.sent & self.held.keys())
        self.summary.interrupted = self.watch.stopped()
        self.letters.give_back(self.held.values())

    def _goes_on(self) -> bool:
        if self._left() == 0 or self.seen_again > max(_SEEN_AGAIN_LIMIT, 2 * len(self.known)):
            return False
        if (wait := self.due - self.watch.clock()) > 0:
            self.watch.sleep(wait)
        return not self.watch.stopped()

    def _room(self) -> int:
        """Letters to receive: what one second allows, so that a slow rate does not come in bursts."""
        return _BATCH if self.rate is None else max(1, min(_BATCH, int(self.rate)))

    def _left(self) -> int | None:
        if self.limit is None:
            return None
        return self.limit - self.summary.redriven - self.summary.failed.total()

    def _take(self, received: Sequence[Letter]) -> None:
        self.held |= {letter.id: letter for letter in received}
        self._delete([letter for letter in received if letter.id in self.sent])
        fresh = [letter for letter in received if letter.id not in self.known]
        self.seen_again = 0 if fresh else self.seen_again + len(received)
        chosen = list(self._chosen(fresh))
        for url, letters in self._by_destination(chosen):
            self._put_back(letters, url)
        if self.rate:
            self.due = max(self.due, self.watch.clock()) + len(chosen) / self.rate
        self.watch.progress(self.summary)

    def _chosen(self, fresh: Sequence[Letter]) -> Iterator[Letter]:
        """The letters to put back; the others are counted as skipped. What passes the limit was never looked at."""
        left = self._left()
        for letter in fresh:
            if left == 0:
                return
            self.known.add(letter.id)
            told = self.diagnose(letter)
            reason = self.selection.skips(letter, told)
            if reason is None and self.selection.has_come_back(letter, self.put_back):
                reason = YOUNGER
            if reason:
                self.summary.skipped[reason] += 1
                continue
            self.put_back.add(hash(letter.body))
            left = None if left is None else left - 1
            self.summary.causes[told.cause] += 1
            yield letter

    def _by_destination(self, letters: Iterable[Letter]) -> Collection[tuple[str | None, list[Letter]]]:
        groups: dict[str | None, list[Letter]] = {}
        for letter in letters:
            groups.setdefault(self.queue.destination(letter), []).append(letter)
        return groups.items()

    def _put_back(self, letters: Sequence[Letter], url: str | None) -> None:
        if url is None:
            self.summary.failed[NO_DESTINATION] += len(letters)
            return
        refused = {} if self.summary.dry_run else self.open_destination(url).send(letters)
        self.summary.failed.update(refused.values())
        sent = [letter for letter in letters if letter.id not in refused]
        self.summary.redriven += len(sent)
        if not self.summary.dry_run:
            self.sent |= {letter.id for letter in sent}
            self._delete(sent)

    def _delete(self, letters: Sequence[Letter]) -> None:
        if not letters:
            return
        kept = self.letters.delete(letters)
        for letter in letters:
            if letter.id not in kept:
                self.held.pop(letter.id, None)

    def _waits_for_hidden(self, back_at: float) -> bool:
        """Nothing can be received: whether letters that others hide will come back soon."""
        if not back_at:
            return False
        hidden = self.letters.depth().invisible - len(self.held)
        self.summary.invisible = max(0, hidden)
        if hidden <= 0 or self.watch.clock() >= back_at:
            return False
        self.watch.waits(hidden)
        self.watch.sleep(1.0)
        return True
