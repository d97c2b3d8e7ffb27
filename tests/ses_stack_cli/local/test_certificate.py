"""The local cloud's certificate: a TLS client that trusts it reaches 127.0.0.1, and one that does not is refused."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from ses_stack_cli.local import certificate, state


def handshake(certificate_file: Path, key_file: Path, client: ssl.SSLContext, host: str) -> None:
    """A TLS handshake on a pair of connected sockets."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate_file, key_file)
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(ours, server_hostname=host).close()
    finally:
        ours.close()
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_client_that_trusts_it_connects(tmp_path: Path, host: str) -> None:
    files = certificate.make(tmp_path)
    handshake(*files, certificate.trust(str(files[0])), host)


def test_other_hosts_and_other_certificates_are_refused(tmp_path: Path) -> None:
    files, others = certificate.make(tmp_path / "a"), certificate.make(tmp_path / "b")
    for trusted, host in ((files[0], "example.org"), (others[0], "127.0.0.1")):
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(*files, certificate.trust(str(trusted)), host)


def test_the_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    _, key_file = certificate.make(tmp_path)
    assert key_file.stat().st_mode & 0o077 == 0


def test_the_files_are_in_the_local_clouds_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    made, _ = certificate.make(certificate.directory())
    assert made == certificate.path() == tmp_path / "tls" / "certificate.pem"
