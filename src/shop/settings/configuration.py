"""Reads the settings from the environment and a `.env` file, and records the source of each.

The environment overrides the file; an empty value counts as unset. A secret may be in a separate file, as
provided by container platforms: the variable with the suffix `_FILE` contains its path.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from dotenv.parser import parse_stream

from shop.settings.clock_settings import clock_problems, clock_warnings
from shop.settings.declarations import DECLARED, Settings
from shop.settings.embedded import problem_of_file
from shop.settings.mail import SmtpServer
from shop.settings.setting import Setting
from shop.settings.signing_key import GENERATED, KeyFileError, key_file_of, new_key, stored_key
from shop.settings.values import Service, StaffTotp, embedded_file

FILE_NAME: Final = ".env"
_PREFIX: Final = "SHOP_"
_SUFFIX: Final = "_FILE"
_TEST_VARIABLES: Final = {"SHOP_TEST_CHROMIUM", "SHOP_TEST_MYSQL_URL"}
_VARIABLES: Final = {
    variable
    for setting in DECLARED.values()
    for variable in (setting.variable, *([setting.variable + _SUFFIX] if setting.mask else []))
}
"""Every variable that is read, except former names."""
_MAIL_IS_OFF: Final = (
    "SHOP_MAIL is not set: no e-mail is sent, and forgotten passwords can't be reset. "
    "Set it to off to end this warning."
)
_KEYS_ARE_MISSING: Final = (
    "SHOP_SECRET_KEYS is not set: guests can't buy, and webhooks and second factors can't be set up. "
    "Set it to a secret of 32 bytes or more."
)
_FORMER: Final = {
    setting.former_variable: setting.variable for setting in DECLARED.values() if setting.former_variable
}
"""Former names of variables, which still work, mapped to the current names."""


class SettingsError(Exception):
    """Invalid settings: one sentence per problem, each naming its variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Source(Enum):
    """The source of a setting's value."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    FILE = FILE_NAME
    SECRET_FILE = "secret file"  # noqa: S105 (no secret)
    GENERATED = "generated"
    NOWHERE = "not set"


@dataclass(frozen=True, slots=True)
class Entry:
    """A setting with its value and source."""

    setting: Setting
    source: Source
    written: str
    value: Any
    """None if the setting is unset, or if it is invalid (see `problem`)."""
    problem: str | None = None

    @property
    def shown(self) -> str:
        """Return the value for display, with secrets masked."""
        if self.setting.mask is None:
            return self.written
        if self.problem:
            return "(unusable)"
        return self.setting.mask(self.written) if self.written else ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The entries of all settings, valid or not."""

    directory: Path
    entries: Mapping[str, Entry]
    """The entries by field of `Settings`, in declaration order."""
    file_problems: tuple[str, ...]
    """Problems with the `.env` file itself."""
    warnings: tuple[str, ...]
    """Sentences about variables without effect, former names, and a moved clock."""

    @classmethod
    def read(cls, environment: Mapping[str, str], directory: Path) -> "Configuration":
        """Read `environment` and the `.env` file in `directory`. Invalid values raise only in `settings()`."""
        file, problems = _read_file(directory / FILE_NAME)
        database = _entry("database_url", environment, file, embedded=False)
        embedded = database.problem is None and embedded_file(database.value) is not None
        entries = {name: _entry(name, environment, file, embedded=embedded) for name in DECLARED}
        for name in GENERATED if embedded else ():
            if entries[name].source in {Source.NOWHERE, Source.DEFAULT}:
                entries[name] = Entry(entries[name].setting, Source.GENERATED, "", None)
        warnings = clock_warnings(entries["clock_offset_file"].value)
        warnings += _warnings(environment, "the environment") + _warnings(file, FILE_NAME)
        return cls(directory, entries, tuple(problems), tuple(warnings))

    def warnings_to_serve(self) -> list[str]:
        """Return sentences about defaults that the owner of a running shop may not want."""
        mail = self.entries["mail"]
        warnings = [_MAIL_IS_OFF] if mail.source is Source.DEFAULT and mail.value is None else []
        keys_are_missing = self.entries["secret_keys"].source is Source.DEFAULT
        return [*warnings, *([_KEYS_ARE_MISSING] if keys_are_missing else [])]

    def problems(self, *, to_serve: bool) -> list[str]:
        """Return the problems, one sentence each; with `to_serve`, also the missing settings of a running shop."""
        problems = [*self.file_problems, *(entry.problem for entry in self.entries.values() if entry.problem)]
        if self.entries["compat"].value and self.entries["services"].value != frozenset(Service):
            problems.append("SHOP_COMPAT needs a process that serves all of SHOP_SERVICES.")
        values = {name: entry.value for name, entry in self.entries.items()}
        problems += clock_problems(values["clock_offset_file"], values["database_url"], values["payments"])
        if to_serve and self.entries["database_url"].problem is None:
            problems.extend(self._missing_for_features())
            problems.extend(
                problem for entry in self.entries.values() if (problem := self._missing(entry)) is not None
            )
        return problems

    def _missing(self, entry: Entry) -> str | None:
        """Return the problem if a running shop requires the setting and it is unset; otherwise None."""
        if entry.source is not Source.NOWHERE:
            return None
        needed_with, variable = entry.setting.needed_with, entry.setting.variable
        if needed_with is None:
            return f"{variable} must be set unless the database is embedded."
        if needed_with in (self.entries["payments"].value or ()):
            return f"{variable} must be set when SHOP_PAYMENTS has {needed_with}."
        return None

    def _missing_for_features(self) -> list[str]:
        """Return the problems of a running shop without the settings that its mail and second factors need."""
        target = self.entries["mail"].value
        is_embedded = embedded_file(self.entries["database_url"].value) is not None
        reason = "SHOP_MAIL is on"
        needed: list[str] = []
        if target is not None:
            needed += ["mail_from"] if isinstance(target, SmtpServer) else []
            needed += [] if is_embedded else ["url", "secret_keys"]
        elif self.entries["staff_totp"].value is StaffTotp.REQUIRED and not is_embedded:
            reason, needed = "SHOP_STAFF_TOTP is required", ["secret_keys"]
        return [
            f"{entry.setting.variable} must be set while {reason}."
            for entry in map(self.entries.__getitem__, needed)
            if entry.source in {Source.DEFAULT, Source.NOWHERE}
        ]

    def settings(self, *, to_serve: bool) -> Settings:
        """Return the settings; raise SettingsError with all problems at once if they are invalid.

        `to_serve` creates the keys that an embedded shop lacks. Without `to_serve`, settings that only a
        running shop needs may be missing: then the keys are throwaway ones and `payments` is None.
        """
        if problems := self.problems(to_serve=to_serve):
            raise SettingsError(problems)
        if to_serve:
            self.require_usable_file()
        values = {name: entry.value for name, entry in self.entries.items()}
        keys = {
            name: _stored_or_new_key(self.entries[name].setting.variable, file) if to_serve else new_key()
            for name, file in self.key_files.items()
        }
        if "secret_keys" in keys:
            values["secret_keys"] = (keys["secret_keys"],)
        values["jwt_secret"] = keys.get("jwt_secret") or values["jwt_secret"] or new_key()
        return Settings(**values)

    def require_usable_file(self) -> None:
        """Raise SettingsError if the file of an embedded database can be neither opened nor created."""
        database = self.entries["database_url"]
        file = embedded_file(database.value) if database.problem is None else None
        if file and (reason := problem_of_file(self.directory / file)):
            raise SettingsError([f"{database.setting.variable} {reason}."])

    @property
    def key_files(self) -> Mapping[str, Path]:
        """Return the files of the keys that the shop generates, existing or not, by field of `Settings`."""
        database = embedded_file(self.entries["database_url"].value)
        if database is None:
            return {}
        return {
            name: key_file_of(self.directory / database, name)
            for name in sorted(GENERATED)
            if self.entries[name].source is Source.GENERATED
        }


def _stored_or_new_key(variable: str, key_file: Path) -> str:
    try:
        return stored_key(key_file)
    except KeyFileError as error:
        raise SettingsError([f"{variable} is not set, and the kept key is no use. {error}"]) from error


def _read_file(file: Path) -> tuple[dict[str, str], list[str]]:
    try:
        with file.open(encoding="utf-8") as stream:
            lines = list(parse_stream(stream))
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        return {}, [f"{file} can't be read: {reason}."]
    problems = [f"{file}: line {line.original.line} is not NAME=value." for line in lines if line.error]
    return {line.key: line.value for line in lines if line.key and line.value is not None}, problems


def _entry(name: str, environment: Mapping[str, str], file: Mapping[str, str], *, embedded: bool) -> Entry:
    setting = DECLARED[name]
    default = (
        setting.embedded_default if embedded and setting.embedded_default is not None else setting.default
    )
    try:
        source, variable, written = _written(setting, environment, file)
    except ValueError as error:
        problem = f"{setting.variable}{_SUFFIX} {error}."
        return Entry(setting, Source.SECRET_FILE, "", None, problem)
    if source is Source.NOWHERE:
        if default is None:
            return Entry(setting, source, "", None)
        source, written = Source.DEFAULT, default
    try:
        return Entry(setting, source, written, setting.parse(written))
    except ValueError as error:
        where = f" (in {FILE_NAME})" if source is Source.FILE else ""
        return Entry(setting, source, written, None, f"{variable}{where} {error}.")


def _written(
    setting: Setting, environment: Mapping[str, str], file: Mapping[str, str]
) -> tuple[Source, str, str]:
    """Return a setting's source, variable and value.

    A former name counts only if the current one is not set anywhere. Raises ValueError with a message that
    follows the name of the `_FILE` variable.
    """
    for source, variables in ((Source.ENVIRONMENT, environment), (Source.FILE, file)):
        written = variables.get(setting.variable, "").strip()
        secret_file = variables.get(setting.variable + _SUFFIX, "").strip() if setting.mask else ""
        if written and secret_file:
            raise ValueError(f"must not be set together with {setting.variable}")
        if secret_file:
            return Source.SECRET_FILE, setting.variable, _read_secret(Path(secret_file))
        if written:
            return source, setting.variable, written
    if former := setting.former_variable:
        for source, variables in ((Source.ENVIRONMENT, environment), (Source.FILE, file)):
            if written := variables.get(former, "").strip():
                return source, former, written
    return Source.NOWHERE, setting.variable, ""


def _read_secret(file: Path) -> str:
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"must name a file that can be read; {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"must name a file in UTF-8, which {file} is not") from error
    if not secret:
        raise ValueError(f"must name a file with the secret in it; {file} is empty")
    return secret


def _warnings(names: Mapping[str, str], where: str) -> list[str]:
    warnings = []
    for name, written in names.items():
        if name in _FORMER:
            if written.strip():
                warnings.append(
                    f"{name} in {where} is now called {_FORMER[name]}; the former name will stop working in 0.2.0."
                )
        elif name.startswith(_PREFIX) and name not in _VARIABLES | _TEST_VARIABLES:
            near = difflib.get_close_matches(name, _VARIABLES, n=1, cutoff=0.8)
            hint = f": is {near[0]} meant?" if near else "."
            warnings.append(f"{name} in {where} is no setting of this shop and has no effect{hint}")
    return warnings
