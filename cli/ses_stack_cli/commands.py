"""All commands of `ses-stack`: the function of each, and its help in one line.

A test compares the lines with the functions' own help.
"""

from __future__ import annotations

from typer.core import TyperCommand, TyperGroup

from ses_stack_cli.lazy import LazyCommand, LazyGroup


def _command(name: str, function: str, summary: str) -> LazyCommand:
    """A command. `function` is relative to this package."""
    return LazyCommand(name, function=f"ses_stack_cli.{function}", help=summary)


def _group(name: str, summary: str, *commands: LazyCommand) -> LazyGroup:
    return LazyGroup(name=name, help=summary, commands=commands, no_args_is_help=True)


COMMANDS: tuple[TyperCommand | TyperGroup, ...] = (
    _command(
        "timeline",
        "look.timeline:timeline",
        "Show what happened to one message: on its way to SES, and then recipient by recipient.",
    ),
    _command(
        "recipient",
        "look.recipient:recipient",
        "Show what one address is suppressed from, and everything that happened to it, newest first.",
    ),
    _command(
        "tail", "look.tail:tail", "Show the latest events of all messages: what was sent, and every kind of problem."
    ),
    _command(
        "send",
        "send.send:send",
        "Queue a message for each recipient, and print the request ids.",
    ),
    _command(
        "send-batch",
        "send.batch:send_batch",
        "Queue a message for every row of a file. A second run queues nothing twice.",
    ),
    _command(
        "queue",
        "send.queue:queue",
        "Show the mail in the lanes, the rate, the rest of the quota, and when the lanes will be empty.",
    ),
    _command(
        "streams",
        "send.streams:streams",
        "Show each stream's bounces and complaints of the last day, and who paused it and why.",
    ),
    _command("pause", "send.pause:pause", "Stop sending one stream. Its queued mail waits; other streams go on."),
    _command("resume", "send.pause:resume", "Start sending a paused stream again."),
    _group(
        "dlq",
        "See what lies in the dead-letter queues and why, and put it back.",
        _command("redrive", "dlq.redrive:redrive", "Put dead letters back where they came from."),
        _command(
            "list",
            "dlq.listing:list_queues",
            "Show how many letters lie in each dead-letter queue, how old they are, and why they are there.",
        ),
        _command(
            "peek",
            "dlq.peek:peek",
            "Show single letters. They are read and given back: "
            "nothing is consumed, though each look counts as a receipt.",
        ),
    ),
    _group(
        "suppression",
        "See and change which addresses must not get mail.",
        _command(
            "list",
            "suppression.show:list_lines",
            "Show the list: which addresses are suppressed, from which mail, why and since when.",
        ),
        _command(
            "get",
            "suppression.show:get",
            "Explain an address: which mail it does not get, why, since when, until when, and every fact behind that.",
        ),
        _command(
            "add",
            "suppression.change:add",
            "Suppress addresses by hand. Addresses suppressed from all mail are put on SES's own list too.",
        ),
        _command(
            "remove",
            "suppression.change:remove",
            "Remove suppressions by hand, and record that: events from before the removal do not suppress again.",
        ),
        _command(
            "import",
            "suppression.import_file:import_list",
            "Load a list of addresses. Bad lines are reported with the reason; the other lines are loaded.",
        ),
        _command("export", "suppression.export_file:export_list", "Write the list to a file that `import` accepts."),
        _command(
            "sync",
            "suppression.sync:sync",
            "Compare the permanent suppressions of all mail with SES's account-level list, both ways.",
        ),
    ),
    _group(
        "local",
        "Run the whole stack on this machine: no AWS account, no Docker.",
        _command(
            "up", "local.commands:up", "Start the emulator and the simulator, and deploy template.yaml into them."
        ),
        _command("down", "local.commands:down", "Stop everything that `up` started. Its data is gone."),
        _command(
            "status",
            "local.commands:status",
            "Show what runs where and how deep the queues are; as JSON, also what the simulator has published.",
        ),
        _command(
            "logs",
            "local.commands:logs",
            "Print the functions' logs, or those of the emulator, the simulator, the last build or deployment.",
        ),
        _command(
            "reset", "local.commands:reset", "Empty the queues, the tables and the simulator. The stack stays deployed."
        ),
        _command(
            "invoke",
            "local.commands:invoke",
            "Invoke a deployed function with an event from a file, and show its answer and its log.",
        ),
        _command(
            "provoke",
            "local.provoke:provoke",
            "Show how to make each of the ten event types happen: what to send, and to whom.",
        ),
        _command(
            "env",
            "local.commands:environment",
            "Print what leads the AWS SDKs and the AWS CLI to the local cloud, as lines for a shell.",
        ),
        _command(
            "demo",
            "local.demo.commands:run_demo",
            "Send 200 messages through the local cloud, and compare what was published with what was stored.",
        ),
    ),
)
