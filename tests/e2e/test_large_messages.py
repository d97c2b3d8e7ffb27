"""Messages of tens of megabytes, on the deployed stack: the largest that SES takes, and a pointer that lies."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ses_stack.client import Mailer
from ses_stack.mail.mailboxes import Mailbox
from ses_stack.requests.message_size import message_bytes
from ses_stack.requests.request import MAX_MESSAGE_BYTES, Attachment, SendRequest
from ses_stack_cli.local import state
from tests.e2e.mail import Mail
from tests.e2e.stack import Stack
from tests.template.document import TEMPLATE

pytestmark = pytest.mark.e2e

ADDRESSES: dict[str, Any] = {
    "request_id": "large",
    "from_": Mailbox("app@example.com"),
    "to": (Mailbox("large@example.com"),),
}
FIELDS: dict[str, Any] = {"stream": "transactional", "subject": "Your files", "text": "All of them."}


@pytest.fixture
def mail(stack: Stack) -> Mail:
    return Mail(stack)


def largest_file() -> int:
    """The bytes of a file with which a message is just as large as SES takes."""
    lowest, highest = 0, MAX_MESSAGE_BYTES
    while lowest < highest:
        middle = (lowest + highest + 1) // 2
        file = Attachment(filename="b.bin", bucket="b", key="k", size=middle)
        request = SendRequest(
            request_id="r",
            from_=Mailbox("app@example.com"),
            to=(Mailbox("large@example.com"),),
            attachments=(file,),
            **FIELDS,
        )
        fits = message_bytes(request) <= MAX_MESSAGE_BYTES
        lowest, highest = (middle, highest) if fits else (lowest, middle - 1)
    return lowest


def peak_megabytes(stack: Stack) -> float:
    """The most memory that a worker of the sender has had, of those that run."""
    folder = state.directory() / "cloud" / "tmp" / f"ministack-lambda-{stack.outputs['SenderFunctionName']}-"
    found = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True, check=True)
    texts = [Path(f"/proc/{pid}/status").read_text() for pid in found.stdout.split()]
    return max(int(re.findall(r"VmHWM:\s*(\d+) kB", text)[0]) for text in texts) / 1000


def test_the_largest_message_goes_out_and_no_worker_reads_more(mail: Mail) -> None:
    memory = TEMPLATE["Parameters"]["SenderMemory"]["Default"]
    size = largest_file()
    mailer = Mailer.from_outputs(mail.stack.outputs, client=mail.stack.client)

    file = Attachment(filename="b.bin", content=os.urandom(size))
    mailer.send(from_="app@example.com", to="large@example.com", attachments=[file], request_id="large", **FIELDS)
    mail.becomes("large", "sent")
    (message,) = mail.received("large")
    assert [each["size"] for each in message["attachments"]] == [size]

    bucket = mail.stack.outputs["AttachmentBucketName"]
    mail.stack.client("s3").put_object(Bucket=bucket, Key="attachments/lie", Body=bytes(300_000_000))
    lie = {"filename": "a.bin", "bucket": bucket, "key": "attachments/lie", "size": 10}
    mail.queue("large-lie", attachments=[lie])
    mail.becomes("large-lie", "failed")
    assert mail.letters("Priority") == {
        "large-lie": "attachments[0] makes a message of more than the 40000000 bytes that SES takes"
    }
    assert peak_megabytes(mail.stack) < memory
