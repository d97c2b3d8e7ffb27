"""One SES account in memory."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field

from ses_stack.mail.addresses import bare, normalized
from ses_stack_cli.local.simulator import requests as r
from ses_stack_cli.local.simulator.cloud import Clock, Cloud, ConfigurationSet
from ses_stack_cli.local.simulator.contacts import Contacts
from ses_stack_cli.local.simulator.errors import (
    ApiError,
    CloudError,
    internal,
    message_rejected,
    not_found,
    too_many_requests,
)
from ses_stack_cli.local.simulator.fates import Fates
from ses_stack_cli.local.simulator.faults import Faults
from ses_stack_cli.local.simulator.iam import Gate
from ses_stack_cli.local.simulator.limits import DailyQuota, RateLimit
from ses_stack_cli.local.simulator.message import Accepted, Message, Registrar, domain_of, with_unsubscribe_link
from ses_stack_cli.local.simulator.outcomes import plan
from ses_stack_cli.local.simulator.provoke import is_mailbox_simulator
from ses_stack_cli.local.simulator.publisher import Publisher
from ses_stack_cli.local.simulator.records import Event, Subscribe, Suppress
from ses_stack_cli.local.simulator.settings import Settings
from ses_stack_cli.local.simulator.suppression import Entry, SuppressionList

_INBOX = "please check the inbox of the email address associated with your AWS account."


@dataclass(slots=True, kw_only=True)
class Account:
    """How the account stands with AWS. Identities are verified unless they are named here."""

    sending_enabled: bool = True
    production_access: bool = True
    enforcement: str = "HEALTHY"
    plan: str = "ESSENTIALS"
    unverified: set[str] = field(default_factory=set)
    mail_from_unverified: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Traffic:
    """What was asked of the API."""

    accepted: int = 0
    recipients: int = 0
    throttled: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    callers: dict[str, Counter[str]] = field(default_factory=dict)


class Simulator:
    """What SES is to one account in one region."""

    def __init__(self, settings: Settings, cloud: Cloud, clock: Clock = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.cloud = cloud
        self.shares = settings.shares
        self.gate = Gate(cloud, settings, clock) if settings.enforce_iam else None
        self.publisher = Publisher(cloud, settings, clock, self._effect)
        self.reset()

    def reset(self) -> None:
        """As just started: nothing sent, nothing waits, lists empty, no faults, limits and chaos as at the start."""
        settings, clock = self.settings, self.clock
        self.account = Account()
        self.traffic = Traffic()
        self.rate = RateLimit(settings.max_send_rate, settings.burst_seconds, clock)
        self.quota = DailyQuota(settings.max_24_hour_send, clock)
        self.control = RateLimit(settings.control_plane_rate, 1.0, clock)
        self.suppression = SuppressionList()
        self.contacts = Contacts()
        self.templates: dict[str, tuple[r.TemplateText, float]] = {}
        self.faults = Faults(clock)
        self.mailbox: deque[Accepted] = deque(maxlen=settings.mailbox_size)
        self._registrar = Registrar(settings)
        self.publisher.chaos = settings.chaos
        self.publisher.reset()

    def template(self, name: str) -> r.TemplateText:
        """The template with that name, or a NotFoundException."""
        if name not in self.templates:
            raise not_found(f"Template {name} does not exist.")
        return self.templates[name][0]

    async def send(self, message: Message, caller: str) -> Accepted:
        """Accepts a message and lets its events follow, or raises the `ApiError` that SES would answer."""
        self.check_account()
        self._check_identity(message.source)
        configuration_set = await self._configuration_set(message.configuration_set)
        now = self.clock()
        opted_out: frozenset[str] = frozenset()
        if message.contact_list is not None:
            opted_out = self.contacts.opted_out(message.contact_list, message.topic, message.destination, now)
        self._take(message)
        accepted = self._registrar.accept(message, at=now, caller=caller)
        accepted = with_unsubscribe_link(accepted, self.settings.url)
        self.mailbox.append(accepted)
        self.traffic.accepted += 1
        self.traffic.recipients += len(message.destination)
        reasons = configuration_set.suppressed_reasons if configuration_set else None
        suppressed = self.suppression.matching(message.destination, reasons)
        fates = Fates(shares=self.shares, suppressed=suppressed, opted_out=opted_out)
        self.publisher.add(plan(accepted, self.settings, fates))
        return accepted

    def check_account(self) -> None:
        """Raises what SES answers while the account may not send."""
        if self.account.enforcement == "SHUTDOWN":
            raise ApiError(
                "AccountSuspendedException", f"Sending suspended for this account. For more information, {_INBOX}"
            )
        if not self.account.sending_enabled:
            raise ApiError("SendingPausedException", f"Sending paused for this account. For more information, {_INBOX}")

    def _check_identity(self, source: str) -> None:
        sender = normalized(source)
        if {sender, domain_of(sender)} & self.account.unverified:
            region = self.settings.region.upper()
            raise message_rejected(
                "Email address is not verified. The following identities failed the check in region"
                f" {region}: {bare(source)}"
            )
        if domain_of(sender) in self.account.mail_from_unverified:
            raise ApiError("MailFromDomainNotVerifiedException", f"MAIL FROM domain of {bare(source)} is not verified.")

    async def _configuration_set(self, name: str | None) -> ConfigurationSet | None:
        if name is None:
            return None
        try:
            found = await self.cloud.configuration_set(name)
        except CloudError as error:
            raise internal(str(error)) from error
        if found is None:
            raise not_found(f"Configuration set <{name}> does not exist.")
        if not found.sending_enabled:
            raise ApiError(
                "SendingPausedException",
                f"Sending paused for configuration set <{name}>. For more information, {_INBOX}",
            )
        return found

    def _take(self, message: Message) -> None:
        """Mail to the mailbox simulator counts against the rate, not against the day's quota."""
        recipients = len(message.destination)
        counted = sum(not is_mailbox_simulator(address) for address in message.destination)
        if not self.quota.allows(counted):
            self.traffic.throttled += 1
            raise too_many_requests("Daily message quota exceeded.")
        if not self.rate.take(recipients):
            self.traffic.throttled += 1
            raise too_many_requests("Maximum sending rate exceeded.")
        self.quota.add(counted)

    def _effect(self, event: Event) -> None:
        """What else happens when an event does: addresses join lists, preferences change."""
        effect = event.effect
        if isinstance(effect, Suppress) and effect.reason in self.suppression.reasons:
            for address in effect.addresses:
                self.suppression.put(
                    Entry(
                        address=address,
                        reason=effect.reason,
                        at=event.at,
                        message_id=event.accepted.message_id,
                        feedback_id=effect.feedback_id,
                    )
                )
        if isinstance(effect, Subscribe):
            for address in effect.addresses:
                self.contacts.subscribe(effect.contact_list, address, effect.topic, opt_in=effect.opt_in, now=event.at)
