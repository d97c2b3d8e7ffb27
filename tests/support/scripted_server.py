"""A server on loopback that answers requests as its script says, over connections that break where it says so."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from pathlib import Path
from typing import Any


class ScriptedServer:
    """Each connection takes the next list of turns; each turn answers one request.

    A turn is the bytes to send back. None closes the connection, `reset` resets it. `silence` sends nothing until the
    client leaves.
    `left` is set when the server has closed a connection.
    With `certificate`, a file with a certificate and one with its key, the server speaks TLS.
    """

    silence = b""
    reset = b"reset"

    def __init__(self, *connections: list[bytes | None], certificate: tuple[Path, Path] | None = None) -> None:
        self.requests: list[bytes] = []
        self.left = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections = list(connections)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._tls and certificate:
            self._tls.load_cert_chain(*certificate)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Takes no more connections."""
        self._listener.close()

    def _serve(self) -> None:
        for turns in self._connections:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # the test is over
            threading.Thread(target=self._serve_connection, args=(connection, turns), daemon=True).start()

    def _serve_connection(self, connection: socket.socket, turns: list[bytes | None]) -> None:
        try:
            with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as secured:
                self._take_turns(secured, turns)
        except OSError:
            connection.close()  # the client did not trust the certificate
        self.left.set()

    def _take_turns(self, connection: socket.socket, turns: list[bytes | None]) -> None:
        with connection.makefile("rb") as stream:
            for turn in turns:
                request = _read_request(stream)
                if not request or turn is None:
                    break
                self.requests.append(request)
                if turn == self.reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                connection.sendall(turn)
                if turn == self.silence:
                    stream.read()


def _read_request(stream: Any) -> bytes:
    head = b""
    while (line := stream.readline()) not in (b"\r\n", b""):
        head += line
    lengths = (int(line.split()[1]) for line in head.splitlines() if line.lower().startswith(b"content-length"))
    return head + b"\r\n" + stream.read(next(lengths, 0)) if head else b""
