"""Calls to SES's account-level suppression list.

These calls know an address only in the case in which it was added, while sending ignores case.
https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from ses_stack.aws.retry import is_throttling
from ses_stack.errors import AccountListBusyError, AccountListError
from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.account.account_list import ListedAddress

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_ADDRESSES_PER_PAGE = 1000


class SesAccountList:
    """The list. Its client is made when it is first needed, because most batches do not need it."""

    def __init__(self, make_client: Callable[[], SESV2Client]) -> None:
        self._make_client = make_client

    @cached_property
    def _client(self) -> SESV2Client:
        return self._make_client()

    def put(self, address: str, reason: str) -> None:
        """Adds an address. `reason`: BOUNCE or COMPLAINT. Raises `AccountListError`."""
        with _account_list_errors("PutSuppressedDestination"):
            self._client.put_suppressed_destination(
                EmailAddress=address, Reason=cast(Literal["BOUNCE", "COMPLAINT"], reason)
            )

    def remove(self, address: str) -> bool:
        """Removes an address; returns whether it was there. Raises `AccountListError`."""
        with _account_list_errors("DeleteSuppressedDestination", "NotFoundException"):
            self._client.delete_suppressed_destination(EmailAddress=address)
            return True
        return False

    def addresses(self) -> Iterator[ListedAddress]:
        """All addresses, page by page. Raises `AccountListError`."""
        token: str | None = None
        while True:
            page, token = self._page(token)
            yield from page
            if not token:
                return

    def _page(self, token: str | None) -> tuple[list[ListedAddress], str | None]:
        """Up to a thousand addresses, and the token of the next page. Raises `AccountListError`."""
        next_token: dict[str, Any] = {"NextToken": token} if token else {}
        with _account_list_errors("ListSuppressedDestinations"):
            answer = self._client.list_suppressed_destinations(PageSize=_ADDRESSES_PER_PAGE, **next_token)
        addresses = [
            ListedAddress(
                address=each["EmailAddress"],
                reason=each["Reason"],
                time=utc_milliseconds(each["LastUpdateTime"].astimezone(UTC)),
            )
            for each in answer.get("SuppressedDestinationSummaries", ())
        ]
        return addresses, answer.get("NextToken")


@contextmanager
def _account_list_errors(call: str, ignored: str = "") -> Iterator[None]:
    """Raises SES's errors as `AccountListError`, without SES's text: it may contain the address."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- 12 ms, rarely needed

    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == ignored:
            return
        if is_throttling(code, status):
            raise AccountListBusyError(f"SES: {call}: {code}") from None
        raise AccountListError(f"SES: {call}: {code or status}") from None
    except BotoCoreError as error:
        raise AccountListError(f"SES: {call}: {type(error).__name__}") from None
