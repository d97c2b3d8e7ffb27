"""The errors that ses-stack raises on purpose.

    SesStackError
    ├── ConfigurationError        an environment variable is missing or invalid
    ├── RecordError               one record of a batch is invalid; the other records are processed
    │   ├── NotJsonError          the record's body is not JSON
    │   ├── NotAnEventError       the body is JSON, but not an SES event
    │   ├── FieldError            a field is missing or invalid
    │   │   └── RequestError      a field of a send request is missing or invalid
    │   └── EventTooLargeError    the event's row would be larger than DynamoDB allows
    ├── ScopeError                a suppression scope or a stream does not exist
    ├── AddressError              a text is not an e-mail address
    ├── TableError                a DynamoDB table could not be read or written in time
    │   └── PartialWriteError     some rows of a write were written, others were not
    ├── ListFileError             a file is not a list of addresses
    ├── AccountListError          SES's account-level suppression list could not be read or changed
    │   └── AccountListBusyError  SES throttles the calls to that list
    ├── CorruptRawError           a stored raw payload cannot be decompressed
    ├── ServiceError              an AWS service did not answer, or refused a call
    ├── QueueingError             mail could not be queued
    └── PageTokenError            a page token is not one that the reader gave out

The command line adds its own errors below `SesStackError`; `TargetError` in `ses_stack_cli.target` is one of them.

The text of a `RecordError` goes to the logs. It names the field and the kind of its value, but never the value, because
addresses and content do not belong in logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class SesStackError(Exception):
    """The root of the tree: catch it to catch every error that ses-stack raises on purpose."""


class ConfigurationError(SesStackError):
    """An environment variable is missing or invalid, or a stack has no name. The text names the variable."""


class RecordError(SesStackError):
    """One record of a batch is invalid. `cause` groups records that fail for the same reason."""

    @property
    def cause(self) -> str:
        """A short text, equal for all records with this fault: `FieldError: mail.messageId is missing`."""
        return f"{type(self).__name__}: {self}"


class NotJsonError(RecordError):
    """The record's body is not JSON."""


class NotAnEventError(RecordError):
    """The body is JSON, but not an SES event: neither as it is, nor wrapped by EventBridge or SNS."""


class FieldError(RecordError):
    """A field is missing, of the wrong kind, or invalid."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field
        self.problem = problem


class RequestError(FieldError):
    """A field of a send request is missing or invalid. The text names the field and the problem, never the value."""


class EventTooLargeError(RecordError):
    """The event's row would be larger than the 400 KB that DynamoDB allows an item."""


class CorruptRawError(SesStackError):
    """A stored raw payload cannot be decompressed: it is cut, altered, or written by a newer version."""


class ServiceError(SesStackError):
    """SES, SQS, CloudWatch or SNS did not answer in time, or refused a call. Names the call and the error code."""


class QueueingError(SesStackError):
    """Mail could not be queued, or only a part of it. A repeated call with the same request ids sends nothing twice."""


class PageTokenError(SesStackError):
    """A page token is not one that the reader gave out."""


class ScopeError(SesStackError):
    """A suppression scope or a stream does not exist. The text names those that do."""


class AddressError(SesStackError):
    """A text is not an e-mail address. In the layer, the error never carries that text, because it may go to a log."""


class TableError(SesStackError):
    """A DynamoDB table could not be read or written in time. The same call may succeed later."""


class PartialWriteError(TableError):
    """Some rows of a write were written, others were not.

    `written` has a value for each row, in order: whether it was written; None if the table did not say so.
    """

    def __init__(self, problem: str, written: Sequence[bool | None]) -> None:
        super().__init__(problem)
        self.written = tuple(written)


class ListFileError(SesStackError):
    """A file is not a list of addresses, or cannot be read or written. The text names the line or the file."""


class AccountListError(SesStackError):
    """SES's account-level suppression list could not be read or changed. Names the call and SES's error code."""


class AccountListBusyError(AccountListError):
    """SES throttles the calls to the account-level suppression list: the same call may succeed later."""
