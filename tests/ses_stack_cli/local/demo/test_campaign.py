"""The demonstration's mail: its number, its ids, its variety. Every request is one that the sender takes."""

from __future__ import annotations

import json
from collections import Counter

from ses_stack.requests.validation import validated
from ses_stack_cli.local.demo.campaign import (
    MESSAGES,
    RESETS,
    TEMPLATE,
    newsletter,
    password_resets,
    template,
    wake_up_mail,
)
from ses_stack_cli.local.simulator.events.address_words import RecipientOutcome, outcome_of_word
from ses_stack_cli.local.simulator.events.provoke import REJECT_MARKER

NEWS, CODES = list(newsletter("run")), list(password_resets("run"))


def outcomes() -> list[RecipientOutcome]:
    found = (outcome_of_word(address) for request in NEWS for address in request["to"])
    return [outcome for outcome in found if outcome]


def test_there_are_200_messages_with_ids_of_their_own() -> None:
    assert (len(NEWS) + len(CODES), len(CODES)) == (MESSAGES, RESETS)
    assert len({request["request_id"] for request in NEWS + CODES}) == MESSAGES
    assert {request["tags"]["campaign"] for request in NEWS + CODES} == {"run"}


def test_no_recipient_is_named_twice() -> None:
    recipients = Counter(address for request in NEWS + CODES for address in [*request["to"], *request.get("cc", [])])
    assert max(recipients.values()) == 1


def test_newsletters_are_marketing_and_resets_are_transactional() -> None:
    assert {request["stream"] for request in NEWS} == {"marketing"}
    assert {request["stream"] for request in CODES} == {"transactional"}
    assert [request["stream"] for request in wake_up_mail()] == ["transactional", "marketing"]


def test_all_ten_types_are_caused() -> None:
    found = outcomes()
    assert any(outcome.bounce for outcome in found)
    assert any(outcome.complaint for outcome in found)
    assert any(outcome.delay for outcome in found)
    assert any(outcome.opened for outcome in found)
    assert any(outcome.clicked for outcome in found)
    assert any(outcome.subscription for outcome in found)
    assert sum(REJECT_MARKER in request.get("subject", "") for request in NEWS) == 2
    assert sum(request.get("template") == TEMPLATE for request in NEWS) == 2


def test_the_template_needs_a_value_that_the_campaign_lacks() -> None:
    (data,) = {json.dumps(request["data"]) for request in NEWS if "template" in request}
    assert "{{total}}" in template()["TemplateContent"]["Html"]
    assert "total" not in json.loads(data)


def test_the_sender_takes_every_request() -> None:
    for request in NEWS + CODES:
        assert validated({"v": 1, **request}).request_id == request["request_id"]
