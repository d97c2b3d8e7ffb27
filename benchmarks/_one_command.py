"""A Typer program with one command, for comparison."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def greet(name: str) -> None:
    """Greet a person."""
    typer.echo(f"Hello {name}")


if __name__ == "__main__":
    app()
