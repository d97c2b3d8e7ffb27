"""Suppression, on the deployed stack: from SES's events to our list and SES's, under the real roles."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ses_stack_cli.local.simulator.events.provoke import REJECT_MARKER
from tests.e2e.stack import Stack, eventually, ses_stack

pytestmark = pytest.mark.e2e

DEAD, QUEUE = "SuppressionDeadLetterQueueUrl", "SuppressionQueueUrl"


@pytest.fixture(autouse=True, scope="module")
def _quiet(stack: Stack) -> None:
    """Empties the queues of earlier tests: these tests wait until they are empty, and count dead letters."""
    for queue in (QUEUE, DEAD):
        stack.sqs.purge_queue(QueueUrl=stack.outputs[queue])


@pytest.fixture(autouse=True)
def _healthy(stack: Stack) -> Iterator[None]:
    """Removes the test's faults."""
    yield
    httpx.delete(f"{stack.running.simulator}/_simulator/faults").raise_for_status()


def mark() -> str:
    """A part of one test's addresses, which no other test has."""
    return uuid.uuid4().hex[:8]


def listed(stack: Stack, run: str) -> dict[tuple[str, str], str]:
    """Our list, of one test's addresses: (address as spelled, scope) -> reason."""
    return {
        (row["as_spelled"]["S"], row["scope"]["S"]): row["reason"]["S"]
        for row in stack.rows("SuppressionTableName")
        if run in row["recipient"]["S"].lower() and not row["scope"]["S"].startswith("~")
    }


def in_ses(stack: Stack, run: str) -> dict[str, str]:
    """SES's list, of one test's addresses."""
    ses, token, found = stack.client("sesv2"), {}, {}
    while True:
        answer = ses.list_suppressed_destinations(PageSize=1000, **token)
        for each in answer["SuppressedDestinationSummaries"]:
            if run in each["EmailAddress"].lower():
                found[each["EmailAddress"]] = each["Reason"]
        if "NextToken" not in answer:
            return found
        token = {"NextToken": answer["NextToken"]}


def event(samples: Path, kind: str, run: str, **changes: Any) -> dict[str, Any]:
    """One of the project's samples, under a message id of its own, with the event's own members changed."""
    sample = json.loads((samples / f"{kind}.json").read_text())
    envelope: dict[str, Any] = json.loads(sample["Records"][0]["body"])
    detail = envelope["detail"]
    detail["mail"]["messageId"] = changes.pop("message", f"{run}-{uuid.uuid4().hex}")
    if "destination" in changes:
        detail["mail"]["destination"] = changes.pop("destination")
    detail[kind].update(changes)
    return envelope


def bounce(
    samples: Path, run: str, address: str, *, kind: str = "Permanent", subtype: str = "General", **more: Any
) -> Any:
    recipients = [{"emailAddress": address, "action": "failed", "status": "4.2.2" if kind == "Transient" else "5.1.1"}]
    return event(samples, "bounce", run, bounceType=kind, bounceSubType=subtype, bouncedRecipients=recipients, **more)


def fault(stack: Stack, **body: Any) -> None:
    httpx.post(f"{stack.running.simulator}/_simulator/faults", json=body).raise_for_status()


def settled(stack: Stack, *, within: str = "the suppression queue is empty") -> None:
    """Waits until the queue is empty, of delayed messages too, twice in a row: batches take a moment."""

    def empty() -> bool:
        counts = stack.sqs.get_queue_attributes(QueueUrl=stack.outputs[QUEUE], AttributeNames=["All"])["Attributes"]
        names = ("", "NotVisible", "Delayed")
        return all(int(counts.get(f"ApproximateNumberOfMessages{name}", 0)) == 0 for name in names)

    eventually(within, lambda: empty() and not time.sleep(1) and empty())


def send(stack: Stack, address: str | Sequence[str], **more: Any) -> str:
    """Sends one message as an application would; after a throttle it tries again."""
    ses = stack.client("sesv2")
    subject = more.pop("subject", "Suppression")
    content = {"Simple": {"Subject": {"Data": subject}, "Body": {"Html": {"Data": "<p>Hello</p>"}}}}
    while True:
        try:
            answer = ses.send_email(
                FromEmailAddress="Shop <news@acme.example>",
                Destination={"ToAddresses": [address] if isinstance(address, str) else list(address)},
                Content=content,
                ConfigurationSetName=stack.outputs["MarketingConfigurationSetName"],
                **more,
            )
            return str(answer["MessageId"])
        except ses.exceptions.TooManyRequestsException:
            time.sleep(0.25)


def test_a_campaign_with_every_kind_of_address_ends_with_exactly_the_expected_lists(stack: Stack) -> None:
    run = mark()
    words = "success ooto bounce no-email suppressionlist tenant-suppressed invalid soft-bounce soft-bounce-general"
    words += " too-large content-rejected attachment-rejected timed-out undetermined late-bounce complaint not-spam"
    words += " delay open click bot resubscribe"
    stack.client("sesv2").create_contact_list(ContactListName=f"l{run}", Topics=[topic("offers"), topic("news")])
    for word in words.split():
        send(stack, f"{word}+{run}.A@Example.org")
    for word in ("bounce", "complaint", "suppressionlist", "success", "ooto"):
        send(stack, f"{word}+{run}@simulator.amazonses.com")
    for _ in range(3):
        send(stack, f"soft-bounce+{run}.Thrice@example.org")
    send(stack, [f"complaint+{run}.b@together.example", f"Innocent+{run}@together.example"])
    managed = {"ListManagementOptions": {"ContactListName": f"l{run}"}}
    send(stack, f"unsubscribe+{run}.all@example.org", **managed)
    one = {"ListManagementOptions": {"ContactListName": f"l{run}", "TopicName": "offers"}}
    send(stack, f"unsubscribe+{run}.one@example.org", **one)
    send(stack, f"anna.{run}@example.org", subject=f"Invoice {REJECT_MARKER}")

    httpx.post(f"{stack.running.simulator}/_simulator/drain", json={"timeout": 300}, timeout=310).raise_for_status()
    settled(stack)

    bounced = [f"{word}+{run}.A@Example.org" for word in ("bounce", "no-email", "suppressionlist", "invalid")]
    bounced += [f"late-bounce+{run}.A@Example.org"]
    bounced += [f"{word}+{run}@simulator.amazonses.com" for word in ("bounce", "suppressionlist")]
    complained = [f"complaint+{run}.A@Example.org", f"complaint+{run}@simulator.amazonses.com"]
    assert listed(stack, run) == {
        **{(address, "*"): "bounce" for address in bounced},
        **{(address, "*"): "complaint" for address in complained},
        (f"soft-bounce+{run}.Thrice@example.org", "*"): "soft_bounce",
        (f"unsubscribe+{run}.all@example.org", "marketing"): "unsubscribe",
        (f"unsubscribe+{run}.one@example.org", "topic:offers"): "unsubscribe",
    }
    assert in_ses(stack, run) == {**dict.fromkeys(bounced, "BOUNCE"), **dict.fromkeys(complained, "COMPLAINT")}
    assert stack.depth(DEAD) == 0

    found = json.loads(ses_stack("suppression", "get", f"bounce+{run}.a@example.org", "--json"))
    assert (found["suppressed"], found["account_list"]) == (True, "BOUNCE")
    ses_stack("suppression", "remove", f"bounce+{run}.a@example.org", "--reason", "repaired")
    assert f"bounce+{run}.A@Example.org" not in in_ses(stack, run)
    assert (f"bounce+{run}.A@Example.org", "*") not in listed(stack, run)


def topic(name: str) -> dict[str, str]:
    return {"TopicName": name, "DisplayName": name, "DefaultSubscriptionStatus": "OPT_IN"}


@pytest.mark.parametrize("answer", ["throttle", "error"])
def test_ses_answering_429_or_500_for_a_while_loses_nothing(stack: Stack, samples: Path, answer: str) -> None:
    run = mark()
    addresses = [f"p{number}.{run}@example.org" for number in range(6)]
    fault(stack, answer=answer, operation="PutSuppressedDestination", seconds=8)
    with stack.quick_retries(QUEUE):
        stack.publish([bounce(samples, run, address) for address in addresses])
        eventually("our own list is right at once", lambda: len(listed(stack, run)) == len(addresses))
        eventually("both lists agree", lambda: set(in_ses(stack, run)) == set(addresses))
        settled(stack)
    assert stack.depth(DEAD) == 0 or answer == "error"


def test_a_crash_between_our_list_and_ses_is_repaired_by_the_retry(stack: Stack, samples: Path) -> None:
    """Lambda ends the worker while it waits for SES, after it has written its own rows."""
    run = mark()
    fault(stack, answer="timeout", operation="PutSuppressedDestination", calls=1, hold_seconds=15)
    with stack.quick_retries(QUEUE), timeout(stack, 3):
        stack.publish([bounce(samples, run, f"Ann.{run}@example.org")])
        eventually("our own list", lambda: listed(stack, run) == {(f"Ann.{run}@example.org", "*"): "bounce"})
        eventually("SES's list", lambda: in_ses(stack, run) == {f"Ann.{run}@example.org": "BOUNCE"})
        settled(stack)


@contextmanager
def timeout(stack: Stack, seconds: int) -> Iterator[None]:
    """Gives the suppression writer less time than its call to SES may take."""
    functions, name = stack.client("lambda"), stack.outputs["SuppressionWriterFunctionName"]
    before = functions.get_function_configuration(FunctionName=name)["Timeout"]
    functions.update_function_configuration(FunctionName=name, Timeout=seconds)
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Timeout=before)


def test_a_wave_reaches_ses_at_one_a_second_and_no_dead_letter(stack: Stack, samples: Path) -> None:
    run = mark()
    addresses = [f"w{number}.{run}@example.org" for number in range(25)]
    before = stack.depth(DEAD)
    httpx.put(f"{stack.running.simulator}/_simulator/quota", json={"control_plane_rate": 1.0}).raise_for_status()
    try:
        started = time.monotonic()
        stack.publish([bounce(samples, run, address) for address in addresses])
        eventually("our own list", lambda: len(listed(stack, run)) == len(addresses))
        ours = time.monotonic() - started
        httpx.put(f"{stack.running.simulator}/_simulator/quota", json={"control_plane_rate": 0}).raise_for_status()
        eventually("SES's list", lambda: len(in_ses(stack, run)) == len(addresses))
        theirs = time.monotonic() - started
    finally:
        httpx.put(f"{stack.running.simulator}/_simulator/quota", json={"control_plane_rate": 0}).raise_for_status()
    settled(stack)
    assert theirs > len(addresses) - 5, "one a second"
    assert ours < theirs
    assert stack.depth(DEAD) == before


def test_order_repetition_and_removal(stack: Stack, samples: Path) -> None:
    run = mark()
    ann = f"ann.{run}@example.org"
    soft = [
        bounce(
            samples, run, ann, kind="Transient", subtype="MailboxFull", message=f"{run}-{n}", timestamp=moment(-n * 60)
        )
        for n in range(3)
    ]
    stack.publish([soft[2], soft[0], soft[2], soft[0]])
    settled(stack)
    assert listed(stack, run) == {}, "two messages, each published twice"
    stack.publish([soft[1], soft[1]])
    eventually("suppressed", lambda: listed(stack, run) == {(ann, "*"): "soft_bounce"})
    stack.publish([event(samples, "delivery", run, recipients=[ann], timestamp=moment(60))])
    eventually("delivered again", lambda: listed(stack, run) == {})
    hard = bounce(samples, run, ann, timestamp=moment(-30))
    stack.publish([hard])
    eventually("bounced", lambda: listed(stack, run) == {(ann, "*"): "bounce"})
    ses_stack("suppression", "remove", ann)
    stack.publish([hard, bounce(samples, run, ann, timestamp=moment(-3600))])
    settled(stack)
    assert listed(stack, run) == {}
    assert in_ses(stack, run) == {}


def test_out_of_office_replies_suppress_nobody_and_full_mailboxes_do(stack: Stack) -> None:
    run = mark()
    away = [
        f"ooto+{run}@simulator.amazonses.com",
        f"early-ooto+{run}@example.org",
        f"late-soft-bounce+{run}@example.org",
    ]
    full = [f"soft-bounce+{run}@example.org", f"late-mailbox-full+{run}@example.org"]
    sent = {address: [send(stack, address) for _ in range(3)] for address in away + full}
    httpx.post(f"{stack.running.simulator}/_simulator/drain", json={"timeout": 300}, timeout=310).raise_for_status()
    settled(stack)
    assert listed(stack, run) == {(address, "*"): "soft_bounce" for address in full}

    found = json.loads(ses_stack("suppression", "get", away[0], "--json"))
    assert not found["suppressed"]
    assert [fact["what"] for fact in found["history"]] == ["noted"] * 3
    statuses = {
        address: json.loads(ses_stack("timeline", sent[address][0], "--json"))["status"] for address in away + full
    }
    assert statuses == dict(zip(away + full, ["delivered", "delivered", "bounced", "bounced", "bounced"], strict=True))


def test_a_bad_record_ends_in_the_dlq_alone(stack: Stack, samples: Path) -> None:
    run = mark()
    before = stack.depth(DEAD)
    bad = bounce(samples, run, f"bad.{run}@example.org", timestamp="yesterday")
    with stack.quick_retries(QUEUE):
        stack.publish([bad, bounce(samples, run, f"good.{run}@example.org")])
        eventually("in the DLQ", lambda: stack.depth(DEAD) == before + 1)
    assert listed(stack, run) == {(f"good.{run}@example.org", "*"): "bounce"}
    queues = {queue["queue"]: queue for queue in json.loads(ses_stack("dlq", "list", "--json"))["queues"]}
    causes = [cause["cause"] for queue in queues.values() for cause in queue["causes"]]
    assert "FieldError: bounce.timestamp is not an ISO-8601 time" in causes
    stack.letters(DEAD)


def test_a_fault_in_history_does_not_touch_suppression(stack: Stack, samples: Path) -> None:
    run = mark()
    with stack.without_permissions("NormalizerFunctionName"):
        stack.publish([bounce(samples, run, f"ann.{run}@example.org")])
        eventually("suppressed all the same", lambda: len(listed(stack, run)) == 1)
    stack.letters("EventDeadLetterQueueUrl")


def moment(seconds: float) -> str:
    """A time some seconds from now, as SES writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + seconds))
