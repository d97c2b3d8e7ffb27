"""E-mail templates.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailTemplate.html
"""

from __future__ import annotations

from ses_stack_cli.local.simulator.api.call import Call, Json, page
from ses_stack_cli.local.simulator.errors import already_exists, bad_request
from ses_stack_cli.local.simulator.json_bodies import read, read_object
from ses_stack_cli.local.simulator.mail.handlebars import RenderingError, TemplateError, check, render
from ses_stack_cli.local.simulator.mail.requests import TemplateBody
from ses_stack_cli.local.simulator.simulator import Simulator


async def create(simulator: Simulator, call: Call) -> Json:
    """Creates a template."""
    name = read(TemplateBody, call.body).TemplateName
    if not name:
        raise bad_request("TemplateName is missing.")
    if name in simulator.templates:
        raise already_exists(f"Template {name} already exists.")
    _store(simulator, name, call)
    return {}


async def update(simulator: Simulator, call: Call) -> Json:
    """Replaces a template."""
    name = call.path_names["TemplateName"]
    simulator.template(name)
    _store(simulator, name, call)
    return {}


async def get(simulator: Simulator, call: Call) -> Json:
    """A template."""
    name = call.path_names["TemplateName"]
    return {"TemplateName": name, "TemplateContent": simulator.template(name).model_dump(exclude_none=True)}


async def delete(simulator: Simulator, call: Call) -> Json:
    """Deletes a template. Without such a template it does nothing."""
    simulator.templates.pop(call.path_names["TemplateName"], None)
    return {}


async def list_all(simulator: Simulator, call: Call) -> Json:
    """The templates by page."""
    templates = sorted(simulator.templates.items())
    metadata = [{"TemplateName": name, "CreatedTimestamp": created} for name, (_, created) in templates]
    listed, next_page = page(call.parameters(), metadata)
    return {"TemplatesMetadata": listed} | next_page


async def test_render(simulator: Simulator, call: Call) -> Json:
    """A template rendered with data."""
    content = simulator.template(call.path_names["TemplateName"])
    data = read_object(str(call.json().get("TemplateData", "{}")).encode())
    try:
        parts = [render(part, data) for part in (content.Subject, content.Text, content.Html) if part]
    except RenderingError as error:
        raise bad_request(str(error)) from None
    return {"RenderedTemplate": "\n\n".join(parts)}


def _store(simulator: Simulator, name: str, call: Call) -> None:
    content = read(TemplateBody, call.body).TemplateContent
    for part in (content.Subject, content.Text, content.Html):
        try:
            check(part or "")
        except TemplateError as error:
            raise bad_request(f"Template {name} is invalid: {error}") from None
    simulator.templates[name] = (content, simulator.clock())
