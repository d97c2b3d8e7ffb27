"""SES's records: taken out of their wrappings, and validated with errors that hold no content."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, StringConstraints

from ses_stack.errors import FieldError, RecordError
from ses_stack.mail.adapters.records import (
    Instant,
    MessageId,
    instant,
    kind_of,
    type_name_of,
    unwrap,
    validated,
)
from tests.support import payloads
from tests.support.payloads import Json


def cause_of(text: str) -> str:
    with pytest.raises(RecordError) as caught:
        unwrap(text)
    return caught.value.cause


class TestUnwrap:
    """A record comes in an EventBridge envelope, in an SNS notification, or bare."""

    @pytest.mark.parametrize(
        "wrap",
        [
            pytest.param(payloads.envelope, id="eventbridge"),
            pytest.param(lambda record: record, id="bare"),
            pytest.param(lambda record: {"Type": "Notification", "Message": json.dumps(record)}, id="sns"),
            pytest.param(
                lambda record: {"Type": "Notification", "Message": json.dumps(payloads.envelope(record))},
                id="eventbridge in sns",
            ),
            pytest.param(lambda record: payloads.envelope(record, source="ses.simulator"), id="local cloud"),
        ],
    )
    def test_takes_every_wrapping_off(self, wrap: Callable[[Json], Json]) -> None:
        assert unwrap(json.dumps(wrap(payloads.bounce()))) == payloads.bounce()

    def test_gives_none_for_a_subscription_to_sns(self) -> None:
        notice = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed"}

        assert unwrap(json.dumps(notice)) is None

    @pytest.mark.parametrize(
        ("detail_type", "detail"),
        [
            ("Advisor Recommendation Status Open", {"version": "1.0.0", "data": {"status": "OPEN"}}),
            ("Sending Status Disabled", {"version": "1.0.0", "data": {}}),
            ("AWS API Call via CloudTrail", {"eventType": "AwsApiCall", "eventSource": "ses.amazonaws.com"}),
        ],
    )
    def test_gives_none_for_an_event_of_ses_that_is_not_about_mail(self, detail_type: str, detail: Json) -> None:
        assert unwrap(json.dumps(payloads.envelope(detail, **{"detail-type": detail_type}))) is None

    def test_refuses_the_same_event_from_another_source(self) -> None:
        event = payloads.envelope({"status": "OPEN"}, **{"detail-type": "Advisor", "source": "example.app"})

        assert cause_of(json.dumps(event)).startswith("NotAnEventError: ")

    def test_refuses_sns_in_sns(self) -> None:
        inner = {"Type": "Notification", "Message": json.dumps(payloads.bounce())}

        cause = cause_of(json.dumps({"Type": "Notification", "Message": json.dumps(inner)}))

        assert cause == "NotAnEventError: neither eventType nor notificationType names an event type"

    def test_refuses_mail_without_a_type(self) -> None:
        record = payloads.bounce()
        del record["eventType"]

        assert cause_of(payloads.body(record)).startswith("NotAnEventError: ")

    @pytest.mark.parametrize("text", ["", "{", "nope", "\ufeff{}", "[" * 100_000, "9" * 5_000])
    def test_refuses_what_is_not_json(self, text: str) -> None:
        assert cause_of(text) == "NotJsonError: the body is not JSON"

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("null", "null"),
            ("true", "a boolean"),
            ("NaN", "a number"),
            ("1e999", "a number"),
            ('""', "an empty string"),
            ('"x"', "a string"),
            ("[]", "an array"),
        ],
    )
    def test_refuses_what_is_not_an_object(self, text: str, kind: str) -> None:
        assert cause_of(text) == f"NotAnEventError: the body is {kind}, not an object"

    @pytest.mark.parametrize("detail", [None, [], "x", {}])
    def test_refuses_an_envelope_of_nothing(self, detail: Any) -> None:
        assert cause_of(json.dumps(payloads.envelope({}) | {"detail": detail})).startswith("NotAnEventError: ")

    def test_replaces_half_an_emoji(self) -> None:
        text = payloads.body(payloads.send(mail={"source": "Boots \ud83e"}))
        assert "\\ud83e" in text

        record = unwrap(text)

        assert record == payloads.send(mail={"source": "Boots ?"})

    def test_replaces_text_that_is_not_unicode(self) -> None:
        record = unwrap(json.dumps(payloads.send(mail={"source": "a\udfff"}), ensure_ascii=False))

        assert record == payloads.send(mail={"source": "a?"})


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"eventType": "Rendering Failure"}, "Rendering Failure"),
        ({"notificationType": "Bounce"}, "Bounce"),
        ({"eventType": "", "notificationType": "Bounce"}, "Bounce"),
        ({"eventType": 5}, ""),
        ({}, ""),
    ],
)
def test_the_type_stands_in_two_places(record: Json, name: str) -> None:
    assert type_name_of(record) == name


class TestInstants:
    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("2026-11-24T06:10:00Z", "2026-11-24T06:10:00.000Z"),
            ("2026-11-24T06:10:00.1234567Z", "2026-11-24T06:10:00.123Z"),
            ("2026-11-24T08:10:00.5+02:00", "2026-11-24T06:10:00.500Z"),
            ("2026-11-24T06:10:00.123", "2026-11-24T06:10:00.123Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ],
    )
    def test_are_kept_in_utc_and_milliseconds(self, written: str, kept: str) -> None:
        assert instant(written) == kept

    @pytest.mark.parametrize("written", ["", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    def test_that_are_no_times_are_refused(self, written: str) -> None:
        with pytest.raises(ValueError, match=r"^is not an ISO-8601 time$"):
            instant(written)


class Inner(BaseModel):
    """A model inside another."""

    name: Annotated[str, StringConstraints(min_length=1)]


class Outer(BaseModel):
    """A model with every kind of field that a fault can be in."""

    id: MessageId
    at: Instant
    inner: Inner | None = None
    many: list[Inner] | None = None
    named: dict[str, Inner] | None = None


GOOD: Json = {"id": "m-1", "at": "2026-11-24T06:10:00Z"}


class TestValidation:
    def test_gives_the_model(self) -> None:
        model = validated(Outer, GOOD, "outer")

        assert (model.id, model.at) == ("m-1", "2026-11-24T06:10:00.000Z")

    @pytest.mark.parametrize(
        ("change", "field", "problem"),
        [
            ({"id": ""}, "outer.id", "has the wrong kind or size: an empty string (string_too_short)"),
            ({"id": "x" * 257}, "outer.id", "has the wrong kind or size: a string (string_too_long)"),
            ({"at": "soon"}, "outer.at", "is not an ISO-8601 time"),
            ({"at": 5}, "outer.at", "has the wrong kind or size: a number (string_type)"),
            ({"inner": {}}, "outer.inner.name", "is missing"),
            ({"inner": []}, "outer.inner", "has the wrong kind or size: an array (model_type)"),
            (
                {"many": [{"name": "a"}, {"name": None}]},
                "outer.many.name",
                "has the wrong kind or size: null (string_type)",
            ),
        ],
    )
    def test_names_the_field_and_the_kind_of_its_value(self, change: Json, field: str, problem: str) -> None:
        with pytest.raises(FieldError) as caught:
            validated(Outer, GOOD | change, "outer")

        assert (caught.value.field, caught.value.problem) == (field, problem)

    def test_names_a_missing_object(self) -> None:
        with pytest.raises(FieldError, match=r"^outer is missing$"):
            validated(Outer, None, "outer")

    @pytest.mark.parametrize("name", ["private", "id", "at"])
    def test_keeps_the_keys_of_a_mapping_out(self, name: str) -> None:
        with pytest.raises(FieldError) as caught:
            validated(Outer, GOOD | {"named": {name: {"name": 5}}}, "outer")

        assert caught.value.field == "outer.named.name"

    def test_hides_the_value_from_the_traceback(self) -> None:
        with pytest.raises(FieldError) as caught:
            validated(Outer, {"id": 7, "at": "content"}, "outer")

        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        ("", "an empty string"),
        ("x", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_kinds_of_values(value: object, kind: str) -> None:
    assert kind_of(value) == kind
