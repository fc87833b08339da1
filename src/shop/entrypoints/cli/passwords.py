"""Passwords at the command line: typed twice without echo, or read from standard input."""

import sys

import click

from shop.domain.text import composed

password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input: its first line."
)


def new_password(*, from_stdin: bool) -> str:
    """Return the password that the caller enters, normalised as the API normalises every text."""
    if from_stdin:
        return composed(_read())
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    return composed(typed)


def _read() -> str:
    try:
        return sys.stdin.buffer.readline().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise click.ClickException("The password on standard input is not UTF-8.") from None
