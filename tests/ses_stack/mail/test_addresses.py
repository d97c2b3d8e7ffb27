"""E-mail addresses: the one in a text, its key, and mailbox providers."""

from __future__ import annotations

from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import AddressError
from ses_stack.mail.addresses import LONGEST_KEY, address_in, address_key, bare, checked_key, provider_of
from ses_stack.mail.mailboxes import mailbox

ANY_TEXT = st.text(st.characters(exclude_categories=()))
LOCAL = st.text("abcXYZ019.!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=64)
DOMAIN = st.lists(st.text("abcXYZ019-", min_size=1, max_size=20), min_size=1, max_size=4).map(".".join)
MUNICH = "ann@xn--mnchen-3ya.example"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ann.Lee@Example.org", "Ann.Lee@Example.org"),
        (" ann@example.org\t", "ann@example.org"),
        ("<ann@example.org>", "ann@example.org"),
        ("Ann Lee <Ann@example.org>", "Ann@example.org"),
        ('"Lee, Ann" <ann@example.org>', "ann@example.org"),
        ("Lee, Ann <ann@example.org>", "ann@example.org"),
        ("Ann [x] <ann@example.org>", "ann@example.org"),
        ("Ann (x <ann@example.org>", "ann@example.org"),
        ('User Name "User Name <ann@example.org>', "ann@example.org"),
        ("ann@example.org <ann@example.org>", "ann@example.org"),
        ("boss@bank.example <ann@example.org>", "ann@example.org"),
        ('"A <b@c.org>" <ann@example.org>', "ann@example.org"),
        ("ann@example.org <mailto:ann@example.org>", "ann@example.org"),
        ("rfc822; ann@example.org", "ann@example.org"),
        ("RFC822;ann@example.org", "ann@example.org"),
        ("RFC822 ; ann@example.org", "ann@example.org"),
        ("smtp:ann@example.org", "ann@example.org"),
        ("ann@example.org (Ann Lee)", "ann@example.org"),
        ("ann@example.org.", "ann@example.org"),
        ("Ann <ann@example.org.>", "ann@example.org"),
        ('"ann@example.org"', "ann@example.org"),
        ("'ann@example.org'", "ann@example.org"),
        ("<'ann@example.org'>", "ann@example.org"),
        ("\u201cann@example.org\u201d", "ann@example.org"),
        ("\u201eann@example.org\u201c", "ann@example.org"),
        ("\u2018ann@example.org\u2019", "ann@example.org"),
        ("«ann@example.org»", "ann@example.org"),
        ("<‹ann@example.org›>", "ann@example.org"),
        ('"ann"@example.org', "ann@example.org"),
        (r'"\a\nn"@example.org', "ann@example.org"),
        (r'"ann\ \lee"@example.org', '"ann lee"@example.org'),
        (r'"ann \"lee\\"@example.org', r'"ann \"lee\\"@example.org'),
        ('"ann lee"@example.org', '"ann lee"@example.org'),
        ('"a@b"@example.org', '"a@b"@example.org'),
        ("=?utf-8?q?B=C3=B6?= <bo@example.org>", "bo@example.org"),
        ("=?utf-8?q?ann=40example.org?=", "ann@example.org"),
        ("=?utf-8?b?PGFubkBleGFtcGxlLm9yZz4=?=", "ann@example.org"),
        ("Ann ＜ann＠example.org＞", "ann@example.org"),
        ("<ann@example.org> ＜boss@bank.example＞", "ann@example.org"),
        ("john..doe.@docomo.example", "john..doe.@docomo.example"),
        ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
        ("ann@[IPv6:2001:db8::1]", "ann@[IPv6:2001:db8::1]"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_found_in_every_form_that_events_have(text: str, address: str) -> None:
    assert address_in(text) == bare(text) == address
    assert address_key(text) == checked_key(text, "it") == address.lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "<>",
        "user",
        "not an address <",
        "undisclosed-recipients:;",
        "undisclosed-recipients: ;",
        "@example.org",
        "ann@",
        "ann@@example.org",
        "ann@ben@example.org",
        "ann@example.org, ben@example.org",
        "ann@example.org,ben@example.org",
        "ann@example.org，ben@example.org",
        "ann@example.org ben@example.org",
        "Ann ann@example.org",
        "a <b@c.org> <x@y@z.org>",
        "<ann@example.org>@evil.example",
        "<ann@example.org> @evil.example",
        '"<ann@example.org>"@evil.example',
        '"Ann <ann@example.org> Lee" @evil.example',
        "\u201cann@example.org",
        "ann@example.org\u201d",
        "\u3008ann@example.org\u3009",
        "ann。lee@example.org",
        "ann@my\u2011shop.example",
        "ann@[example.org]",
        f"ann@{'x' * 64}.org",
        f"{'x' * (LONGEST_KEY - 11)}@example.org",
        "=?utf-8?q?ann?=@example.org",
        "=?nonsense?q?ann=40example.org?=",
        "=?utf-8?b?!!!!!?=",
        "ann\x00@example.org",
        "ann@exa\x7fmple.org",
        "ann@\ud800.org",
        "~account-list",
        f"{'a' * LONGEST_KEY}@example.org",
        "<" * 100_000,
        "<" + "@" * 1_900 + ">",
        "(" * 1_900 + "a@b.org",
    ],
)
def test_what_is_not_one_address_is_none(text: str) -> None:
    assert address_in(text) is None
    with pytest.raises(AddressError, match=r"^addresses\[3\] is not an e-mail address$"):
        checked_key(text, "addresses[3]")


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("ann@münchen.example", MUNICH),
        ("ANN@MÜNCHEN.example", MUNICH),
        ("ann@xn--mnchen-3ya.example", MUNICH),
        ("Ann@XN--MNCHEN-3YA.EXAMPLE", MUNICH),
        ("ann@mu\u0308nchen.example.", MUNICH),
        ("Ann <ann@münchen.example>", MUNICH),
        ("ann@example。com", "ann@example.com"),
        ("ann@ｅｘａｍｐｌｅ．ｃｏｍ", "ann@example.com"),
        ("ａｎｎ@example.com", "ann@example.com"),
        ("ann＠example.com", "ann@example.com"),
        ("an\u00adn@exam\u00adple.com", "ann@example.com"),
        ("ann@example.com\u200b", "ann@example.com"),
        ("ann@example.com\u200c", "ann@example.com"),
        ("ann@example.com\u200d", "ann@example.com"),
        ("ann@example.com\ufeff", "ann@example.com"),
        ("\ufeffann@example.com", "ann@example.com"),
        ("ann@example.com\u00a0", "ann@example.com"),
        ("ann@example.com.", "ann@example.com"),
        ("STRASSE-ß@x.org", "strasse-ss@x.org"),
    ],
)
def test_every_spelling_of_an_address_has_one_key(spelling: str, key: str) -> None:
    assert address_key(spelling) == checked_key(spelling, "it") == key


@pytest.mark.parametrize("domain", ["ü" * 60 + ".example", "ü" * 70 + ".example", "\u05d0a.example"])
def test_a_domain_that_cannot_be_encoded_is_compared_and_refused_at_the_doors(domain: str) -> None:
    assert address_key(f"Ann@{domain.upper()}") == address_key(f"ann@{domain}") == f"ann@{domain}"
    assert address_in(f"ann@{domain}") is None
    with pytest.raises(AddressError, match=r"^it (is not an e-mail address|has a domain .* in punycode)$"):
        checked_key(f"ann@{domain}", "it")


def test_a_domain_that_may_be_two_is_compared_and_refused_at_the_doors() -> None:
    assert address_key("ANN@straße.example") == "ann@straße.example"
    assert address_in("Ann <ann@straße.example>") is None
    with pytest.raises(AddressError, match=r"^it has a domain that old and new rules read differently"):
        checked_key("ann@straße.example", "it")


def old_key(address: str) -> str:
    """The key of the versions before: rows in tables have it."""
    if "<" not in address:
        return address.strip().lower()
    return (parseaddr(address)[1] or address.strip()).lower()


@given(LOCAL, DOMAIN, st.sampled_from(["{}", " {} ", "<{}>", "Ann Lee <{}>", '"Lee, Ann" <{}>']))
def test_an_ascii_address_keeps_the_key_of_earlier_versions(local: str, domain: str, form: str) -> None:
    plain = f"{local}@{domain}"
    assert address_key(plain) == old_key(plain) == plain.lower()
    if "=?" not in local and not (".." in local or local.startswith(".") or local.endswith(".")):
        assert address_key(form.format(plain)) == old_key(form.format(plain))


@given(ANY_TEXT | st.tuples(ANY_TEXT, ANY_TEXT).map("@".join) | st.tuples(LOCAL, ANY_TEXT).map("@".join))
def test_any_text_has_a_key_that_is_its_own_key(text: str) -> None:
    key = address_key(text)
    assert address_key(key) == key
    assert provider_of(text)
    if address := address_in(text):
        assert address_in(address) == address
        assert checked_key(text, "it") == key
        assert address_key(address) == key
        assert address.count("@") == 1 or address.startswith('"')
        assert 0 < len(key.encode()) <= 2_048
        assert not set(key) & set("<>\n\0\u200b\ufeff")


@given(ANY_TEXT | st.tuples(LOCAL, ANY_TEXT).map("@".join))
def test_a_mailbox_has_the_key_of_its_text(text: str) -> None:
    try:
        found = mailbox(text)
    except ValueError:
        return
    assert found.key == address_key(text) == address_key(found.address) == checked_key(text, "it")


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("a@gmail.com", "gmail"),
        ("a@GoogleMail.com", "gmail"),
        ("a@outlook.com", "outlook"),
        ("a@hotmail.fr", "outlook"),
        ("a@live.co.uk", "outlook"),
        ("a@yahoo.co.jp", "yahoo"),
        ("a@aol.com", "yahoo"),
        ("a@icloud.com", "icloud"),
        ("a@me.com", "icloud"),
        ("a@gmx.de", "gmx"),
        ("a@simulator.amazonses.com", "simulator"),
        ("a@example.org", "other"),
        ("a@example.com", "other"),
        ("a@yahoo.example.org", "other"),
        ("a@notgmail.com", "other"),
        ('"odd@local"@gmail.com', "gmail"),
        ("no-domain", "other"),
        ("", "other"),
    ],
)
def test_providers(address: str, provider: str) -> None:
    assert provider_of(address) == provider
