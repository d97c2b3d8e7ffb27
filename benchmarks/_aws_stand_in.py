"""A stand-in for AWS that answers DescribeStacks and DynamoDB's Query, as `ses-stack tail` calls them.

The stack has one output, and the feed has one event in every partition. Started as a process of its own, it prints its
port and ends with its standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STACK = "ses-stack"
_STACKS = f"""<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
<DescribeStacksResult><Stacks><member><StackName>{STACK}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
<CreationTime>2026-11-25T00:00:00Z</CreationTime><Outputs><member><OutputKey>EventTableName</OutputKey>
<OutputValue>events</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult>
<ResponseMetadata><RequestId>stand-in</RequestId></ResponseMetadata></DescribeStacksResponse>"""


@contextmanager
def running() -> Iterator[str]:
    """The address of a stand-in that runs as long as the block."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if "x-amz-target" in self.headers:
            feed = json.loads(body)["ExpressionAttributeValues"][":feed"]["S"]
            self._answer("application/x-amz-json-1.0", json.dumps({"Items": [_event(feed)], "Count": 1}))
        else:
            self._answer("text/xml", _STACKS)

    def log_message(self, *_: object) -> None:
        """Requests are not logged."""

    def _answer(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _event(feed: str) -> dict[str, dict[str, str]]:
    time = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    texts = {
        "message_id": f"message-{feed}",
        "event_key": f"{time}#bounce#0123456789abcdef",
        "recipient": "ann@example.com",
        "subtype": "Permanent/General",
        "stream": "marketing",
        "detail": "smtp; 550 5.1.1 user unknown",
    }
    return {name: {"S": text} for name, text in texts.items()}


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
