"""The account's standing with AWS, and the traffic that it has had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ses_stack.mail.addresses import address_key, bare
from ses_stack_cli.local.simulator.errors import ApiError, message_rejected
from ses_stack_cli.local.simulator.events.address_words import is_mailbox_simulator
from ses_stack_cli.local.simulator.mail.message import domain_of

INBOX = "please check the inbox of the email address associated with your AWS account."


@dataclass(slots=True, kw_only=True)
class Account:
    """The account's standing. All identities are verified, except those in `unverified` (their keys).

    Without production access (in the sandbox) those in `verified` are verified, and no others.
    """

    sending_enabled: bool = True
    production_access: bool = True
    enforcement: str = "HEALTHY"
    plan: str = "ESSENTIALS"
    unverified: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    mail_from_unverified: set[str] = field(default_factory=set)

    def check_sending(self) -> None:
        """Raises the error that SES answers while the account may not send."""
        if self.enforcement == "SHUTDOWN":
            raise ApiError(
                "AccountSuspendedException", f"Sending suspended for this account. For more information, {INBOX}"
            )
        if not self.sending_enabled:
            raise ApiError("SendingPausedException", f"Sending paused for this account. For more information, {INBOX}")

    def check_identities(self, source: str, recipients: Sequence[str], region: str) -> None:
        """Raises the error that SES answers to a sender or, in the sandbox, a recipient that is not verified.

        In the sandbox, the mailbox simulator's addresses need no verification.
        https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
        """
        failed = [] if self._is_verified(source) else [bare(source)]
        if not self.production_access:
            failed += [bare(each) for each in recipients if not (is_mailbox_simulator(each) or self._is_verified(each))]
        if failed:
            raise message_rejected(
                "Email address is not verified. The following identities failed the check in region"
                f" {region.upper()}: {', '.join(dict.fromkeys(failed))}"
            )
        if domain_of(address_key(source)) in self.mail_from_unverified:
            raise ApiError("MailFromDomainNotVerifiedException", f"MAIL FROM domain of {bare(source)} is not verified.")

    def _is_verified(self, address: str) -> bool:
        identities = {address_key(address), domain_of(address_key(address))}
        return not identities & self.unverified and (self.production_access or bool(identities & self.verified))


@dataclass(slots=True)
class Traffic:
    """The calls of the API: messages and recipients accepted, throttles, errors by name, calls by operation.

    `callers`: access key -> calls by operation.
    """

    accepted: int = 0
    recipients: int = 0
    throttled: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    callers: dict[str, Counter[str]] = field(default_factory=dict)

    def count_call(self, caller: str, operation: str) -> None:
        """Counts one call."""
        self.calls[operation] += 1
        self.callers.setdefault(caller, Counter())[operation] += 1
