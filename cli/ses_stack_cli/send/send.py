"""`ses-stack send`: one message, from options or a file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from ses_stack.client import Mailer
from ses_stack.requests.adapters.attachment_files import read_files
from ses_stack.requests.documents import complete_document
from ses_stack.requests.lane_messages import Preparation
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_note, print_text, printable
from ses_stack_cli.send.options import (
    Attach,
    DryRun,
    ExpiresAt,
    Html,
    NotBefore,
    PlainText,
    ReplyTo,
    Sender,
    Stream,
    Subject,
    Tags,
    Template,
    Tenant,
    Topic,
    given,
    json_of,
    parsed,
    read_file,
    tags_of,
    text_of,
)
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import Target, connect


@stack_options
def send(
    *,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A send request as JSON; - is standard input. Options go first.")
    ] = None,
    stream: Stream = None,
    from_: Sender = None,
    to: Annotated[list[str] | None, typer.Option("--to", help="A recipient. Repeatable.")] = None,
    cc: Annotated[list[str] | None, typer.Option("--cc", help="A copy to. Implies --one-message.")] = None,
    bcc: Annotated[list[str] | None, typer.Option("--bcc", help="A hidden copy to. Implies --one-message.")] = None,
    reply_to: ReplyTo = None,
    subject: Subject = None,
    html: Html = None,
    text: PlainText = None,
    template: Template = None,
    data: Annotated[
        str | None, typer.Option("--data", help="The template's values as JSON, or @FILE.", show_default=False)
    ] = None,
    attach: Attach = None,
    tags: Tags = None,
    topic: Topic = None,
    tenant: Tenant = None,
    not_before: NotBefore = None,
    expires_at: ExpiresAt = None,
    request_id: Annotated[
        str | None, typer.Option("--request-id", help="The idempotency key: the same id is sent once.")
    ] = None,
    one_message: Annotated[
        bool, typer.Option("--one-message", help="One message for all recipients, who then see each other.")
    ] = False,
    dry_run: DryRun = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Queue a message for the sender; each recipient gets one of their own. Prints the request ids.

    Examples:
      ses-stack send --stream transactional --from shop@example.com --to ann@example.com --subject Hi --text Hello
      ses-stack send -s marketing --from shop@example.com --to ann@example.com --template may --data '{"name": "Ann"}'
      ses-stack send --file request.json --to bob@example.com --dry-run
    """
    options = {
        "request_id": request_id,
        "stream": stream,
        "from": from_,
        "to": to,
        "cc": cc,
        "bcc": bcc,
        "reply_to": reply_to,
        "subject": subject,
        "html": text_of(html, "--html"),
        "text": text_of(text, "--text"),
        "template": template,
        "data": json_of(data, "--data"),
        "attachments": read_files(attach or []),
        "tags": tags_of(tags),
        "topic": topic,
        "tenant": tenant,
        "not_before": not_before,
        "expires_at": expires_at,
    }
    document = _document(_from_file(file), given(options))
    together = one_message or bool(isinstance(document, dict) and (document.get("cc") or document.get("bcc")))
    if dry_run:
        _check(document, together, as_json)
    else:
        _queue(connect(stack), document, together, as_json)


def mailer_of(target: Target) -> Mailer:
    """The mailer of a stack. Raises `TargetError` if the stack has no sender."""
    outputs = {name: target.output(name) for name in ("PriorityQueueUrl", "BulkQueueUrl")}
    if bucket := target.outputs.get("AttachmentBucketName"):
        outputs["AttachmentBucketName"] = bucket
    return Mailer.from_outputs(outputs, client=target.client)


class NoStore:
    """Where a dry run keeps large attachments: nowhere."""

    def put(self, key: str, content: bytes) -> str:  # noqa: ARG002
        """Names a bucket."""
        return "dry-run"


def dry_run_preparation(one_message: bool) -> Preparation:
    """Prepares messages, and stores no attachment."""
    return Preparation(
        one_message=one_message, store=NoStore(), clock=lambda: datetime.now(UTC), new_id=lambda: uuid4().hex
    )


def _from_file(file: Path | None) -> Any:
    if file is None:
        return {}
    return parsed(sys.stdin.read() if str(file) == "-" else read_file(file, "--file"), "--file")


def _document(from_file: Any, options: dict[str, Any]) -> Any:
    document = from_file | options if isinstance(from_file, dict) else from_file
    return complete_document(document, lambda: uuid4().hex)


def _check(document: Any, one_message: bool, as_json: bool) -> None:
    letters = dry_run_preparation(one_message).messages(document, index=0)
    messages = [{"request_id": each.request_id, "recipients": each.recipients, "lane": each.lane} for each in letters]
    if as_json:
        print_json({"queued": False, "request_id": document["request_id"], "messages": messages})
        return
    lane = letters[0].lane
    print_note(f"valid: {len(letters)} {_messages(len(letters))} for the {lane} lane; nothing was queued")


def _queue(target: Target, document: Any, one_message: bool, as_json: bool) -> None:
    receipt = mailer_of(target).send_request(document, one_message=one_message)
    messages = [
        {"request_id": each.request_id, "recipients": each.recipients, "lane": each.lane} for each in receipt.messages
    ]
    if as_json:
        print_json({"queued": True, "request_id": receipt.request_id, "messages": messages})
        return
    for request_id in receipt.request_ids:
        print_text(printable(request_id))
    lane = receipt.messages[0].lane
    print_note(f"queued on the {lane} lane; `ses-stack timeline {receipt.request_ids[0]}` tells what becomes of it")


def _messages(number: int) -> str:
    return "message" if number == 1 else "messages"
