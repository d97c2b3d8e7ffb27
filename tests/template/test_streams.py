"""The streams' configuration sets, with each choice of their parameters."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ses_stack.config import SenderSettings
from ses_stack.mail import streams
from ses_stack.sending.limits.warm_up import WarmUp
from tests.ses_stack.test_config import SENDER
from tests.support.paths import ROOT
from tests.template.document import TEMPLATE, of_type
from tests.template.resolved import deployed_resources
from tests.template.rules import refusals

EVENT_TYPES = {
    "send",
    "delivery",
    "bounce",
    "complaint",
    "reject",
    "open",
    "click",
    "renderingFailure",
    "deliveryDelay",
    "subscription",
}
ENGAGEMENT = {"open", "click"}
WARM = {"WarmUpStart": "2026-11-25"}


def sets(**given: object) -> dict[str, dict[str, Any]]:
    """The configuration sets of a deployment, by what follows the stack's name."""
    found = [
        each["Properties"]
        for each in deployed_resources(**given).values()
        if each["Type"].endswith("::ConfigurationSet")
    ]
    return {each["Name"].removeprefix("shop-"): each for each in found}


def published(**given: object) -> dict[str, set[str]]:
    """The event types that each set publishes to the default bus."""
    resources = deployed_resources(**given)
    found = {}
    for each in resources.values():
        if not each["Type"].endswith("EventDestination"):
            continue
        destination = each["Properties"]["EventDestination"]
        assert destination["Enabled"] is True
        assert destination["EventBridgeDestination"]["EventBusArn"].endswith(":event-bus/default")
        name = resources[each["Properties"]["ConfigurationSetName"]]["Properties"]["Name"].removeprefix("shop-")
        found[name] = set(destination["MatchingEventTypes"])
    return found


def sender_environment(**given: object) -> dict[str, str]:
    variables: dict[str, str] = deployed_resources(**given)["Sender"]["Properties"]["Environment"]["Variables"]
    return variables


def test_every_stream_has_a_set_with_its_own_destination() -> None:
    assert list(sets()) == list(streams.STREAMS)
    assert published().keys() == sets().keys()


@pytest.mark.parametrize(("tracked", "missing"), [("false", ENGAGEMENT), ("true", set())])
def test_only_tracking_of_transactional_mail_is_a_choice(tracked: str, missing: set[str]) -> None:
    given = {"TrackTransactional": tracked, "TransactionalIpPool": "own"} | WARM
    assert published(**given) == {
        "transactional": EVENT_TYPES - missing,
        "transactional-shared": EVENT_TYPES - missing,
        "marketing": EVENT_TYPES,
        "default": EVENT_TYPES,
    }


def test_no_option_is_set_unless_it_is_chosen() -> None:
    common = {
        "ReputationOptions": {"ReputationMetricsEnabled": True},
        "SuppressionOptions": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        "Tags": [{"Key": "ManagedBy", "Value": "ses-stack"}],
    }
    optional = {"TlsPolicy": "OPTIONAL"}
    assert sets() == {
        "transactional": {
            "Name": "shop-transactional",
            "DeliveryOptions": optional | {"MaxDeliverySeconds": "3600"},
            **common,
        },
        "marketing": {"Name": "shop-marketing", "DeliveryOptions": optional, **common},
        "default": {"Name": "shop-default", "DeliveryOptions": optional, **common},
    }


def test_options_hold_for_every_set() -> None:
    archive = "arn:aws:ses:eu-west-1:123456789012:mailmanager-archive/a-1234abcd"
    given = {
        "TlsPolicy": "REQUIRE",
        "TrackingDomain": "click.example.com",
        "TrackingHttpsPolicy": "REQUIRE",
        "ArchiveArn": archive,
        "TransactionalIpPool": "own",
    }
    found = sets(**given, **WARM)
    assert len(found) == 4
    for each in found.values():
        assert each["DeliveryOptions"]["TlsPolicy"] == "REQUIRE"
        assert each["TrackingOptions"] == {"CustomRedirectDomain": "click.example.com", "HttpsPolicy": "REQUIRE"}
        assert each["ArchivingOptions"] == {"ArchiveArn": archive}


@pytest.mark.parametrize(
    ("metrics", "tracked", "transactional", "others"),
    [
        ("account", "false", None, None),
        ("disabled", "true", "DISABLED", "DISABLED"),
        ("enabled", "false", "DISABLED", "ENABLED"),
        ("enabled", "true", "ENABLED", "ENABLED"),
    ],
)
def test_engagement_metrics_leave_transactional_links_alone(
    metrics: str, tracked: str, transactional: str | None, others: str | None
) -> None:
    found = {
        name: each.get("VdmOptions", {}).get("DashboardOptions", {}).get("EngagementMetrics")
        for name, each in sets(EngagementMetrics=metrics, TrackTransactional=tracked).items()
    }
    assert found == {"transactional": transactional, "marketing": others, "default": others}


@pytest.mark.parametrize(
    ("given", "pools", "created"),
    [
        ({}, [None, None, None], {}),
        (
            {"MarketingIpPool": "managed"},
            ["ses-shared-pool", "MarketingPool", "ses-shared-pool"],
            {"shop-marketing": "MANAGED"},
        ),
        (
            {"TransactionalIpPool": "standard", "MarketingIpPool": "news", "DefaultIpPool": "managed"},
            ["TransactionalPool", "news", "DefaultPool"],
            {"shop-transactional": "STANDARD", "shop-default": "MANAGED"},
        ),
    ],
)
def test_each_stream_has_the_addresses_that_are_chosen(
    given: dict[str, str], pools: list[str | None], created: dict[str, str]
) -> None:
    assert [each["DeliveryOptions"].get("SendingPoolName") for each in sets(**given).values()] == pools
    found = [each["Properties"] for each in deployed_resources(**given).values() if "DedicatedIpPool" in each["Type"]]
    assert {each["PoolName"]: each["ScalingMode"] for each in found} == created


@pytest.mark.parametrize(
    ("given", "pools"),
    [
        ({"TransactionalIpPool": "standard"}, {"transactional": "TransactionalPool"}),
        ({"MarketingIpPool": "news", "TransactionalIpPool": "managed"}, {"marketing": "news"}),
        ({"MarketingIpPool": "own", "DefaultIpPool": "own"}, {"marketing": "own", "default": "own"}),
    ],
)
def test_the_sender_warms_up_standard_and_existing_pools(given: dict[str, str], pools: dict[str, str]) -> None:
    environment = sender_environment(**given, **WARM)
    settings = SenderSettings.read(SENDER | {name: environment[name] for name in ("WARM_UP_POOLS", "WARM_UP_START")})
    assert isinstance(settings.warm_up, WarmUp)
    assert settings.warm_up.pools == pools
    assert ("transactional-shared" in sets(**given, **WARM)) == ("transactional" in pools)
    assert "transactional-shared" not in sets(**given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"TrackingHttpsPolicy": "REQUIRE"}, "A TrackingHttpsPolicy requires a TrackingDomain."),
        (WARM, "A WarmUpStart requires a standard or existing pool. SES itself warms a managed pool up."),
        (
            WARM | {"MarketingIpPool": "managed"},
            "A WarmUpStart requires a standard or existing pool. SES itself warms a managed pool up.",
        ),
    ],
)
def test_a_value_that_would_have_no_effect_is_refused(given: dict[str, str], sentence: str) -> None:
    assert refusals(given) == [sentence]


def test_no_set_turns_a_paused_stream_on_again() -> None:
    assert all("SendingOptions" not in each for each in of_type("AWS::SES::ConfigurationSet").values())


def test_a_fourth_stream_is_one_block_and_one_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The block that docs/streams.md shows, behind the set of `default`."""
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/streams.md").read_text(), re.DOTALL)
    text = (ROOT / "template.yaml").read_text()
    place = text.index("  # ── Domain ──")
    copy = tmp_path / "template.yaml"
    copy.write_text(text[:place] + block + "\n" + text[place:])
    checked = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), copy], check=False, capture_output=True, text=True, timeout=120
    )
    assert checked.returncode == 0, checked.stdout

    monkeypatch.setattr(streams, "STREAMS", (*streams.STREAMS, "alerts"))
    name = streams.configuration_set_of("alerts", "shop")
    assert f"Name: !Sub ${{AWS::StackName}}{name.removeprefix('shop')}\n" in block
    assert streams.stream_of(name, "shop") == "alerts"
    sender = TEMPLATE["Resources"]["SenderRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    sends = next(each for each in sender if "ses:SendEmail" in each["Action"])
    assert {
        "Fn::Sub": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/${AWS::StackName}-*"
    } in sends["Resource"]
