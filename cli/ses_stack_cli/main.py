"""`ses-stack`: the operator's tool."""

from __future__ import annotations

import errno
from typing import Annotated, Any

import typer

from ses_stack.errors import SesStackError
from ses_stack_cli.commands import COMMANDS
from ses_stack_cli.lazy import LazyGroup

INTERRUPTED = 130
_WRITE_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class _Root(LazyGroup):
    """All commands. Ends a command that failed with one sentence and exit code 1, never with a traceback."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes | {"commands": COMMANDS})

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from typer import rich_utils  # noqa: PLC0415 -- 60 ms that only a help needs

        # Narrow gaps, so that --install-completion fits into 60 columns. rich takes four figures where Typer has two.
        rich_utils.STYLE_OPTIONS_TABLE_PADDING = (0, 1, 0, 0)  # type: ignore[assignment]
        super().format_help(ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
        # It loads rich: 30 ms that --version and a command that prints JSON need not wait for.
        from ses_stack_cli.output import print_note  # noqa: PLC0415

        print_note(sentence)
        raise typer.Exit(1)


def _sentence(error: Exception) -> str | None:
    """What the operator reads of an error; None for an error that no command expects."""
    if isinstance(error, SesStackError):
        return str(error)
    if any(base.__module__ == "botocore.exceptions" for base in type(error).__mro__):
        # They take 12 ms to load: a command that does not call AWS does without them.
        from ses_stack_cli.aws_errors import sentence  # noqa: PLC0415

        return sentence(error)
    if isinstance(error, OSError) and error.errno != errno.EPIPE:  # the reader of a pipe has ended, such as `head`
        # A failed write names no file: it may be a file or standard output.
        subject = error.filename or ("writing failed" if error.errno in _WRITE_ERRORS else None)
        return f"{subject}: {error.strerror}" if subject else error.strerror or str(error)
    return None


app = typer.Typer(
    cls=_Root,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version  # noqa: PLC0415 -- 20 ms that no other command needs

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
      ses-stack recipient ann@example.com \\
        --stack-name ses-stack --region eu-west-1
    """
