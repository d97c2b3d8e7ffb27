"""The domain: its identity, and the DNS records that it needs.

https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html
https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dmarc.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.template.resolved import deployed_outputs, deployed_resources
from tests.template.rules import refusals

DOMAIN = {"SendingDomain": "example.com"}
ZONE = DOMAIN | {"HostedZoneId": "Z0123456789ABCDEFGHIJ"}
DMARC = {"DmarcPolicy": "quarantine", "DmarcReportAddress": "dmarc@example.com"}
DKIM_RECORDS = {
    f"SendingIdentity.DkimDNSTokenName{number}": ("CNAME", f"SendingIdentity.DkimDNSTokenValue{number}")
    for number in (1, 2, 3)
}
MAIL_FROM_MX = "10 feedback-smtp.eu-west-1.amazonses.com"
SPF = '"v=spf1 include:amazonses.com ~all"'


def records(**given: object) -> set[tuple[str, str, str]]:
    """The DNS records that a deployment writes: name, type, value."""
    found = [each["Properties"] for each in deployed_resources(**given).values() if "RecordSet" in each["Type"]]
    assert all(record["HostedZoneId"] == ZONE["HostedZoneId"] for record in found)
    return {(record["Name"], record["Type"], value) for record in found for value in record["ResourceRecords"]}


def dkim_records() -> set[tuple[str, str, str]]:
    return {(name, kind, value) for name, (kind, value) in DKIM_RECORDS.items()}


def test_without_a_domain_there_is_no_identity_and_no_record() -> None:
    kinds = {each["Type"] for each in deployed_resources().values()}
    assert not kinds & {"AWS::SES::EmailIdentity", "AWS::Route53::RecordSet"}
    assert not [name for name in deployed_outputs() if name.startswith("Dns")]


def test_the_identity_signs_with_2048_bits_and_captures_all_mail() -> None:
    identity: dict[str, Any] = deployed_resources(**DOMAIN, MailFromSubdomain="bounce")["SendingIdentity"]["Properties"]
    assert identity == {
        "EmailIdentity": "example.com",
        "ConfigurationSetAttributes": {"ConfigurationSetName": "DefaultConfigurationSet"},
        "DkimAttributes": {"SigningEnabled": True},
        "DkimSigningAttributes": {"NextSigningKeyLength": "RSA_2048_BIT"},
        "MailFromAttributes": {
            "MailFromDomain": "bounce.example.com",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        },
    }


def test_with_a_zone_the_records_are_written() -> None:
    mail_from = {("mail.example.com", "MX", MAIL_FROM_MX), ("mail.example.com", "TXT", SPF)}
    assert records(**ZONE) == dkim_records() | mail_from


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"DmarcPolicy": "none"}, '"v=DMARC1; p=none"'),
        (DMARC, '"v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"'),
    ],
)
def test_a_dmarc_record_is_an_option(given: dict[str, str], expected: str) -> None:
    assert records(**ZONE, **given) - records(**ZONE) == {("_dmarc.example.com", "TXT", expected)}


def test_every_record_is_an_output_in_the_form_of_a_zone_file() -> None:
    outputs = {name: value for name, value in deployed_outputs(**DOMAIN, **DMARC).items() if name.startswith("Dns")}
    written = {
        (name.removesuffix("."), kind, value.removesuffix("."))
        for name, seconds, kind, value in (line.replace(" IN ", " ").split(" ", 3) for line in outputs.values())
        if seconds == "1800"
    }
    assert written == records(**ZONE, **DMARC)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"HostedZoneId": "Z1"}, "A HostedZoneId requires a SendingDomain, whose records are written into the zone."),
        ({"DmarcPolicy": "none"}, "A DmarcPolicy requires a SendingDomain."),
        (
            DOMAIN | {"DmarcReportAddress": "dmarc@example.com"},
            "A DmarcReportAddress requires a DmarcPolicy; none asks for reports only.",
        ),
    ],
)
def test_a_value_that_would_have_no_effect_is_refused(given: dict[str, str], sentence: str) -> None:
    assert refusals(given) == [sentence]


@pytest.mark.parametrize(
    "domain",
    ["Example.com", "example", "münchen.example", "-a.com", "a_b.com", "example.com.", "http://a.com", "a b.c"],
)
def test_what_is_no_domain_is_refused(domain: str) -> None:
    assert refusals({"SendingDomain": domain})


@pytest.mark.parametrize("domain", ["example.com", "mail.shop.example.co.uk", "xn--mnchen-3ya.example", "a.io"])
def test_a_domain_is_accepted(domain: str) -> None:
    assert refusals({"SendingDomain": domain}) == []
