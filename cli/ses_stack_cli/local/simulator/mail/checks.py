"""What SES refuses: bad addresses, bad tags, too many recipients, too many bytes.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ses_stack_cli.local.simulator.errors import bad_request
from ses_stack_cli.local.simulator.mail.message import Message

MAX_RECIPIENTS = 50
# AWS says 40 MB, and not of how many bytes: the fewer, so that mail which passes here passes there.
# https://docs.aws.amazon.com/ses/latest/dg/quotas.html
MAX_BYTES = 40_000_000
# An address with its display name, as it stands in the header.
MAX_ADDRESS_BYTES = 320
_LOCAL_PART = re.compile(r"[^\s<>()\[\]\\,;:@\x00-\x1f\x7f]+")
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))+")
_TAG = re.compile(r"[A-Za-z0-9_.@-]{1,256}")
_BRACKETED = re.compile(r"(?P<name>.*?)<(?P<address>[^<>]*)>", re.DOTALL)


def checked(message: Message) -> Message:
    """The message, if SES would accept it. Raises a BadRequestException if not."""
    if not message.source:
        raise bad_request("Missing required header 'From'.")
    if not message.destination:
        raise bad_request("Missing required header 'To'.")
    if len(message.destination) > MAX_RECIPIENTS:
        raise bad_request(f"Recipient count exceeds {MAX_RECIPIENTS}.")
    if message.size > MAX_BYTES:
        raise bad_request(f"Message length is more than {MAX_BYTES} bytes long: '{message.size}'.")
    for address in [message.source, *message.destination]:
        check_address(address)
    for name, values in message.tags.items():
        check_tag(name, values)
    return message


def check_address(address: str) -> None:
    """Raises the BadRequestException that SES answers to a bad address."""
    bracketed = _BRACKETED.fullmatch(address.strip())
    plain = (bracketed["address"] if bracketed else address).strip()
    if len(address.encode()) > MAX_ADDRESS_BYTES:
        raise bad_request(f"Address length is more than {MAX_ADDRESS_BYTES} bytes long: '{address}'.")
    if any(character in address for character in "\r\n\0"):
        raise bad_request("Address contains control characters")
    local_part, at, domain = plain.rpartition("@")
    if not at or not domain:
        raise bad_request("Missing final '@domain'")
    _check_local_part(local_part)
    if not _is_domain(domain):
        raise bad_request(f"Domain contains an illegal character or label: '{domain}'")


def check_tag(name: str, values: Sequence[str]) -> None:
    """Raises the BadRequestException that SES answers to a bad message tag."""
    if name.startswith("ses:") or not _TAG.fullmatch(name):
        raise bad_request(f"Invalid tag name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed.")
    for value in values:
        if not _TAG.fullmatch(value):
            raise bad_request(
                f"Invalid tag value <{value}>: only alphanumeric ASCII characters, '_', '-', '.' and '@' are allowed."
            )


def _check_local_part(text: str) -> None:
    if not text:
        raise bad_request("Missing local part")
    if not text.isascii():
        raise bad_request("Local address contains non-ASCII characters")
    if not _LOCAL_PART.fullmatch(text) or text.startswith(".") or text.endswith(".") or ".." in text:
        raise bad_request("Local address contains control or whitespace")


def _is_domain(text: str) -> bool:
    """Whether SES takes a domain. A domain outside ASCII must come in punycode, as SES's documentation says.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
    """
    return bool(_DOMAIN.fullmatch(text))
