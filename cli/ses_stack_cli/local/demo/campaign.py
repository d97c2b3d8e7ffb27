"""The demonstration's mail: 200 messages that cause all ten types of event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ses_stack_cli.local.simulator.events.address_words import MAILBOX_SIMULATOR
from ses_stack_cli.local.simulator.events.provoke import REJECT_MARKER

SENDER = "Acme Shop <news@acme.example>"
TEMPLATE = "ses-stack-demo-receipt"
MESSAGES = 200
RESETS = 20

_FIRST = ("anna", "ben", "chloe", "david", "emma", "felix", "greta", "hugo", "ida", "jonas", "klara", "liam", "mia")
_LAST = ("adler", "berger", "costa", "dubois", "evans", "fischer", "garcia", "hansen", "ivanov", "jensen", "klein")
_DOMAINS = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "gmail.com", "hotmail.com", "web.de", "acme.example")
_SUBJECTS = ("Your order is on its way", "Winter sale: three days left", "New in the shop this week")

# Addresses with a word for the simulator (see simulator/events/address_words.py), and the number of each.
_WITH_WORDS = (
    (f"success+%s@{MAILBOX_SIMULATOR}", 6),
    (f"bounce+%s@{MAILBOX_SIMULATOR}", 5),
    (f"complaint+%s@{MAILBOX_SIMULATOR}", 3),
    (f"suppressionlist+%s@{MAILBOX_SIMULATOR}", 2),
    (f"ooto+%s@{MAILBOX_SIMULATOR}", 2),
    ("late-bounce+%s@outlook.com", 2),
    ("soft-bounce+%s@yahoo.com", 4),
    ("delay+%s@icloud.com", 3),
    ("click+%s@gmail.com", 5),
    ("open+%s@outlook.com", 5),
    ("bot+%s@outlook.com", 2),
    ("unsubscribe+%s@gmail.com", 3),
)
_REJECTED = 2
_UNRENDERED = 2
_WITH_COPIES = 4


def newsletter(run: str) -> Iterator[dict[str, Any]]:
    """The newsletter's send requests, on the marketing stream. `run`: the name of this run, in ids and tags."""
    common = {"stream": "marketing", "from": SENDER, "tags": {"campaign": run}}
    for number, (to, subject) in enumerate(_simple_mail(run)):
        html = f'<p>Hello!</p><p><a href="https://shop.acme.example/offers/{number % 5}">See the offers</a></p>'
        yield common | {
            "request_id": f"{run}-news-{number}",
            "to": to[:1],
            "cc": to[1:],
            "subject": subject,
            "html": html,
        }
    for number in range(_UNRENDERED):
        to = [f"receipt.{number}.{run}@gmail.com"]
        receipt = {"request_id": f"{run}-receipt-{number}", "to": to, "template": TEMPLATE, "data": {"name": "Ida"}}
        yield common | receipt


def password_resets(run: str) -> Iterator[dict[str, Any]]:
    """The shop's password resets, on the transactional stream: they must not wait behind a newsletter."""
    for number in range(RESETS):
        yield {
            "stream": "transactional",
            "from": "Acme Shop <accounts@acme.example>",
            "to": [f"reset.{number}.{run}@gmail.com"],
            "subject": "Reset your password",
            "text": "https://accounts.acme.example/reset",
            "tags": {"campaign": run},
            "request_id": f"{run}-reset-{number}",
        }


def wake_up_mail() -> Iterator[dict[str, Any]]:
    """One message for each lane, which the demonstration does not count."""
    for stream in ("transactional", "marketing"):
        to = [f"success@{MAILBOX_SIMULATOR}"]
        yield {"stream": stream, "from": SENDER, "to": to, "subject": "Good morning", "text": "Are you awake?"}


def template() -> dict[str, Any]:
    """The arguments of CreateEmailTemplate: a template that needs `total`, which the campaign's data lacks."""
    return {
        "TemplateName": TEMPLATE,
        "TemplateContent": {"Subject": "Receipt for {{name}}", "Html": "<p>{{name}}, you paid {{total}}.</p>"},
    }


def _simple_mail(run: str) -> Iterator[tuple[list[str], str]]:
    """Recipients (the second as cc) and subject."""
    with_words = [address % f"{number}.{run}" for address, count in _WITH_WORDS for number in range(count)]
    ordinary = MESSAGES - RESETS - len(with_words) - _REJECTED - _UNRENDERED - _WITH_COPIES
    people = (_person(number) for number in range(ordinary + 2 * _WITH_COPIES + _REJECTED))
    for number in range(_WITH_COPIES):
        yield [next(people), next(people)], _SUBJECTS[number % len(_SUBJECTS)]
    for number in range(_REJECTED):
        yield [next(people)], f"Invoice {number} {REJECT_MARKER}"
    for number, address in enumerate([*with_words, *people]):
        yield [address], _SUBJECTS[number % len(_SUBJECTS)]


def _person(number: int) -> str:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number * 7 % len(_LAST)]
    return f"{first}.{last}{number}@{_DOMAINS[number % len(_DOMAINS)]}"
