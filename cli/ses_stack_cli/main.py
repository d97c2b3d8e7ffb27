"""`ses-stack`: the operator's tool."""

from __future__ import annotations

import errno
from importlib.metadata import version
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperGroup

from ses_stack.errors import SesStackError
from ses_stack_cli.aws_errors import sentence
from ses_stack_cli.dlq import commands as dlq
from ses_stack_cli.local.commands import app as local
from ses_stack_cli.look import history
from ses_stack_cli.output import tell
from ses_stack_cli.send import batch as send_batch
from ses_stack_cli.send import queue, streams
from ses_stack_cli.send import send as sending
from ses_stack_cli.suppression import commands as suppression

INTERRUPTED = 130


class _Sentences(TyperGroup):
    """Ends a command that failed with one sentence and exit code 1, never with a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SesStackError as error:
            tell(str(error))
        except (BotoCoreError, ClientError) as error:
            tell(sentence(error))
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read has enough, such as head
                raise
            tell(f"{error.filename or 'standard output'}: {error.strerror}")
        raise typer.Exit(1)


app = typer.Typer(
    cls=_Sentences,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(history.timeline)
app.command()(history.recipient)
app.command()(history.tail)
app.command()(sending.send)
app.command()(send_batch.send_batch)
app.command()(queue.queue)
app.command()(streams.pause)
app.command()(streams.resume)
app.add_typer(dlq.app, name="dlq")
app.add_typer(suppression.app, name="suppression")
app.add_typer(local, name="local")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ses-stack {version('ses-stack')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """See and repair what Amazon SES does with your mail.

    Commands work on the local cloud (ses-stack local up), or with --stack-name on a stack deployed in AWS.

    Examples:
      ses-stack tail --type bounce --since 1h
      ses-stack recipient ann@example.com --stack-name ses-stack --region eu-west-1
    """
