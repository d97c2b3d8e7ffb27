"""`ses-stack local`: the whole of ses-stack on this machine, without an AWS account or Docker."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ses_stack_cli.local import clients, cloud, stack, state
from ses_stack_cli.local.invocations import read_event
from ses_stack_cli.local.logs import LogSource
from ses_stack_cli.local.logs import follow as follow_log
from ses_stack_cli.local.logs import reader as log_reader
from ses_stack_cli.local.printing import (
    Steps,
    print_line_documents,
    print_lines,
    print_result,
    print_status,
    reported_errors,
    stdout,
)
from ses_stack_cli.local.servers import UpOptions
from ses_stack_cli.options import file_path, json_option
from ses_stack_cli.stopping import terminating_signals_raise

_HIGHEST_PORT = 65_535


def _port(text: str) -> int:
    if not (text.isdecimal() and len(text) <= len(str(_HIGHEST_PORT)) and int(text) <= _HIGHEST_PORT):
        raise typer.BadParameter(f"{text!r} is not a port: 0 to {_HIGHEST_PORT}")
    return int(text)


@json_option
def up(
    port: Annotated[
        int | None, typer.Option(metavar="N", parser=_port, help="Port of the AWS emulator. Default: a free one.")
    ] = None,
    simulator_port: Annotated[
        int | None, typer.Option(metavar="N", parser=_port, help="Port of the SES simulator. Default: a free one.")
    ] = None,
    simulator_option: Annotated[
        list[str] | None,
        typer.Option("--simulator", help="An option for the SES simulator, as in the example. Repeatable."),
    ] = None,
    *,
    as_json: bool,
) -> None:
    """Start the emulator and the simulator, and deploy template.yaml into them.

    Run it again after a change: what is new is deployed, the rest is left alone. A first start that fails or is
    interrupted leaves nothing running.

    Examples:
      ses-stack local up
      ses-stack local up --port 4566 \\
        --simulator=--max-send-rate=50
    """
    options = UpOptions(
        port=port or 0, simulator_port=simulator_port or 0, simulator_arguments=tuple(simulator_option or ())
    )
    with reported_errors(), terminating_signals_raise():
        running = cloud.up(options, Steps().begin)
        print_status(stack.status(running), as_json)


@json_option
def down(*, as_json: bool) -> None:
    """Stop everything that `up` started. Its data is gone.

    Example:
      ses-stack local down
    """
    with reported_errors():
        stopped = cloud.down(Steps().begin)
    if as_json:
        stdout.print_json(data={"running": False, "stopped": stopped})
    else:
        stdout.print("The local cloud is down." if stopped else "No local cloud was running.")


@json_option
def status(*, as_json: bool) -> None:
    """Show what runs where and how deep the queues are; as JSON, also what the simulator has published.

    Exit code 1 if no local cloud is running.

    Examples:
      ses-stack local status
      ses-stack local status --json
    """
    running = state.load()
    if running and running.alive():
        print_status(stack.status(running), as_json)
        return
    if as_json:
        stdout.print_json(data={"running": False})
    else:
        stdout.print("No local cloud is running. Start it with: ses-stack local up")
    raise typer.Exit(1)


@json_option
def logs(
    source: Annotated[
        LogSource, typer.Argument(metavar="SOURCE", help=f"Whose log: {', '.join(LogSource)}.")
    ] = LogSource.FUNCTIONS,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on printing what is added.")] = False,
    *,
    as_json: bool,
) -> None:
    """Print the functions' logs, or those of the emulator, the simulator, the last build or deployment.

    With --follow and --json, each line is a document of its own. Ctrl-C ends --follow.

    Examples:
      ses-stack local logs
      ses-stack local logs simulator --follow
    """
    with reported_errors():
        read = log_reader(source)
        all_lines = read()
        last = all_lines[-lines:]
        if as_json and not follow:
            stdout.print_json(data={"source": source.value, "lines": last})
            return
        show = print_line_documents if as_json else print_lines
        show(last)
        if follow:
            for added in follow_log(read, len(all_lines)):
                show(added)


@json_option
def reset(*, as_json: bool) -> None:
    """Empty the queues, the tables and the simulator. The stack stays deployed.

    Example:
      ses-stack local reset
    """
    with reported_errors():
        stack.reset(state.require_running())
    if as_json:
        stdout.print_json(data={"reset": True})
    else:
        stdout.print("The local cloud is empty.")


@json_option
def invoke(
    function: Annotated[
        str, typer.Argument(metavar="FUNCTION", help="The function's logical id in the template, such as Normalizer.")
    ],
    event: Annotated[Path, typer.Argument(metavar="EVENT_FILE", parser=file_path, help="A JSON file with the event.")],
    *,
    as_json: bool,
) -> None:
    """Invoke a deployed function with an event from a file, and show its answer and its log.

    Example:
      ses-stack local invoke Normalizer events/bounce.json
    """
    with reported_errors():
        result = stack.invoke(state.require_running(), function, read_event(event))
    if as_json:
        stdout.print_json(data=result)
    else:
        print_lines(result["log"].splitlines())
        print_result("failed" if result["error"] else "answered", result["answer"])
    if result["error"]:
        raise typer.Exit(1)


@json_option
def environment(*, as_json: bool) -> None:
    """Print what leads the AWS SDKs and the AWS CLI to the local cloud, as lines for a shell.

    Example:
      eval "$(ses-stack local env)"
    """
    with reported_errors():
        variables = clients.environment(state.require_running())
    if as_json:
        stdout.print_json(data=variables)
        return
    typer.echo(f"unset {' '.join(clients.MISLEADING_VARIABLES)}")
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
