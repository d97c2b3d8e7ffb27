"""The objects of an SES record, as history reads them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ses_stack.history.adapters.models import (
    BounceObject,
    ClickObject,
    ComplaintObject,
    DeliveryDelayObject,
    DeliveryObject,
    FailureObject,
    MailObject,
    OpenObject,
    RejectObject,
    SubscriptionObject,
    TopicPreferences,
)
from tests.support import payloads
from tests.support.payloads import Json, mail, preferences


def mail_object(**changes: Any) -> MailObject:
    return MailObject.model_validate(mail(**changes))


def named(header: str, value: object) -> Json:
    return {"name": header, "value": value}


class TestSubject:
    def test_comes_from_the_common_headers(self) -> None:
        headers = [named("Subject", "other")]

        assert mail_object(headers=headers).subject() == "Winter boots are here"

    @pytest.mark.parametrize("common", [None, {}, {"subject": None}, {"subject": ""}])
    def test_else_from_the_headers(self, common: Json | None) -> None:
        headers = [named("From", "shop"), named("SUBJECT", "first"), named("Subject", "second")]

        assert mail_object(commonHeaders=common, headers=headers).subject() == "first"

    @pytest.mark.parametrize(
        "headers", [None, [], "cut", [None, 1, {"name": 1}, {"name": "Subject"}, named("Subject", None)]]
    )
    def test_may_be_missing(self, headers: Any) -> None:
        assert mail_object(commonHeaders=None, headers=headers).subject() is None


class TestConfigurationSet:
    def test_comes_from_the_tag(self) -> None:
        headers = [named("X-SES-CONFIGURATION-SET", "other")]

        assert mail_object(headers=headers).configuration_set() == "ses-stack-marketing"

    @pytest.mark.parametrize("tags", [None, {}, {"ses:configuration-set": []}])
    def test_else_from_the_header(self, tags: Json | None) -> None:
        headers = [named("X-SES-CONFIGURATION-SET", "ses-stack-transactional")]

        assert mail_object(tags=tags, headers=headers).configuration_set() == "ses-stack-transactional"

    def test_may_be_missing(self) -> None:
        assert mail_object(tags=None, headers=None).configuration_set() is None


def test_recipients_are_kept_as_they_come() -> None:
    assert mail_object(destination=["Ann <A@x.org>", None, 5]).destination == ["Ann <A@x.org>", None, 5]


def test_a_tag_may_be_a_string_instead_of_a_list() -> None:
    assert mail_object(tags={"a": "1", "b": ["2", "3"]}).tags == {"a": ["1"], "b": ["2", "3"]}


@pytest.mark.parametrize("tags", ["x", [], {"a": {"b": "c"}}, {"a": [1]}])
def test_other_tags_are_refused(tags: Any) -> None:
    with pytest.raises(ValidationError):
        mail_object(tags=tags)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (preferences(everything=True, offers="OptIn"), "unsubscribed from all"),
        (preferences(offers="OptOut", news="OptIn"), "offers OptOut, news OptIn"),
        (preferences(), "no topics"),
        ({"unsubscribeAll": False}, "no topics"),
    ],
)
def test_topic_preferences_are_one_line(written: Json, line: str) -> None:
    assert TopicPreferences.model_validate(written).summary() == line


def test_every_object_of_a_complete_record_is_read() -> None:
    assert DeliveryObject.model_validate(payloads.delivery()["delivery"]).recipients == ["Ann.Lee@example.org"]
    assert BounceObject.model_validate(payloads.bounce()["bounce"]).bouncedRecipients == [payloads.bounced()]
    assert ComplaintObject.model_validate(payloads.complaint()["complaint"]).complaintFeedbackType == "abuse"
    delay = DeliveryDelayObject.model_validate(payloads.delivery_delay()["deliveryDelay"])
    assert (delay.delayType, delay.expirationTime) == ("TransientCommunicationFailure", "2026-11-24T20:10:00.123Z")
    assert RejectObject.model_validate(payloads.reject()["reject"]).reason == "Bad content"
    assert FailureObject.model_validate(payloads.rendering_failure()["failure"]).templateName == "welcome"
    assert OpenObject.model_validate(payloads.opened()["open"]).ipAddress == "198.51.100.7"
    assert ClickObject.model_validate(payloads.click()["click"]).linkTags == {"place": ["hero"]}
    assert SubscriptionObject.model_validate(payloads.subscription()["subscription"]).contactList == "shop"
