"""SES's SendEmail, SendBulkEmail and GetAccount.

No call is repeated here: SendEmail has no idempotency token, so SES may have carried out a call without an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.ses_api import SesCalls
from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.attachments import AttachmentError
from ses_stack.sending.adapters.messages import MessageComposer
from ses_stack.sending.adapters.verdicts import (
    INVALID_ANSWER,
    INVALID_ANSWER_ERRORS,
    answer_of_entry,
    answer_of_error,
    answer_of_message,
)
from ses_stack.sending.answers import SesAnswer
from ses_stack.sending.calls import in_calls
from ses_stack.sending.jobs import Job
from ses_stack.sending.limits.account_limits import AccountLimits, stop_reason


class SesSender:
    """Sends messages. Never raises for an error of SES, S3 or the network."""

    def __init__(
        self,
        calls: SesCalls,
        *,
        patient_calls: SesCalls,
        composer: MessageComposer,
        threads: Threads,
    ) -> None:
        """`patient_calls` wait longer for an answer: SES takes its time for tens of megabytes."""
        self._calls = calls
        self._patient_calls = patient_calls
        self._composer = composer
        self._threads = threads

    def together(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """The jobs as calls: templated marketing mail that differs only in recipients, data and tags shares one."""
        return in_calls(jobs, lambda job: self._composer.shared_fields(job.request))

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        """Sends the jobs of one call; one answer for each job."""
        if len(jobs) == 1:
            return [await self._threads(self._send_email, jobs[0])]
        return await self._threads(self._send_bulk_email, jobs)

    def _send_email(self, job: Job) -> SesAnswer:
        try:
            message = self._composer.send_email(job)
        except AttachmentError as error:
            return error.answer
        calls = self._patient_calls if job.request.has_s3_attachments else self._calls
        answer = calls.call("SendEmail", message)
        if isinstance(answer, Unanswered) or answer.error:
            return answer_of_error(answer, job.request)
        try:
            return answer_of_message(answer.document)
        except INVALID_ANSWER_ERRORS:
            return INVALID_ANSWER

    def _send_bulk_email(self, jobs: Sequence[Job]) -> list[SesAnswer]:
        answer = self._calls.call("SendBulkEmail", self._composer.send_bulk_email(jobs))
        if isinstance(answer, Unanswered) or answer.error:
            return [answer_of_error(answer, job.request) for job in jobs]
        try:
            results = answer.document["BulkEmailEntryResults"]
            answers = [answer_of_entry(result, job.request) for result, job in zip(results, jobs, strict=False)]
        except INVALID_ANSWER_ERRORS:
            answers = []
        return answers + [INVALID_ANSWER] * (len(jobs) - len(answers))


class SesAccount:
    """SES's GetAccount.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
    """

    def __init__(self, calls: SesCalls, *, threads: Threads) -> None:
        self._calls = calls
        self._threads = threads

    async def account(self, now: float) -> AccountLimits | None:
        """The account's limits at the moment `now`; None if SES does not answer."""
        return await self._threads(self._get_account, now)

    def _get_account(self, now: float) -> AccountLimits | None:
        answer = self._calls.call("GetAccount", {})
        if isinstance(answer, Unanswered) or answer.error:
            return None
        account = answer.document
        try:
            quota = account["SendQuota"]
            rate, most, sent = map(float, (quota["MaxSendRate"], quota["Max24HourSend"], quota["SentLast24Hours"]))
        except INVALID_ANSWER_ERRORS:
            return None
        if not all(map(isfinite, (rate, most, sent))):
            return None
        stopped = stop_reason(
            sending_enabled=account.get("SendingEnabled", True), enforcement=account.get("EnforcementStatus", "")
        )
        return AccountLimits(rate=max(1.0, rate), most=most, sent=sent, read_at=now, stopped=stopped)
