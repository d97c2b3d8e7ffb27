"""Mailboxes: what is parsed, what is refused, and the forms that a mailbox has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.mailboxes import Mailbox, is_deliverable, mailbox


@pytest.mark.parametrize(
    ("text", "name", "address", "header"),
    [
        ("a@x.org", "", "a@x.org", "a@x.org"),
        (" <a@x.org> ", "", "a@x.org", "a@x.org"),
        ("Ann <a@x.org>", "Ann", "a@x.org", "Ann <a@x.org>"),
        ("Dr. Ann  B <a@x.org>", "Dr. Ann B", "a@x.org", '"Dr. Ann B" <a@x.org>'),
        (r'"Ann \"B\" \\" <a@x.org>', 'Ann "B" \\', "a@x.org", r'"Ann \"B\" \\" <a@x.org>'),
        ("Änn <a@x.org>", "Änn", "a@x.org", "=?utf-8?q?=C3=84nn?= <a@x.org>"),
        ("Ann <Ann@BÜCHER.example>", "Ann", "Ann@xn--bcher-kva.example", "Ann <Ann@xn--bcher-kva.example>"),
        ("a@x.org.", "", "a@x.org", "a@x.org"),
        ("a@x。org", "", "a@x.org", "a@x.org"),
        ("\ufeffa@x.org\u200b", "", "a@x.org", "a@x.org"),
        ("a@x.org\u200d", "", "a@x.org", "a@x.org"),
        ("a\u00ad@x\u00ad.org\u00a0", "", "a@x.org", "a@x.org"),
        ("\u200bAnn <a@x.org>\u200b", "Ann", "a@x.org", "Ann <a@x.org>"),
        (
            "株式会社（東京） <a@x.org>",
            "株式会社（東京）",
            "a@x.org",
            "=?utf-8?b?5qCq5byP5Lya56S+77yI5p2x5Lqs77yJ?= <a@x.org>",
        ),
    ],
)
def test_mailboxes(text: str, name: str, address: str, header: str) -> None:
    found = mailbox(text)

    assert (found.name, found.address, found.header) == (name, address, header)
    assert mailbox(str(found)) == found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no address"),
        ("Ann <>", "has no address"),
        ("ann.example.org", "has no @"),
        ("@x.org", "has no name before an @"),
        ("änn@x.org", "outside ASCII before the @"),
        ("a..b@x.org", "a part before the @"),
        ("a" * 65 + "@x.org", "a part before the @"),
        ("a@localhost", "a part after the @"),
        ("a@x.123", "a part after the @"),
        ("a@-x.org", "a part after the @"),
        ("a@" + "x." * 126 + "org", "a part after the @"),
        ("a@straße.example", "old and new rules"),
        ("a@" + "ü" * 70 + ".example", "cannot be written in punycode"),
        ("a@x.org\nBcc: b@x.org", "a line break"),
        ("Ann\x00 <a@x.org>", "control character"),
        ("Ann <a@x.org> <b@x.org>", "neither an address nor"),
        ('Ann "B" C <a@x.org', "neither an address nor"),
        ("x" * 257 + " <a@x.org>", "more than 256 characters"),
        ("=?utf-8?q?A?= <a@x.org>", "encoded words"),
        ("Ann \u202e <a@x.org>", "direction of writing"),
        ("b@x.org <a@x.org>", "another address"),
        ("b＠x.org <a@x.org>", "another address"),
        ("b﹫x.org <a@x.org>", "another address"),
        ("b\u200b@\u200bx.org <a@x.org>", "another address"),
        ("Ann ＜ｂ＠ｘ．ｏｒｇ＞ <a@x.org>", "another address"),
        ('"b@x.org <a@x.org>" <a@x.org>', "another address"),
        ('"a@x.org (b@x.org)" <a@x.org>', "another address"),
        ("Ann ＜a@x.org＞", "outside ASCII before the @"),
        ("a@x.org，b@x.org", "outside ASCII before the @"),
        ("a@x.org＜b@x.org＞", "outside ASCII before the @"),
        ("a@x．org，b", "a part after the @"),
        ("a@b＠x.org", "a part after the @"),
        ("ａ@x.org", "outside ASCII before the @"),
        ("a@x.org\u201d", "cannot be written in punycode"),
        ("a@my\u2011x.org", "cannot be written in punycode"),
        ("\u202ea@x.org", "direction of writing"),
        ("=?utf-8?q?b=40x.org?=@x.org", "an encoded word before the @"),
        ("Lee, Ann <a@x.org>", 'put it in "quotes"'),
    ],
)
def test_a_refusal_states_the_problem_and_not_the_text(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        mailbox(text)

    assert "x.org" not in str(caught.value)


@pytest.mark.parametrize("address", ["ann@x.org", "Ann.Lee+x@Sub.X.org", "ann@xn--mnchen-3ya.example"])
def test_ses_sends_to_an_address_that_the_mailer_takes(address: str) -> None:
    assert is_deliverable(address)


@pytest.mark.parametrize(
    "address",
    ["änn@x.org", '"ann lee"@x.org', "a..b@x.org", "ann@localhost", "ann@[192.0.2.1]", "user", "Ann <ann@x.org>"],
)
def test_ses_sends_to_no_other(address: str) -> None:
    assert not is_deliverable(address)


def test_a_name_may_repeat_the_address() -> None:
    assert mailbox("A@x.org <a@x.org>") == Mailbox("a@x.org", "A@x.org")
    assert mailbox("a@ü.org <a@Ü.org>") == Mailbox("a@xn--tda.org", "a@ü.org")


def test_mailboxes_are_compared_by_the_address_in_lower_case() -> None:
    assert mailbox("Ann <Ann@X.org>").key == mailbox("ann@x.org").key == "ann@x.org"


def test_a_long_name_becomes_several_encoded_words_on_one_line() -> None:
    header = mailbox(f"{'ü' * 200} <a@x.org>").header

    assert "\n" not in header
    assert header.isascii()
    assert all(len(word) <= 75 for word in header.split(" "))


@given(st.text())
def test_any_text_is_a_mailbox_or_an_error(text: str) -> None:
    try:
        found = mailbox(text)
    except ValueError:
        return
    assert mailbox(str(found)) == found
    assert "\n" not in found.header
    assert found.header.isascii()
