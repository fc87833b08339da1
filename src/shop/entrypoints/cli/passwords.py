"""Passwords at the command line: typed twice without being shown, or read from standard input."""

import sys

import click

password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input: its first line."
)


def new_password(*, from_stdin: bool) -> str:
    """The password that the caller gives."""
    if from_stdin:
        return _read()
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    return typed


def _read() -> str:
    try:
        return sys.stdin.buffer.readline().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise click.ClickException("The password on standard input is not UTF-8.") from None
