"""What each function loads before its first event: counted in modules, because a clock measures the machine."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.ses_stack.test_config import GUARD, NORMALIZER, PROJECTOR, SENDER, STATISTICS_WRITER, SUPPRESSION_WRITER
from tests.support.scripted_server import ScriptedServer
from tests.support.sender_fakes import document

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "eu-west-1"}
SDK = {"boto3", "botocore.session", "botocore.exceptions", "urllib3"}
THREADS = {"asyncio", "concurrent.futures"}


def loaded(function: str, environment: dict[str, str]) -> set[str]:
    """The modules in a new interpreter that has imported a function."""
    code = f"import functions.{function}.app, sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=CREDENTIALS | environment
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("function", "environment", "avoided"),
    [
        ("normalizer", NORMALIZER, SDK | THREADS),
        ("projector", PROJECTOR, SDK | THREADS | {"pydantic"}),
        ("statistics_writer", STATISTICS_WRITER, SDK | THREADS | {"pydantic"}),
        ("suppression_writer", SUPPRESSION_WRITER, SDK | THREADS),
        ("guard", GUARD, SDK | {"pydantic"}),
        ("sender", SENDER, SDK | {"pydantic", "ses_stack.history.adapters.events"}),
    ],
)
def test_a_function_loads_only_what_it_needs(function: str, environment: dict[str, str], avoided: set[str]) -> None:
    assert not loaded(function, environment) & avoided


READS_ATTACHMENTS = """
import functools, json, sys
from ses_stack.aws import clients
from ses_stack.sending.adapters.attachments import AttachmentReader
from ses_stack.sending.adapters.lane_queue import request_of

reader = AttachmentReader(functools.cache(clients.s3), bucket="bucket")
for attachment in (
    {"filename": "a.txt", "content": "aGk="},
    {"filename": "b.txt", "bucket": "bucket", "key": "attachments/b"},
):
    request = request_of(json.dumps(json.loads(sys.argv[1]) | {"attachments": [attachment]}))
    print(reader.contents(request), "boto3" in sys.modules)
"""


def test_the_sender_loads_the_sdk_when_the_first_attachment_in_s3_comes() -> None:
    server = ScriptedServer([b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ncontent"])
    environment = CREDENTIALS | {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL_S3": server.url}

    done = subprocess.run(
        [sys.executable, "-c", READS_ATTACHMENTS, json.dumps(document())],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )

    server.close()
    assert done.stdout.splitlines() == ["[b'hi'] False", "[b'content'] True"]
