"""What SES refuses, at the limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ses_stack.requests.request import MAX_MESSAGE_BYTES
from ses_stack_cli.local.simulator.errors import ApiError
from ses_stack_cli.local.simulator.mail.checks import MAX_BYTES, MAX_RECIPIENTS, check_address, check_tag, checked
from ses_stack_cli.local.simulator.mail.message import Message

GOOD = Message(source="Shop <news@example.com>", to=["ann@example.org"])


def test_a_good_message_passes_unchanged() -> None:
    assert checked(GOOD) is GOOD


def test_fifty_recipients_and_forty_megabytes_pass_and_no_more() -> None:
    checked(replace(GOOD, to=[f"a{number}@b.org" for number in range(MAX_RECIPIENTS)], size=MAX_BYTES))
    with pytest.raises(ApiError, match=r"Recipient count exceeds 50\."):
        checked(replace(GOOD, bcc=[f"a{number}@b.org" for number in range(MAX_RECIPIENTS)]))
    with pytest.raises(ApiError, match="Message length is more than 40000000 bytes long: '40000001'"):
        checked(replace(GOOD, size=MAX_BYTES + 1))


def test_an_address_counts_with_its_name_as_it_stands_in_the_header() -> None:
    check_address(f"{'a' * 311} <a@b.org>"[-320:])
    with pytest.raises(ApiError, match="Address length is more than 320 bytes long"):
        check_address(f"{'a' * 311} <a@b.org>")


@pytest.mark.parametrize("address", ["a@b.org", "Ann <a.b+c@x-y.example>", "o'hara@example.org", "a@xn--mnchen-3ya.de"])
def test_addresses_that_ses_takes(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b.org",
        "a@",
        "a b@c.org",
        ".a@b.org",
        "a.@b.org",
        "a@b",
        "a@-b.org",
        "a@b..org",
        "ä@b.org",
        "a@münchen.de",
        "a@b。org",
    ],
)
def test_addresses_that_ses_refuses(address: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_address(address)
    assert raised.value.name == "BadRequestException"


def test_a_line_break_in_an_address_cannot_add_headers() -> None:
    with pytest.raises(ApiError, match="control characters"):
        check_address("Ann\r\nBcc: x@y.org <a@b.org>")


def test_tags() -> None:
    check_tag("campaign", ["winter-26", "a@b.org", "x" * 256])
    for name, value in (("ses:x", "y"), ("a b", "y"), ("", "y"), ("a", "x" * 257), ("a", ""), ("a", "ä")):
        with pytest.raises(ApiError, match="Invalid tag"):
            check_tag(name, [value])


def test_the_layer_allows_what_the_simulator_accepts() -> None:
    assert MAX_BYTES == MAX_MESSAGE_BYTES
