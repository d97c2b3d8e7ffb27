"""`ses-stack send`: one message, from options or a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from ses_stack.client import Receipt
from ses_stack.requests.documents import complete_document
from ses_stack_cli.options import file_path, stack_options
from ses_stack_cli.output import counted, print_json, print_note, print_text, printable
from ses_stack_cli.send.message_options import MessageOptions, message_options
from ses_stack_cli.send.option_values import json_of, parse_json, read_file
from ses_stack_cli.send.outbox import DryRun, Outbox, mailer_of
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import connect


@stack_options
@message_options
def send(
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            "-f",
            parser=file_path,
            help="A send request as JSON; - is standard input. Options override its fields.",
        ),
    ] = None,
    message: MessageOptions,
    to: Annotated[list[str] | None, typer.Option("--to", help="A recipient. Repeatable.")] = None,
    cc: Annotated[list[str] | None, typer.Option("--cc", help="A copy to. Implies --one-message.")] = None,
    bcc: Annotated[list[str] | None, typer.Option("--bcc", help="A hidden copy to. Implies --one-message.")] = None,
    data: Annotated[
        str | None, typer.Option("--data", help="The template's values as JSON, or @FILE.", show_default=False)
    ] = None,
    request_id: Annotated[
        str | None, typer.Option("--request-id", help="The idempotency key: the same id is sent once.")
    ] = None,
    one_message: Annotated[
        bool, typer.Option("--one-message", help="One message for all recipients: each sees the others.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Validate everything, queue nothing.")] = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Queue a message for each recipient, and print the request ids.

    Examples:
      ses-stack send --stream transactional \\
        --from shop@example.com --to ann@example.com \\
        --subject Hi --text Hello
      ses-stack send -s marketing --from shop@example.com \\
        --to ann@example.com --template may \\
        --data '{"name": "Ann"}'
      ses-stack send --file request.json \\
        --to bob@example.com --dry-run
    """
    options = message.document(request_id=request_id, to=to, cc=cc, bcc=bcc, data=json_of(data, "--data"))
    document = _document(_from_file(file), options)
    outbox: Outbox = DryRun() if dry_run else mailer_of(connect(stack))
    receipt = outbox.send_request(document, one_message=one_message or _has_copies(document))
    if as_json:
        _print_json(receipt, queued=not dry_run)
    else:
        _print(receipt, queued=not dry_run)


def _from_file(file: Path | None) -> Any:
    if file is None:
        return {}
    return parse_json(sys.stdin.read() if str(file) == "-" else read_file(file, "--file"), "--file")


def _document(from_file: Any, options: dict[str, Any]) -> Any:
    document = from_file | options if isinstance(from_file, dict) else from_file
    return complete_document(document, lambda: uuid4().hex)


def _has_copies(document: Any) -> bool:
    return isinstance(document, dict) and bool(document.get("cc") or document.get("bcc"))


def _print_json(receipt: Receipt, *, queued: bool) -> None:
    messages = [
        {"request_id": each.request_id, "recipients": each.recipients, "lane": each.lane} for each in receipt.messages
    ]
    print_json({"queued": queued, "request_id": receipt.request_id, "messages": messages})


def _print(receipt: Receipt, *, queued: bool) -> None:
    lane = receipt.messages[0].lane
    if not queued:
        print_note(f"valid: {counted(len(receipt.messages), 'message')} for the {lane} lane; nothing was queued")
        return
    for request_id in receipt.request_ids:
        print_text(printable(request_id))
    print_note(f"queued on the {lane} lane; `ses-stack timeline {receipt.request_ids[0]}` shows its history")
