"""SES's account-level suppression list.

Its calls know an address only in exactly the case in which it was added, while sending ignores case.
https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from ses_stack.aws.retry import is_throttling
from ses_stack.errors import AccountListBusyError, AccountListError
from ses_stack.mail.times import utc_milliseconds

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One address on SES's list, in its case. `time` as the history writes it."""

    address: str
    reason: str
    time: str


class AccountSuppressions:
    """The list, through a client that is made when it is first needed: most batches never need it."""

    def __init__(self, make_client: Callable[[], SESV2Client]) -> None:
        self._make_client = make_client

    @cached_property
    def _client(self) -> SESV2Client:
        return self._make_client()

    def put(self, address: str, reason: str) -> None:
        """Adds an address. Raises `AccountListError`."""
        with _named("PutSuppressedDestination"):
            self._client.put_suppressed_destination(
                EmailAddress=address, Reason=cast(Literal["BOUNCE", "COMPLAINT"], reason)
            )

    def remove(self, address: str) -> bool:
        """Takes off an address; whether it was there. Raises `AccountListError`."""
        with _named("DeleteSuppressedDestination", "NotFoundException"):
            self._client.delete_suppressed_destination(EmailAddress=address)
            return True
        return False

    def page(self, token: str | None) -> tuple[list[Listed], str | None]:
        """Up to a thousand addresses, and what asks for the next ones. Raises `AccountListError`."""
        more: dict[str, Any] = {"NextToken": token} if token else {}
        with _named("ListSuppressedDestinations"):
            answer = self._client.list_suppressed_destinations(PageSize=_PAGE, **more)
        listed = [
            Listed(
                address=each["EmailAddress"],
                reason=each["Reason"],
                time=utc_milliseconds(each["LastUpdateTime"].astimezone(UTC)),
            )
            for each in answer.get("SuppressedDestinationSummaries", ())
        ]
        return listed, answer.get("NextToken")


@contextmanager
def _named(call: str, passed_over: str = "") -> Iterator[None]:
    """Errors in our words: SES's own may name the address."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- slow to load, and rarely needed

    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == passed_over:
            return
        if is_throttling(code, status):
            raise AccountListBusyError(f"SES: {call}: {code}") from None
        raise AccountListError(f"SES: {call}: {code or status}") from None
    except BotoCoreError as error:
        raise AccountListError(f"SES: {call}: {type(error).__name__}") from None
