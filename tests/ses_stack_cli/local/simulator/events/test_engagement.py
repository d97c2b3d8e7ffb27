"""Mail clients and tracked links."""

from __future__ import annotations

import random

from ses_stack_cli.local.simulator.events.engagement import Link, clicked_link, mail_client, tracked_links


def test_links_are_unescaped_and_have_their_tags() -> None:
    html = "<p><a class='x' href='https://x.org/?a=1&amp;b=2' ses:tags='place:hero; kind : news;broken'>x</a></p>"
    assert tracked_links(html) == [Link("https://x.org/?a=1&b=2", {"place": ["hero"], "kind": ["news"]})]


def test_links_that_ses_does_not_track() -> None:
    html = '<a href="mailto:a@b.org">1</a><a href="https://x.org" ses:no-track>2</a><a name="top">3</a>'
    assert tracked_links(html) == []
    assert tracked_links(None) == []


def test_a_click_follows_one_of_the_links_or_an_invented_one() -> None:
    html = "<A HREF='http://one.example/'>1</A><a href='http://two.example/'>2</a>"
    urls = {clicked_link(html, random.Random(seed)).url for seed in range(20)}
    assert urls == {"http://one.example/", "http://two.example/"}
    assert clicked_link("no link", random.Random(1)) == Link("https://example.com/", None)


def test_bots_are_likely_and_other_guesses_are_missing_for_a_fifth() -> None:
    rng = random.Random(1)
    assert {mail_client(rng, bot=True).is_bot_event for _ in range(50)} == {"Likely"}
    guesses = [mail_client(rng, bot=False).is_bot_event for _ in range(1_000)]
    assert set(guesses) == {"Unlikely", None}
    assert 150 < guesses.count(None) < 250


def test_addresses_are_of_a_documentation_range() -> None:
    rng = random.Random(1)
    assert all(mail_client(rng, bot=False).ip_address.startswith("203.0.113.") for _ in range(20))
