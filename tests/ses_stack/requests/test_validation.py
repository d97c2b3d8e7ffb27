"""The document of a send request: which documents are accepted, how others are refused, and the schema beside them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ses_stack.errors import RecordError, RequestError
from ses_stack.requests.documents import to_document
from ses_stack.requests.request import MAX_HEADERS, MAX_TAGS, SendRequest
from ses_stack.requests.validation import validated
from tests.support.paths import ROOT
from tests.support.requests import FULL, PLAIN, TEMPLATED, attached, without

SCHEMA = Draft202012Validator(json.loads((ROOT / "docs/send-request.schema.json").read_text()))
GOOD = {
    "plain": PLAIN,
    "template": TEMPLATED,
    "everything": FULL,
    "html only": {**{k: v for k, v in PLAIN.items() if k != "text"}, "html": "<p>"},
    "bcc only": {**{k: v for k, v in PLAIN.items() if k != "to"}, "bcc": ["b@x.org"]},
    "empty lists": PLAIN | {"cc": [], "attachments": [], "tags": {}, "headers": {}, "data": {}},
    "fifty": PLAIN | {"to": [f"{n}@x.org" for n in range(50)]},
    "a long id": PLAIN | {"request_id": "a" * 128},
    "plus and dots": PLAIN | {"to": ["o'neil.b+tag=1@sub.x-y.co.uk"]},
    "own address as name": PLAIN | {"to": ['"B@x.org" <b@x.org>']},
    "emoji": PLAIN | {"subject": "👋 Grüße", "from": "👩‍💻 <a@x.org>"},
    "a long name": PLAIN | {"from": f"{'名' * 51} <shop@example.com>"},
    "a long subject": PLAIN | {"subject": "a" * 989},
    "a long subject outside ASCII": PLAIN | {"subject": "名" * 189},
    "a long file name": attached(filename="名" * 85),
}
# Each with the field that the error names.
BAD: dict[str, tuple[Any, str]] = {
    "null": (None, "the request"),
    "a list": ([], "the request"),
    "no version": (without("v"), "v"),
    "another version": (PLAIN | {"v": 2}, "v"),
    "version as text": (PLAIN | {"v": "1"}, "v"),
    "version true": (PLAIN | {"v": True}, "v"),
    "no id": (without("request_id"), "request_id"),
    "an id that is no tag": (PLAIN | {"request_id": "a.b"}, "request_id"),
    "an empty id": (PLAIN | {"request_id": ""}, "request_id"),
    "a long id": (PLAIN | {"request_id": "a" * 129}, "request_id"),
    "id not ASCII": (PLAIN | {"request_id": "é"}, "request_id"),
    "no stream": (without("stream"), "stream"),
    "unknown stream": (PLAIN | {"stream": "newsletter"}, "stream"),
    "stream as number": (PLAIN | {"stream": 1}, "stream"),
    "no sender": (without("from"), "from"),
    "two senders": (PLAIN | {"from": ["a@x.org", "b@x.org"]}, "from"),
    "typo": (PLAIN | {"subjekt": "x"}, "subjekt"),
    "from_": (PLAIN | {"from_": "x"}, "from_"),
    "to as text": (PLAIN | {"to": "b@x.org"}, "to"),
    "to null": (PLAIN | {"to": None}, "to"),
    "no recipient": (without("to"), "to"),
    "empty to": (PLAIN | {"to": []}, "to"),
    "fifty-one": (PLAIN | {"to": [f"{n}@x.org" for n in range(51)]}, "to"),
    "no at": (PLAIN | {"to": ["b@x.org", "b.x.org"]}, "to[1]"),
    "no local part": (PLAIN | {"to": ["@x.org"]}, "to[0]"),
    "two at": (PLAIN | {"to": ["a@b@x.org"]}, "to[0]"),
    "two addresses": (PLAIN | {"to": ["a@x.org, b@x.org"]}, "to[0]"),
    "two dots": (PLAIN | {"to": ["a..b@x.org"]}, "to[0]"),
    "space inside": (PLAIN | {"to": ["a b@x.org"]}, "to[0]"),
    "no top-level domain": (PLAIN | {"to": ["b@localhost"]}, "to[0]"),
    "IP address": (PLAIN | {"to": ["b@127.0.0.1"]}, "to[0]"),
    "long local part": (PLAIN | {"to": [f"{'a' * 65}@x.org"]}, "to[0]"),
    "long domain": (PLAIN | {"to": [f"b@{'a.' * 130}org"]}, "to[0]"),
    "ü before the at": (PLAIN | {"to": ["jürgen@x.org"]}, "to[0]"),
    "ß in the domain": (PLAIN | {"to": ["b@straße.de"]}, "to[0]"),
    "no such domain": (PLAIN | {"to": [f"b@{'ü' * 70}.de"]}, "to[0]"),
    "address injection": (PLAIN | {"to": ["b@x.org\r\nBcc: c@x.org"]}, "to[0]"),
    "name injection": (PLAIN | {"from": "Ann\nBcc: c@x.org <a@x.org>"}, "from"),
    "NUL in a name": (PLAIN | {"from": "Ann\0 <a@x.org>"}, "from"),
    "next line in a name": (PLAIN | {"from": "Ann\x85 <a@x.org>"}, "from"),
    "line separator in a name": (PLAIN | {"from": "Ann\u2028 <a@x.org>"}, "from"),
    "address as name": (PLAIN | {"from": '"bank@bank.com" <a@x.org>'}, "from"),
    "address in front": (PLAIN | {"from": "bank@bank.com <a@x.org>"}, "from"),
    "two brackets": (PLAIN | {"from": "Ann <b@x.org> <a@x.org>"}, "from"),
    "open bracket": (PLAIN | {"from": "Ann <a@x.org"}, "from"),
    "no address": (PLAIN | {"from": "Ann <>"}, "from"),
    "comma in a name": (PLAIN | {"from": "Berg, Ann <a@x.org>"}, "from"),
    "encoded name": (PLAIN | {"from": "=?utf-8?q?Ann?= <a@x.org>"}, "from"),
    "name from right to left": (PLAIN | {"from": "Ann \u202egro.knab <a@x.org>"}, "from"),
    "long name": (PLAIN | {"from": f"{'a' * 300} <a@x.org>"}, "from"),
    "name too long as encoded": (PLAIN | {"from": f"{'名' * 80} <shop@example.com>"}, "from"),
    "name too long with its escapes": (PLAIN | {"to": ['"' + "a" * 150 + "\\\\" * 80 + '" <b@x.org>']}, "to[0]"),
    "copy too long as encoded": (PLAIN | {"cc": [f"{'ü' * 110} <c@x.org>"]}, "cc[0]"),
    "hidden copy too long as encoded": (PLAIN | {"bcc": [f"{'名' * 80} <c@x.org>"]}, "bcc[0]"),
    "answers too long as encoded": (PLAIN | {"reply_to": [f"{'👋' * 60} <c@x.org>"]}, "reply_to[0]"),
    "very long mailbox": (PLAIN | {"from": f"{'a' * 700} <a@x.org>"}, "from"),
    "twice in to": (PLAIN | {"to": ["b@x.org", "Bob <B@X.org>"]}, "to[1]"),
    "again in bcc": (PLAIN | {"bcc": ["c@x.org", "b@x.org"]}, "bcc[1]"),
    "fifty in all": (
        PLAIN | {"to": [f"{n}@x.org" for n in range(30)], "cc": [f"c{n}@x.org" for n in range(21)]},
        "to",
    ),
    "eleven to reply to": (PLAIN | {"reply_to": [f"{n}@x.org" for n in range(11)]}, "reply_to"),
    "subject injection": (PLAIN | {"subject": "Hi\nBcc: c@x.org"}, "subject"),
    "no subject": (without("subject"), "subject"),
    "empty subject": (PLAIN | {"subject": " "}, "subject"),
    "long subject": (PLAIN | {"subject": "a" * 990}, "subject"),
    "subject too long as encoded": (PLAIN | {"subject": "名" * 230}, "subject"),
    "half a character": (PLAIN | {"subject": "\ud800"}, "subject"),
    "no text": (without("text"), "text"),
    "empty text": (PLAIN | {"text": ""}, "text"),
    "NUL in text": (PLAIN | {"text": "a\0"}, "text"),
    "template and subject": (TEMPLATED | {"subject": "x"}, "subject"),
    "template and html": (TEMPLATED | {"html": "x"}, "html"),
    "template with a path": (TEMPLATED | {"template": "a/b"}, "template"),
    "data without template": (PLAIN | {"data": {"a": 1}}, "data"),
    "data as text": (TEMPLATED | {"data": "{}"}, "data"),
    "data not finite": (TEMPLATED | {"data": {"a": float("nan")}}, "data"),
    "deep data": (TEMPLATED | {"data": json.loads('{"a":' * 40 + "1" + "}" * 40)}, "data"),
    "large data": (TEMPLATED | {"data": {"a": "a" * 262_144}}, "data"),
    "half a character in data": (TEMPLATED | {"data": {"a": "\udc00"}}, "data"),
    "half a character in a name of data": (TEMPLATED | {"data": {"\udc00": 1}}, "data"),
    "attachments as object": (PLAIN | {"attachments": {}}, "attachments"),
    "101 attachments": (PLAIN | {"attachments": [{"filename": "a", "content": "AA=="}] * 101}, "attachments"),
    "attachment without name": (PLAIN | {"attachments": [{"content": "AA=="}]}, "attachments[0].filename"),
    "attachment without content": (PLAIN | {"attachments": [{"filename": "a"}]}, "attachments[0]"),
    "bucket without key": (PLAIN | {"attachments": [{"filename": "a", "bucket": "bbb"}]}, "attachments[0]"),
    "both kinds": (attached(bucket="bbb", key="k"), "attachments[0].bucket"),
    "size of an inline one": (attached(size=1), "attachments[0].size"),
    "attachment typo": (attached(name="a"), "attachments[0].name"),
    "filename injection": (attached(filename='a"\r\nX: y'), "attachments[0].filename"),
    "path as filename": (attached(filename="../a"), "attachments[0].filename"),
    "file that SES refuses": (attached(filename="setup.EXE"), "attachments[0].filename"),
    "file that SES refuses, by its type": (attached(content_type="a/b; name=a.js"), "attachments[0].content_type"),
    "character that SES refuses": (attached(filename="a?.pdf"), "attachments[0].filename"),
    "file name too long in bytes": (attached(filename="名" * 86), "attachments[0].filename"),
    "empty filename": (attached(filename=" "), "attachments[0].filename"),
    "type without slash": (attached(content_type="pdf"), "attachments[0].content_type"),
    "type injection": (attached(content_type="a/b\r\nX: y"), "attachments[0].content_type"),
    "multipart": (attached(content_type="Multipart/mixed"), "attachments[0].content_type"),
    "disposition": (attached(disposition="hidden"), "attachments[0].disposition"),
    "content id": (attached(content_id="<logo>"), "attachments[0].content_id"),
    "not base64": (attached(content="a-b_"), "attachments[0].content"),
    "base64 cut": (attached(content="AAAAA"), "attachments[0].content"),
    "empty file": (attached(content=""), "attachments[0].content"),
    "a bucket's name": (
        PLAIN | {"attachments": [{"filename": "a", "bucket": "B", "key": "attachments/k"}]},
        "attachments[0].bucket",
    ),
    "size as text": (
        PLAIN | {"attachments": [{"filename": "a", "bucket": "bbb", "key": "attachments/k", "size": "1"}]},
        "attachments[0].size",
    ),
    "size zero": (
        PLAIN | {"attachments": [{"filename": "a", "bucket": "bbb", "key": "attachments/k", "size": 0}]},
        "attachments[0].size",
    ),
    "too large in all": (
        PLAIN | {"attachments": [{"filename": "a", "bucket": "bbb", "key": "attachments/k", "size": 20_000_000}] * 2},
        "attachments",
    ),
    "too much text": (PLAIN | {"text": "a" * 31_000_000}, "text"),
    "one content id for two": (
        PLAIN | {"attachments": [{"filename": "a", "content": "AA==", "content_id": "x"}] * 2},
        "attachments",
    ),
    "header injection": (PLAIN | {"headers": {"X-A": "1\r\nBcc: c@x.org"}}, "headers.X-A"),
    "header name injection": (PLAIN | {"headers": {"X-A: 1\r\nBcc": "c@x.org"}}, "headers"),
    "the sender's header": (PLAIN | {"headers": {"list-UNSUBSCRIBE": "<x>"}}, "headers.list-UNSUBSCRIBE"),
    "SES's header": (PLAIN | {"headers": {"X-SES-Configuration-Set": "x"}}, "headers.X-SES-Configuration-Set"),
    "sender's From": (PLAIN | {"headers": {"From": "x"}}, "headers.From"),
    "MIME's header": (PLAIN | {"headers": {"Content-Type": "x"}}, "headers.Content-Type"),
    "header not ASCII": (PLAIN | {"headers": {"X-A": "ü"}}, "headers.X-A"),
    "empty header": (PLAIN | {"headers": {"X-A": " "}}, "headers.X-A"),
    "long header": (PLAIN | {"headers": {"X-A": "a" * 994}}, "headers.X-A"),
    "a header twice": (PLAIN | {"headers": {"X-A": "1", "x-a": "2"}}, "headers"),
    "too many headers": (PLAIN | {"headers": {f"X-{n}": "1" for n in range(MAX_HEADERS + 1)}}, "headers"),
    "tag value": (PLAIN | {"tags": {"a": "b c"}}, "tags.a"),
    "tag value with a dot, which SES refuses": (PLAIN | {"tags": {"a": "x@y.z"}}, "tags.a"),
    "tag value as number": (PLAIN | {"tags": {"a": 1}}, "tags.a"),
    "tag injection": (PLAIN | {"tags": {"a": "b\n"}}, "tags.a"),
    "tag name": (PLAIN | {"tags": {"a b": "c"}}, "tags"),
    "long tag": (PLAIN | {"tags": {"a": "b" * 257}}, "tags.a"),
    "the sender's tag": (PLAIN | {"tags": {"request_id": "x"}}, "tags.request_id"),
    "SES's tag": (PLAIN | {"tags": {"ses:source-ip": "x"}}, "tags"),
    "too many tags": (PLAIN | {"tags": {f"t{n}": "1" for n in range(MAX_TAGS + 1)}}, "tags"),
    "tags as list": (PLAIN | {"tags": ["a"]}, "tags"),
    "topic": (PLAIN | {"topic": "a b"}, "topic"),
    "tenant": (PLAIN | {"tenant": ""}, "tenant"),
    "local time": (PLAIN | {"not_before": "2027-05-01T10:00:00"}, "not_before"),
    "a day": (PLAIN | {"not_before": "2027-05-01"}, "not_before"),
    "no such day": (PLAIN | {"not_before": "2027-02-30T10:00:00Z"}, "not_before"),
    "before time began": (PLAIN | {"not_before": "0001-01-01T00:00:00+14:00"}, "not_before"),
    "time as number": (PLAIN | {"expires_at": 1}, "expires_at"),
    "over before it starts": (
        PLAIN | {"not_before": "2027-05-01T10:00:00Z", "expires_at": "2027-05-01T12:00:00+02:00"},
        "expires_at",
    ),
}
# Faults that no schema can describe, as docs/send-request.schema.json lists them: by the texts of their errors.
BEYOND_A_SCHEMA = re.compile(
    "is the same address as|recipients with cc and bcc|is not after not_before|is a time that does not exist|"
    "is not base64|uses a content_id twice|names a header twice|half of a surrogate|display name|"
    r"neither an address nor|after the @|before the @|punycode|is nested more|is larger than the|"
    r"as encoded|bytes of UTF-8|ends in \.|is longer than 996|NaN or infinity|has no @|no address|no name before"
)


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_good_documents_are_taken_and_come_back_the_same(document: dict[str, Any]) -> None:
    request = validated(document)

    assert validated(to_document(request)) == request
    assert validated(json.loads(json.dumps(to_document(request)))) == request
    assert SCHEMA.is_valid(document)
    assert SCHEMA.is_valid(to_document(request))


@pytest.mark.parametrize(("document", "field"), BAD.values(), ids=BAD)
def test_bad_documents_are_refused_by_the_name_of_the_field(document: Any, field: str) -> None:
    with pytest.raises(RequestError) as caught:
        validated(document)

    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field} ")
    assert isinstance(caught.value, RecordError)


@pytest.mark.parametrize(("document", "field"), BAD.values(), ids=BAD)
def test_the_schema_refuses_what_a_schema_can(document: Any, field: str) -> None:
    with pytest.raises(RequestError) as caught:
        validated(document)

    assert not SCHEMA.is_valid(document) or BEYOND_A_SCHEMA.search(caught.value.problem)


def test_the_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)


def test_the_sample_event_is_a_request() -> None:
    document = json.loads((ROOT / "events/send_request.json").read_text())

    assert to_document(validated(document))["request_id"] == "password-reset-8842"
    assert SCHEMA.is_valid(document)


def test_a_typo_is_answered_with_what_was_meant() -> None:
    with pytest.raises(RequestError, match=r"^expire_at is not a field: expires_at\?$"):
        validated(PLAIN | {"expire_at": "2027-05-01T10:00:00Z"})


@pytest.mark.parametrize(
    "document",
    [
        PLAIN | {"ann@secret.org": 1},
        PLAIN | {"to": ["ann@secret"]},
        PLAIN | {"to": ["b@x.org"], "from": "Secret\n <secret@x.org>"},
        PLAIN | {"tags": {"secret tag": "x"}},
        PLAIN | {"tags": {"ses:secret@x.org": "x"}},
        PLAIN | {"headers": {"X-A": "secret\n"}},
        attached(filename="secret\n"),
        attached(secret="secret"),
    ],
)
def test_an_error_never_carries_a_value(document: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as caught:
        validated(document)

    assert "secret" not in str(caught.value).lower().replace("attachments[0].secret", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_NAMES = sorted(GOOD["everything"].keys() | {"template", "data"})
_ADDRESSES = st.sampled_from(
    [
        "b@x.org",
        "B@X.ORG",
        "Ann <c@x.org>",
        '"A, b" <d@x.org>',
        "Berg, Ann <a@x.org>",
        "e@münchen.de",
        "f@localhost",
        "g@x.org\n",
        "Ü <ü@x.org>",
        " h@x.org ",
        "<i@x.org>",
        "",
    ]
)
_TIMES = st.sampled_from(["2027-05-01T10:00:00Z", "2027-05-01T10:00:00.5+02:00", "2027-13-01T10:00:00Z", "now", ""])
_WORDS = st.sampled_from(["news", "a b", "x" * 65, "", "a.b", "ses:x", "request_id", "From", "X-A"]) | st.text(
    max_size=5
)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "v": st.just(1),
    "from": _ADDRESSES,
    "to": st.lists(_ADDRESSES, max_size=3),
    "cc": st.lists(_ADDRESSES, max_size=3),
    "bcc": st.lists(_ADDRESSES, max_size=3),
    "reply_to": st.lists(_ADDRESSES, max_size=3),
    "stream": st.sampled_from(["marketing", "transactional", "default"]),
    "subject": st.text(max_size=8),
    "html": st.text(max_size=8),
    "text": st.text(max_size=8),
    "headers": st.dictionaries(_WORDS, st.text(max_size=5), max_size=3),
    "tags": st.dictionaries(_WORDS, _WORDS, max_size=3),
    "not_before": _TIMES,
    "expires_at": _TIMES,
    "data": st.dictionaries(st.text(max_size=5), JSON, max_size=3),
    "attachments": st.lists(
        st.fixed_dictionaries(
            {"filename": st.text(max_size=5)},
            optional={
                "content": st.sampled_from(["AA==", "AAA", "", "AAAA\n"]),
                "content_type": st.sampled_from(["a/b", "a/b; c=d", "multipart/x", "a"]),
                "content_id": _WORDS,
                "bucket": st.sampled_from(["bbb", "B"]),
                "key": st.text(max_size=3),
                "size": st.integers(-1, 2),
                "disposition": st.sampled_from(["inline", "x"]),
            },
        ),
        max_size=2,
    ),
}
CHANGED = st.builds(
    lambda base, changes, gone: {k: v for k, v in (base | changes).items() if k not in gone},
    st.sampled_from([PLAIN, TEMPLATED, FULL]),
    st.fixed_dictionaries({}, optional={name: _VALUES.get(name, _WORDS) for name in _NAMES}),
    st.sets(st.sampled_from(_NAMES), max_size=2),
) | st.builds(
    lambda base, name, value: base | {name: value},
    st.sampled_from([PLAIN, TEMPLATED]),
    st.sampled_from(_NAMES),
    JSON,
)


def read(document: object) -> SendRequest | RequestError:
    try:
        return validated(document)
    except RequestError as error:
        return error


@given(JSON | CHANGED)
def test_any_json_is_a_request_or_an_error_that_names_a_field(document: object) -> None:
    found = read(document)

    if isinstance(found, SendRequest):
        again = validated(json.loads(json.dumps(to_document(found))))
        assert again == found
        assert to_document(again) == to_document(found)
    else:
        assert found.field
        assert "\n" not in str(found)


@given(CHANGED)
def test_the_schema_and_the_validator_agree(document: dict[str, Any]) -> None:
    found = read(document)

    if isinstance(found, SendRequest):
        assert SCHEMA.is_valid(document), [error.message for error in SCHEMA.iter_errors(document)]
        assert SCHEMA.is_valid(to_document(found))
    elif SCHEMA.is_valid(document):
        assert BEYOND_A_SCHEMA.search(found.problem), str(found)
