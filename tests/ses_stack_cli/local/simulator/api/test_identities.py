"""The operations on identities."""

from __future__ import annotations

import pytest

from tests.support.simulator import NAME, World


def test_mail_that_names_no_set_uses_the_one_of_its_identity(world: World) -> None:
    world.ses.create_email_identity(EmailIdentity="example.com", ConfigurationSetName=NAME)
    world.send("a@b.org", ConfigurationSetName=None)
    records = world.settle()
    assert {record["eventType"] for record in records} >= {"Send", "Delivery"}
    assert {tuple(record["mail"]["tags"]["ses:configuration-set"]) for record in records} == {(NAME,)}


def test_without_a_set_nothing_is_published(world: World) -> None:
    world.ses.create_email_identity(EmailIdentity="example.com", ConfigurationSetName=NAME)
    world.ses.put_email_identity_configuration_set_attributes(EmailIdentity="example.com")
    world.send("a@b.org", ConfigurationSetName=None)
    assert world.settle() == []


def test_identities(world: World) -> None:
    created = world.ses.create_email_identity(EmailIdentity="example.com")
    assert len(created["DkimAttributes"]["Tokens"]) == 3
    with pytest.raises(world.ses.exceptions.AlreadyExistsException):
        world.ses.create_email_identity(EmailIdentity="Example.com")
    with pytest.raises(world.ses.exceptions.NotFoundException):
        world.ses.create_email_identity(EmailIdentity="new.example", ConfigurationSetName="no-such-set")
    world.ses.put_email_identity_configuration_set_attributes(EmailIdentity="example.com", ConfigurationSetName=NAME)
    assert world.ses.get_email_identity(EmailIdentity="example.com")["ConfigurationSetName"] == NAME
    assert [each["IdentityName"] for each in world.ses.list_email_identities()["EmailIdentities"]] == ["example.com"]
    world.ses.delete_email_identity(EmailIdentity="example.com")
    with pytest.raises(world.ses.exceptions.NotFoundException):
        world.ses.get_email_identity(EmailIdentity="example.com")
    with pytest.raises(world.ses.exceptions.NotFoundException):
        world.ses.put_email_identity_configuration_set_attributes(EmailIdentity="example.com")


def test_an_identity_may_be_an_address(world: World) -> None:
    world.ses.create_email_identity(EmailIdentity="Ann@example.com", ConfigurationSetName=NAME)
    found = world.ses.get_email_identity(EmailIdentity="ann@example.com")
    assert (found["IdentityType"], found["ConfigurationSetName"]) == ("EMAIL_ADDRESS", NAME)
