"""Every error that ses-stack raises on purpose.

    SesStackError
    ├── ConfigurationError        the environment lacks a setting, or it makes no sense
    ├── RecordError               one record cannot be used; the others are not touched
    │   ├── NotJsonError          the body is not JSON
    │   ├── NotAnEventError       JSON, but not an SES event in any wrapping we know
    │   ├── FieldError            a field is missing, of the wrong kind, or makes no sense
    │   │   └── RequestError      the same, in a send request
    │   └── EventTooLargeError    its row would pass DynamoDB's 400 KB
    ├── ScopeError                there is no such suppression scope, or no such stream
    ├── AddressError              what should be an e-mail address is none
    ├── TableError                a table did not answer as it should, in the time there was
    ├── ListFileError             a file that should be a list of addresses is none
    ├── AccountListError          SES's account-level suppression list could not be read or changed
    │   └── AccountListBusyError  because SES is throttling: the call may come again later
    ├── CorruptRawError           a stored raw payload cannot be unpacked
    ├── QueueingError             mail could not be queued: asking again with the same request ids is safe
    ├── PageTokenError            a page was asked for that no answer gave
    └── TargetError               the CLI cannot tell which stack is meant, or cannot reach it (ses_stack_cli.target)

A `RecordError` never carries a value from the record, only the field's name and the value's kind: its text goes to
the logs, and addresses and content do not belong there.
"""

from __future__ import annotations


class SesStackError(Exception):
    """The root of the tree: catch it to catch everything that ses-stack raises on purpose."""


class ConfigurationError(SesStackError):
    """The environment lacks a setting, or a setting makes no sense. Names the variable."""


class RecordError(SesStackError):
    """One record cannot be used. `cause` groups records that fail for the same reason."""

    @property
    def cause(self) -> str:
        """A short text, the same for every record with this fault: `FieldError: mail.messageId is missing`."""
        return f"{type(self).__name__}: {self}"


class NotJsonError(RecordError):
    """The body is not JSON."""


class NotAnEventError(RecordError):
    """The body is JSON, but not an SES event in any wrapping we know."""


class FieldError(RecordError):
    """A field is missing, of the wrong kind, or makes no sense."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field
        self.problem = problem


class RequestError(FieldError):
    """A send request cannot be sent as it stands: names the field and the problem, never a value."""


class EventTooLargeError(RecordError):
    """The row would pass the 400 KB that DynamoDB allows an item."""


class CorruptRawError(SesStackError):
    """A stored raw payload cannot be unpacked: cut, altered, or packed by a newer version."""


class QueueingError(SesStackError):
    """Mail could not be queued, or only in part. Asking again with the same request ids sends nothing twice."""


class PageTokenError(SesStackError):
    """A page was asked for that no answer gave."""


class ScopeError(SesStackError):
    """There is no such suppression scope, or no such stream."""


class AddressError(SesStackError):
    """What should be an e-mail address is none. Never carries the text: it may go to a log."""


class TableError(SesStackError):
    """A table did not answer as it should, in the time there was. The same call may succeed later."""


class ListFileError(SesStackError):
    """A file that should be a list of addresses is none. Names the line."""


class AccountListError(SesStackError):
    """SES's account-level suppression list could not be read or changed: names the call and SES's error code."""


class AccountListBusyError(AccountListError):
    """SES is throttling. Not a failure: the call may come again later."""
