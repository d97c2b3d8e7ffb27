"""`ses-stack suppression list` and `get`."""

from __future__ import annotations

import time
from itertools import islice
from typing import Annotated, Any

import typer
from rich.text import Text

from ses_stack.mail.addresses import address_key
from ses_stack.suppression.account.account_list import OFF
from ses_stack.suppression.facts import Fact, FactKind, Reason
from ses_stack.suppression.list_changes import RecipientState
from ses_stack.suppression.manual import state_of
from ses_stack.suppression.policy import Suppression
from ses_stack.suppression.scopes import EVERYTHING, checked_scope
from ses_stack.suppression.soft_bounces import evidence
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_note, print_table, print_text, printable
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.documents import line_document, sentence
from ses_stack_cli.suppression.options import Address, ReasonFilter, ScopeFilter
from ses_stack_cli.suppression.target import StackSuppression, active, suppression_of

_EFFECTS = {
    FactKind.SUPPRESS: "suppresses",
    FactKind.SOFT_BOUNCE: "soft bounce: no evidence",
    FactKind.DELIVERY: "delivery: older evidence is void",
    FactKind.OPT_IN: "opted in",
    FactKind.NOT_SPAM: "marked as not spam",
    FactKind.REMOVAL: "removed",
    FactKind.POSSIBLE_COMPLAINT: "possible complaint: named with others",
    FactKind.NOTED: "noted only",
}
_EVIDENCE = "soft bounce: evidence"
_AUTO_REPLY = "auto-reply: no evidence"


@stack_options
def list_lines(
    *,
    scope: ScopeFilter = None,
    reason: ReasonFilter = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1_000_000, help="How many lines at most.")] = 100,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show the list: which addresses are suppressed, from which mail, why and since when.

    Examples:
      ses-stack suppression list
      ses-stack suppression list --scope marketing \\
        --reason unsubscribe --json
    """
    if scope is not None:
        checked_scope(scope)
    now = time.time()
    lines = suppression_of(stack).reader.lines(scope=scope, reason=reason)
    first = list(islice((line for line in lines if line.active(now)), limit + 1))
    if as_json:
        print_json({"suppressions": [line_document(line) for line in first[:limit]], "cut": len(first) > limit})
    elif first:
        print_lines(first[:limit])
    else:
        print_note("no address is suppressed")
    if len(first) > limit:
        print_note(f"these are the first {limit}; --limit shows more, `ses-stack suppression export` gives all")


@stack_options
def get(
    address: Address,
    *,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Explain an address: which mail it does not get, why, since when, until when, and every fact behind that.

    Exit code 1 if nothing is known of the address.

    Examples:
      ses-stack suppression get ann@example.com
      ses-stack suppression get "Ann <Ann@Example.com>" --json
    """
    suppression = suppression_of(stack)
    state = state_of(suppression.lists.context(), address)
    if not state.facts and not state.current.suppressions:
        print_note(f"nothing is known of the address {address}")
        raise typer.Exit(1)
    if as_json:
        print_json(state_document(address_key(address), state))
    else:
        _print_state(address_key(address), state, suppression)
    if state.is_provisional:
        print_note(
            f"the history's deliveries could not be read ({state.history_error}): they may make a soft bounce void"
        )


def state_document(recipient: str, state: RecipientState) -> dict[str, Any]:
    """A recipient's state as JSON: the lines of the list, and all facts, oldest first.

    A soft bounce says whether it is evidence; a fact of another reason has null there.
    """
    lines, counting = active(state.current.suppressions.values()), evidence(state.facts)
    return {
        "recipient": recipient,
        "suppressed": bool(lines),
        "suppressions": [line_document(line) for line in lines],
        "account_list": state.current.account_list_state,
        "history": [
            {
                "time": fact.time,
                "what": fact.kind,
                "scope": fact.scope,
                "reason": fact.reason,
                "subtype": fact.subtype,
                "evidence": fact in counting if _is_soft_bounce_event(fact) else None,
                "source": fact.source,
                "message_id": fact.message_id,
                "by": fact.by,
                "note": fact.note,
            }
            for fact in _in_order(state)
        ],
    }


def print_lines(lines: list[Suppression]) -> None:
    """Prints lines of the list as a table."""
    print_table(
        ("ADDRESS", "SCOPE", "REASON", "SUBTYPE", "SINCE", "UNTIL", "SOURCE", "MESSAGE"),
        (
            [
                line.recipient,
                line.scope,
                line.reason,
                line.subtype or "",
                line.event_time,
                line_document(line)["expires_at"] or "",
                line.source,
                line.message_id or "",
            ]
            for line in lines
        ),
    )


def _print_state(recipient: str, state: RecipientState, suppression: StackSuppression) -> None:
    lines = active(state.current.suppressions.values())
    print_text(printable(recipient, "bold"))
    for line in lines:
        print_text(printable(f"  {sentence(line)}"))
    if not lines:
        print_text("  is not suppressed")
    if suppression.syncs_account_list and any(line.scope == EVERYTHING for line in lines):
        listed = state.current.account_list_state
        print_text(f"  SES's list: {'not known to have it' if listed in (None, OFF) else f'put there as {listed}'}")
    print_text()
    counting = evidence(state.facts)
    print_table(
        ("TIME", "WHAT", "SCOPE", "REASON", "SOURCE", "BY", "NOTE", "MESSAGE"),
        (_fact_row(fact, _effect(fact, counts=fact in counting)) for fact in _in_order(state)),
    )


def _effect(fact: Fact, *, counts: bool) -> str:
    if fact.kind is FactKind.NOTED and _is_soft_bounce_event(fact):
        return _AUTO_REPLY
    return _EVIDENCE if counts else _EFFECTS[fact.kind]


def _is_soft_bounce_event(fact: Fact) -> bool:
    return fact.reason is Reason.SOFT_BOUNCE and fact.kind in (FactKind.NOTED, FactKind.SOFT_BOUNCE)


def _fact_row(fact: Fact, effect: str) -> list[Text | str]:
    reason = "/".join(part for part in (fact.reason, fact.subtype) if part)
    cells = (fact.time, effect, fact.scope, reason, fact.source)
    return [*cells, fact.by or "", fact.note or "", fact.message_id or ""]


def _in_order(state: RecipientState) -> list[Fact]:
    return sorted(state.facts, key=lambda fact: fact.key)
