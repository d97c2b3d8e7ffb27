"""One SES account in memory: accepts messages, and lets their events follow."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace

from ses_stack_cli.local.simulator.account.contact_lists import ContactLists
from ses_stack_cli.local.simulator.account.identities import Identities
from ses_stack_cli.local.simulator.account.limiters import TokenBucket, rate_limit
from ses_stack_cli.local.simulator.account.limits import DailyQuota
from ses_stack_cli.local.simulator.account.standing import INBOX, Account, Traffic
from ses_stack_cli.local.simulator.account.suppression_list import SuppressedAddress, SuppressionList
from ses_stack_cli.local.simulator.account.tenants import Tenants
from ses_stack_cli.local.simulator.clock import Clock
from ses_stack_cli.local.simulator.emulator.permissions import PermissionCheck
from ses_stack_cli.local.simulator.emulator.protocol import ConfigurationSet, Emulator
from ses_stack_cli.local.simulator.errors import ApiError, EmulatorError, internal, not_found, too_many_requests
from ses_stack_cli.local.simulator.events.address_words import is_mailbox_simulator
from ses_stack_cli.local.simulator.events.plan import plan_events
from ses_stack_cli.local.simulator.events.publisher import Publisher
from ses_stack_cli.local.simulator.events.recipient_outcomes import OutcomeRules
from ses_stack_cli.local.simulator.events.records import Event, SubscriptionChange, SuppressionListAddition
from ses_stack_cli.local.simulator.faults import Faults
from ses_stack_cli.local.simulator.mail.acceptance import MessageAcceptance
from ses_stack_cli.local.simulator.mail.message import AcceptedMessage, Message, with_unsubscribe_link
from ses_stack_cli.local.simulator.mail.requests import TemplateText
from ses_stack_cli.local.simulator.settings import Settings


class Simulator:
    """SES for one account in one region.

    `permissions` is None unless IAM is enforced. `mailbox`: the latest accepted messages. `templates`: name -> content
    and creation time.
    """

    def __init__(self, settings: Settings, emulator: Emulator, clock: Clock = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.emulator = emulator
        self.permissions = PermissionCheck(emulator, settings, clock) if settings.enforce_iam else None
        self.publisher = Publisher(emulator, settings, clock, self._apply_effect)
        self.reset()

    def reset(self) -> None:
        """As just started: nothing sent, nothing scheduled, lists empty, no faults; limits and chaos as in settings."""
        settings, clock = self.settings, self.clock
        self.account = Account(production_access=not settings.sandbox, verified=set(settings.verified))
        self.identities = Identities()
        self.tenants = Tenants(f"arn:aws:ses:{settings.region}:{settings.account_id}:")
        self.traffic = Traffic()
        self.rate = rate_limit(settings.limiter, settings.max_send_rate, clock)
        self.quota = DailyQuota(settings.max_24_hour_send, clock)
        self.control = TokenBucket(settings.control_plane_rate, clock)
        self.suppression = SuppressionList()
        self.contacts = ContactLists()
        self.templates: dict[str, tuple[TemplateText, float]] = {}
        self.faults = Faults(clock)
        self.mailbox: deque[AcceptedMessage] = deque(maxlen=settings.mailbox_size)
        self._acceptance = MessageAcceptance(settings)
        self.publisher.chaos = settings.chaos
        self.publisher.reset()

    def template(self, name: str) -> TemplateText:
        """The template with that name. Raises a NotFoundException."""
        if name not in self.templates:
            raise not_found(f"Template {name} does not exist.")
        return self.templates[name][0]

    async def send(self, message: Message, caller: str) -> AcceptedMessage:
        """Accepts a message and schedules its events. Raises the `ApiError` that SES would answer."""
        self.account.check_sending()
        self.account.check_identities(message.source, message.destination, self.settings.region)
        if message.configuration_set is None:
            message = replace(message, configuration_set=self.identities.default_set(message.source))
        configuration_set = await self._set_of(message)
        now = self.clock()
        opted_out = self._opted_out(message, now)
        self._take_from_limits(message)
        accepted = self._acceptance.accept(message, at=now, caller=caller)
        accepted = with_unsubscribe_link(accepted, self.settings.url)
        self.mailbox.append(accepted)
        self.traffic.accepted += 1
        self.traffic.recipients += len(message.destination)
        reasons = configuration_set.suppressed_reasons if configuration_set else None
        suppressed = self.suppression.matching(message.destination, reasons)
        rules = OutcomeRules(shares=self.settings.shares, suppressed=suppressed, opted_out=opted_out)
        self.publisher.add(plan_events(accepted, self.settings, rules))
        return accepted

    async def configuration_set(self, name: str) -> ConfigurationSet:
        """A configuration set. Raises a NotFoundException or an InternalServerErrorException."""
        try:
            configuration_set = await self.emulator.configuration_set(name)
        except EmulatorError as error:
            raise internal(str(error)) from error
        if configuration_set is None:
            raise not_found(f"Configuration set <{name}> does not exist.")
        return configuration_set

    async def _set_of(self, message: Message) -> ConfigurationSet | None:
        if message.configuration_set is None:
            return None
        configuration_set = await self.configuration_set(message.configuration_set)
        if not configuration_set.sending_enabled:
            raise ApiError(
                "SendingPausedException",
                f"Sending paused for configuration set <{configuration_set.name}>. For more information, {INBOX}",
            )
        return configuration_set

    def _opted_out(self, message: Message, now: float) -> frozenset[str]:
        if message.contact_list is None:
            return frozenset()
        return self.contacts.opted_out(message.contact_list, message.topic, message.destination, now)

    def _take_from_limits(self, message: Message) -> None:
        """Mail to the mailbox simulator counts against the rate, not against the daily quota."""
        recipients = len(message.destination)
        counted = sum(not is_mailbox_simulator(address) for address in message.destination)
        if not self.quota.allows(counted):
            self.traffic.throttled += 1
            raise too_many_requests("Daily message quota exceeded.")
        if not self.rate.take(recipients):
            self.traffic.throttled += 1
            raise too_many_requests("Maximum sending rate exceeded.")
        self.quota.add(counted)

    def _apply_effect(self, event: Event) -> None:
        """Addresses join the suppression list, contacts' preferences change."""
        match event.effect:
            case SuppressionListAddition() as addition if addition.reason in self.suppression.reasons:
                self._suppress(event, addition)
            case SubscriptionChange() as change:
                for address in change.addresses:
                    self.contacts.subscribe(
                        change.contact_list, address, change.topic, opt_in=change.opt_in, now=event.at
                    )

    def _suppress(self, event: Event, addition: SuppressionListAddition) -> None:
        for address in addition.addresses:
            self.suppression.put(
                SuppressedAddress(
                    address=address,
                    reason=addition.reason,
                    at=event.at,
                    message_id=event.accepted.message_id,
                    feedback_id=addition.feedback_id,
                )
            )
