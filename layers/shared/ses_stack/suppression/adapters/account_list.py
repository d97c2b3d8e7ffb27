"""Calls to SES's account-level suppression list.

These calls know an address only in the case in which it was added, while sending ignores case.
https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import is_throttling
from ses_stack.aws.ses_api import SesCalls
from ses_stack.errors import AccountListBusyError, AccountListError
from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.account.account_list import ListedAddress

_ADDRESSES_PER_PAGE = 1000
_BAD_REQUEST = "BadRequestException"
_NOT_FOUND = "NotFoundException"
# Reported in https://github.com/aws/aws-sdk/issues/158: the operations that have the address in their path refuse it.
SLASH_REMEDY = (
    "SES takes no address with a slash off its list by this call: "
    "use `aws sesv2 create-import-job` with SuppressionListImportAction=DELETE"
)


class SesAccountList:
    """The list."""

    def __init__(self, calls: SesCalls) -> None:
        self._calls = calls

    def put(self, address: str, reason: str) -> None:
        """Adds an address. `reason`: BOUNCE or COMPLAINT. Raises `AccountListError`."""
        self._call("PutSuppressedDestination", {"EmailAddress": address, "Reason": reason})

    def remove(self, address: str) -> bool:
        """Removes an address; returns whether it was there. Raises `AccountListError`."""
        operation, ignored = "DeleteSuppressedDestination", {_NOT_FOUND}
        if "/" in address:
            ignored.add(_BAD_REQUEST)
        answer = self._call(operation, {"EmailAddress": address}, ignored=ignored)
        if answer.error == _BAD_REQUEST:
            raise AccountListError(f"SES: {operation}: {answer.error}: {SLASH_REMEDY}")
        return answer.error != _NOT_FOUND

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
        answer = self._call("ListSuppressedDestinations", {"PageSize": _ADDRESSES_PER_PAGE, **next_token}).document
        addresses = [
            ListedAddress(
                address=each["EmailAddress"],
                reason=each["Reason"],
                time=utc_milliseconds(datetime.fromtimestamp(each["LastUpdateTime"], UTC)),
            )
            for each in answer.get("SuppressedDestinationSummaries", ())
        ]
        return addresses, answer.get("NextToken")

    def _call(self, operation: str, parameters: Mapping[str, Any], *, ignored: Container[str] = ()) -> Answer:
        """Raises SES's errors as `AccountListError`, without SES's text: it may contain the address."""
        answer = self._calls.call(operation, parameters)
        if isinstance(answer, Unanswered):
            raise AccountListError(f"SES: {operation}: {answer.cause}")
        if answer.error and answer.error not in ignored:
            busy = is_throttling(answer.error, answer.status)
            raise (AccountListBusyError if busy else AccountListError)(f"SES: {operation}: {answer.error}")
        return answer
