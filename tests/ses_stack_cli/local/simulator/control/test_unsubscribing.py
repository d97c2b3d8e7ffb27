"""Unsubscribing through the control routes."""

from __future__ import annotations

from tests.support.simulator import World


def test_the_answer_shows_the_event_that_follows(world: World) -> None:
    message_id = world.send("success@a.org")
    body = {"message_id": message_id, "topic": "offers", "contact_list": "shop"}
    answer = world.http.post("/unsubscribe", json=body).json()
    assert (answer["message_id"], answer["recipient"]) == (message_id, "success@a.org")
    assert answer["subscription"]["newTopicPreferences"]["topicSubscriptionStatus"] == [
        {"topicName": "offers", "subscriptionStatus": "OptOut"}
    ]
    (published,) = [record["subscription"] for record in world.settle() if "subscription" in record]
    assert published == answer["subscription"]


def test_the_event_comes_after_the_send(world: World) -> None:
    message_id = world.send("success@a.org")
    world.http.post("/unsubscribe", json={"message_id": message_id})
    assert world.kinds() == ["Send", "Subscription", "Delivery"]


def test_members_that_are_not_known_are_refused(world: World) -> None:
    answer = world.http.post("/unsubscribe", json={"message_id": "x", "reason": "bored"})
    assert (answer.status_code, answer.json()["error"].partition(";")[0]) == (400, "unknown: reason")


def test_the_link_of_a_message_works_with_get_and_post(world: World) -> None:
    message_id = world.send("success@a.org")
    for method in ("GET", "POST"):
        assert world.http.request(method, f"/unsubscribe/{message_id}").json()["recipient"] == "success@a.org"
    assert world.http.get("/unsubscribe/none").status_code == 404
