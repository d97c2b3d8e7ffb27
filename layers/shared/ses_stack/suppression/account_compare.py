"""Our list and SES's account-level list, compared both ways, and mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import Protocol

from ses_stack.errors import TableError
from ses_stack.mail.addresses import normalized
from ses_stack.suppression.account_sync import AccountList, Marks, Turns
from ses_stack.suppression.manual import Work, settle
from ses_stack.suppression.policy import EVERYTHING, OFF, Fact, FactKind, Reason, Source, Suppression, derive

_AT_ONCE = 100
_REASONS = {"BOUNCE": Reason.BOUNCE, "COMPLAINT": Reason.COMPLAINT}
FOUND_THERE = "found on SES's list"


class Listed(Protocol):
    """One address on SES's list, in its case."""

    @property
    def address(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def time(self) -> str: ...


@dataclass(slots=True)
class Difference:
    """What one list has and the other has not. `lifted`: SES has it, but it was lifted here after SES listed it."""

    only_here: list[Suppression] = field(default_factory=list)
    only_there: list[Fact] = field(default_factory=list)
    lifted: list[Fact] = field(default_factory=list)
    in_both: int = 0

    @property
    def count(self) -> int:
        """How many addresses differ."""
        return len(self.only_here) + len(self.only_there) + len(self.lifted)


def account_reason(reason: Reason) -> str:
    """SES knows two reasons."""
    return "COMPLAINT" if reason is Reason.COMPLAINT else "BOUNCE"


def compare(
    work: Work, ours: Iterable[Suppression], theirs: Iterable[Listed], *, by: str, deadline: Callable[[], float]
) -> Difference:
    """Compares what lasts and holds for all mail here with what SES has. Raises `TableError`."""
    here = {line.recipient: line for line in ours if line.scope == EVERYTHING and line.expires_at is None}
    difference = Difference()
    seen: set[str] = set()
    unknown: list[Fact] = []
    for listed in theirs:
        recipient = normalized(listed.address)
        seen.add(recipient)
        if recipient not in here:
            unknown.append(_fact(listed, recipient, by))
    difference.only_here = [line for recipient, line in here.items() if recipient not in seen]
    difference.in_both = len(here) - len(difference.only_here)
    for fact, stays_off in _judged(work, unknown, deadline):
        (difference.lifted if stays_off else difference.only_there).append(fact)
    return difference


def mend(
    work: Work,
    difference: Difference,
    *,
    table: Marks,
    account: AccountList,
    turns: Turns,
    deadline: Callable[[], float],
    on_done: Callable[[], None],
) -> None:
    """Makes both lists say the same, ours first; SES's at one call a second. Can be stopped, and run again.

    Raises `TableError` or `AccountListError`.
    """
    for facts in batched(difference.only_there, _AT_ONCE, strict=False):
        by_recipient: dict[str, list[Fact]] = {}
        for fact in facts:
            by_recipient.setdefault(fact.recipient, []).append(fact)
        _raise_first(settle(replace(work, until=deadline()), by_recipient).failed)
        for _ in facts:
            on_done()
    for line in difference.only_here:
        reason = account_reason(line.reason)
        _wait_for_turn(work, turns, deadline)
        account.put(line.as_spelled, reason)
        table.mark(line.recipient, reason, until=deadline())
        on_done()
    for fact in difference.lifted:
        _wait_for_turn(work, turns, deadline)
        account.remove(fact.as_spelled)
        table.mark(fact.recipient, OFF, until=deadline())
        on_done()


def _wait_for_turn(work: Work, turns: Turns, deadline: Callable[[], float]) -> None:
    work.sleep(max(0.0, turns.take(1, until=deadline()) - work.now()))


def _judged(work: Work, unknown: Sequence[Fact], deadline: Callable[[], float]) -> Iterator[tuple[Fact, bool]]:
    """Each fact, and whether something newer lifts it: then it is SES's list that is behind."""
    for facts in batched(unknown, _AT_ONCE, strict=False):
        known, failed = work.table.read({fact.recipient for fact in facts}, until=deadline())
        _raise_first(failed)
        for fact in facts:
            line = derive([*known[fact.recipient].facts, fact], work.policy, work.now()).get(EVERYTHING)
            yield fact, line is None or line.expires_at is not None


def _fact(listed: Listed, recipient: str, by: str) -> Fact:
    return Fact(
        recipient=recipient,
        kind=FactKind.SUPPRESS,
        time=listed.time,
        reason=_REASONS.get(listed.reason, Reason.BOUNCE),
        source=Source.IMPORT,
        as_spelled=listed.address,
        by=by,
        note=FOUND_THERE,
    )


def _raise_first(failed: Mapping[str, str]) -> None:
    if failed:
        raise TableError(f"the suppression table: {next(iter(failed.values()))}")
