"""A paused stream, on the deployed stack: it costs SES no call, holds no other mail, and goes out once after resume."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.e2e.mail import Mail
from tests.e2e.stack import Stack, eventually, ses_stack

pytestmark = pytest.mark.e2e

HELD = [f"held-{number}" for number in range(200)]
# A worker reads the pauses every two seconds, and has slots two seconds ahead.
SECONDS_UNTIL_ALL_WORKERS_KNOW = 6
# Mail that is held waits a minute at most, while there is little of it.
ROUND_SECONDS = 65


@pytest.fixture
def mail(stack: Stack) -> Iterator[Mail]:
    tools = Mail(stack)
    yield tools
    ses_stack("resume", "marketing", "--yes")
    tools.healthy()


def calls_to_send(mail: Mail) -> int:
    """SES's calls so far, answered or refused."""
    calls = mail.simulator("GET", "status")["calls"]
    return int(calls.get("SendEmail", 0)) + int(calls.get("SendBulkEmail", 0))


def sent_of(mail: Mail, request_ids: list[str]) -> int:
    return sum(mail.row(request_id).get("status") == "sent" for request_id in request_ids)


def test_a_paused_stream_makes_no_call_and_goes_out_once(mail: Mail) -> None:
    for start in range(0, len(HELD), 10):
        mail.queue_many([mail.request(each, lane="Bulk") for each in HELD[start : start + 10]], lane="Bulk")
    ses_stack("pause", "marketing", "--yes", "--reason", "wrong link")
    time.sleep(SECONDS_UNTIL_ALL_WORKERS_KNOW)
    before = calls_to_send(mail)
    assert sent_of(mail, HELD) < len(HELD)

    mail.queue("pause-code")
    mail.queue("pause-other", lane="Bulk", stream="default")
    mail.becomes("pause-code", "sent")
    mail.becomes("pause-other", "sent")
    assert calls_to_send(mail) - before == 2

    # What a deployment's update of the configuration set may do. The operator's pause holds all the same, and the guard
    # turns the set off again.
    name = mail.stack.outputs["MarketingConfigurationSetName"]
    switch = mail.stack.client("sesv2").put_configuration_set_sending_options
    switch(ConfigurationSetName=name, SendingEnabled=True)
    time.sleep(ROUND_SECONDS)
    assert calls_to_send(mail) - before == 2

    eventually("the set is off", lambda: json.loads(ses_stack("queue", "--json"))["pauses"][0]["ses_refuses"])
    (pause,) = json.loads(ses_stack("queue", "--json"))["pauses"]
    assert (pause["stream"], pause["reason"]) == ("marketing", "wrong link")
    assert pause["by"].startswith("arn:aws:")
    assert pause["held_at_most"] > 0

    mail.simulator("PUT", "quota", {"max_send_rate": 100})
    mail.forget_account()
    ses_stack("resume", "marketing", "--yes")
    eventually("all held mail sent", lambda: sent_of(mail, HELD) == len(HELD))
    assert {mail.sent_to(request_id) for request_id in HELD} == {1}
    assert mail.letters("Bulk") == {}


def test_a_pause_made_elsewhere_is_learned_once_for_all_workers_and_ends_by_itself(mail: Mail) -> None:
    """In SES's console, say. One message meets it; the others are held without a call."""
    name = mail.stack.outputs["MarketingConfigurationSetName"]
    switch = mail.stack.client("sesv2").put_configuration_set_sending_options
    switch(ConfigurationSetName=name, SendingEnabled=False)
    mail.queue("learned-first", lane="Bulk")
    eventually("learned", lambda: "marketing" in json.loads(ses_stack("queue", "--json"))["paused_streams"])
    eventually("shared", lambda: "PAUSES" in {row["pk"]["S"] for row in mail.stack.rows("SendTableName")})
    time.sleep(SECONDS_UNTIL_ALL_WORKERS_KNOW)
    before = calls_to_send(mail)
    for number in range(10):
        mail.queue(f"learned-{number}", lane="Bulk")
    for number in range(10):
        assert mail.becomes(f"learned-{number}", "deferred")["deferral"] == "SES says that the stream is paused"
    assert calls_to_send(mail) == before

    switch(ConfigurationSetName=name, SendingEnabled=True)
    for request_id in ["learned-first", *(f"learned-{number}" for number in range(10))]:
        mail.becomes(request_id, "sent")
        assert mail.sent_to(request_id) == 1


def test_a_paused_tenant_holds_its_own_mail_and_no_other(mail: Mail) -> None:
    ses = mail.stack.client("sesv2")
    prefix = "arn:aws:ses:us-east-1:000000000000:"
    arns = {name: ses.create_tenant(TenantName=name)["TenantArn"] for name in ("globex", "hooli")}
    for name in arns:
        for resource in ("identity/example.com", f"configuration-set/{mail.stack.running.stack}-default"):
            ses.create_tenant_resource_association(TenantName=name, ResourceArn=prefix + resource)
    turn = ses.update_reputation_entity_customer_managed_status
    turn(ReputationEntityType="RESOURCE", ReputationEntityReference=arns["globex"], SendingStatus="DISABLED")
    mail.queue("tenant-first", lane="Bulk", stream="default", tenant="globex")
    eventually("learned", lambda: json.loads(ses_stack("queue", "--json"))["paused_tenants"])
    time.sleep(SECONDS_UNTIL_ALL_WORKERS_KNOW)
    before = calls_to_send(mail)
    for number in range(5):
        mail.queue(f"tenant-{number}", lane="Bulk", stream="default", tenant="globex")
    mail.queue("tenant-other", lane="Bulk", stream="default", tenant="hooli")
    mail.queue("tenant-none", lane="Bulk", stream="default")
    for number in range(5):
        assert mail.becomes(f"tenant-{number}", "deferred")["deferral"] == "SES says that the tenant is paused"
    mail.becomes("tenant-other", "sent")
    mail.becomes("tenant-none", "sent")
    assert calls_to_send(mail) - before == 2
    (paused,) = json.loads(ses_stack("queue", "--json"))["paused_tenants"]
    assert paused["tenant"] == "globex"

    turn(ReputationEntityType="RESOURCE", ReputationEntityReference=arns["globex"], SendingStatus="ENABLED")
    for request_id in ["tenant-first", *(f"tenant-{number}" for number in range(5))]:
        mail.becomes(request_id, "sent")
        assert mail.sent_to(request_id) == 1
