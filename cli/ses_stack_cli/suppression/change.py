"""`ses-stack suppression add` and `remove`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ses_stack.errors import AddressError
from ses_stack.mail.addresses import checked_key
from ses_stack.mail.mailboxes import mailbox
from ses_stack.suppression import manual
from ses_stack.suppression.adapters.account_list import SLASH_REMEDY
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.manual import AddedSuppression, ManualChange, RemovedSuppression
from ses_stack.suppression.scopes import EVERYTHING, checked_scope
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_note
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.documents import line_document, mail_of
from ses_stack_cli.suppression.options import Addresses, By, Scope
from ses_stack_cli.suppression.target import operator_name, suppression_of


@stack_options
def add(
    addresses: Addresses,
    *,
    scope: Scope = EVERYTHING,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", help="bounce, complaint, unsubscribe or manual; any other text is a remark on manual."
        ),
    ] = Reason.MANUAL,
    by: By = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Suppress addresses by hand. Addresses suppressed from all mail are put on SES's own list too.

    Examples:
      ses-stack suppression add ann@example.com \\
        --reason "asked us by phone"
      ses-stack suppression add ann@example.com \\
        bob@example.com --scope marketing \\
        --reason unsubscribe
    """
    parsed_reason, note = _reason_and_note(reason)
    change = ManualChange(scope=checked_scope(scope), by=operator_name(by), note=note)
    checked = [_checked_address(address) for address in addresses]
    suppression = suppression_of(stack)
    results = []
    for address in checked:
        added = manual.add(
            suppression.lists,
            address,
            change,
            reason=parsed_reason,
            sync_account_list=suppression.syncs_account_list,
        )
        _report_added(added, address, as_json=as_json)
        results.append(added)
    if as_json:
        print_json({"suppressions": [_added_document(added) for added in results]})
    if any(added.error for added in results):
        raise typer.Exit(1)


@stack_options
def remove(
    addresses: Addresses,
    *,
    scope: Scope = EVERYTHING,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for the record.", show_default=False)] = None,
    by: By = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Remove suppressions by hand, and record that: events from before the removal do not suppress again.

    Removing the suppression of all mail also removes the address from SES's own list, in every spelling that is known.
    Exit code 1 if an address was on neither list.

    Examples:
      ses-stack suppression remove ann@example.com \\
        --reason "mailbox works again"
      ses-stack suppression remove ann@example.com \\
        --scope topic:offers
    """
    change = ManualChange(scope=checked_scope(scope), by=operator_name(by), note=reason)
    for address in addresses:  # a wrong one changes nothing
        checked_key(address, repr(address))
    lists = suppression_of(stack).lists
    results = [manual.remove(lists, address, change) for address in addresses]
    if as_json:
        print_json({"removed": [_removed_document(removed) for removed in results]})
    else:
        for removed in results:
            _report_removed(removed)
    if any(removed.error or not removed.is_removed for removed in results):
        raise typer.Exit(1)


def _added_document(added: AddedSuppression) -> dict[str, Any]:
    return {**line_document(added.line), "added": added.is_new, "on_account_list": added.on_account_list}


def _removed_document(removed: RemovedSuppression) -> dict[str, Any]:
    return {
        "recipient": removed.recipient,
        "scope": removed.scope,
        "removed": removed.is_removed,
        "lifted": line_document(removed.lifted) if removed.lifted else None,
        "taken_off_account_list": removed.taken_off_account_list,
        "still_suppressed_from": removed.remaining,
        "error": removed.error,
    }


def _report_added(added: AddedSuppression, address: str, *, as_json: bool) -> None:
    if added.error:
        print_note(
            f"{added.line.as_spelled} is on our list, but not on SES's: {added.error}. "
            "`ses-stack suppression sync --apply` adds it there"
        )
    if not as_json:
        print_note(f"{address} {'is' if added.is_new else 'was already'} suppressed from {mail_of(added.line.scope)}")


def _report_removed(removed: RemovedSuppression) -> None:
    address, mail = removed.recipient, mail_of(removed.scope)
    if removed.lifted:
        print_note(f"{address} is no longer suppressed from {mail}")
    elif not removed.taken_off_account_list:
        print_note(f"{address} was not suppressed from {mail}")
    if removed.taken_off_account_list:
        print_note(f"{address} is off SES's list")
    if removed.remaining:
        print_note(f"{address} is still suppressed from {', '.join(map(mail_of, removed.remaining))}: see --scope")
    if removed.error:
        remedy = "" if removed.error.endswith(SLASH_REMEDY) else ". Run this again"
        print_note(f"SES's list may still have {address}: {removed.error}{remedy}")


def _reason_and_note(text: str) -> tuple[Reason, str | None]:
    """A reason, or `manual` with a remark. `soft_bounce` is a remark too: such a suppression expires."""
    name = text.strip().lower().replace("-", "_")
    if name in set(Reason) - {Reason.SOFT_BOUNCE}:
        return Reason(name), None
    return Reason.MANUAL, text.strip() or None


def _checked_address(address: str) -> str:
    try:
        return mailbox(address).address
    except ValueError as problem:
        raise AddressError(f"{address!r} is not an e-mail address: it {problem}") from None
