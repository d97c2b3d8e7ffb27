"""The operations on templates."""

from __future__ import annotations

import pytest

from tests.support.simulator import World


def test_templates(world: World) -> None:
    world.ses.create_email_template(
        TemplateName="t", TemplateContent={"Subject": "Hi {{name}}", "Html": "<p>{{x}}</p>"}
    )
    with pytest.raises(world.ses.exceptions.AlreadyExistsException):
        world.ses.create_email_template(TemplateName="t", TemplateContent={"Subject": "x"})
    with pytest.raises(world.ses.exceptions.BadRequestException):
        world.ses.create_email_template(TemplateName="bad", TemplateContent={"Subject": "{{/if}}"})
    world.ses.update_email_template(TemplateName="t", TemplateContent={"Subject": "Dear {{name}}", "Text": "x"})
    assert world.ses.get_email_template(TemplateName="t")["TemplateContent"]["Subject"] == "Dear {{name}}"
    assert [each["TemplateName"] for each in world.ses.list_email_templates()["TemplatesMetadata"]] == ["t"]
    rendered = world.ses.test_render_email_template(TemplateName="t", TemplateData='{"name": "Ann"}')
    assert rendered["RenderedTemplate"].startswith("Dear Ann")
    world.send("a@b.org", Content={"Template": {"TemplateName": "t", "TemplateData": '{"name": "Ann"}'}})
    assert world.http.get("/messages").json()["messages"][0]["subject"] == "Dear Ann"
    world.ses.delete_email_template(TemplateName="t")
    with pytest.raises(world.ses.exceptions.NotFoundException):
        world.ses.get_email_template(TemplateName="t")
