"""Downloads packages of any Debian suite with a private apt configuration. The system's own is not changed.

The mirror and its keyring are taken from the machine's own sources.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_NAMES = ("oldoldstable", "oldstable", "stable", "testing", "unstable")
_CODENAMES = ("buster", "bullseye", "bookworm", "trixie", "forky", "duke", "sid")
_RELEASES = frozenset((*_NAMES, *_CODENAMES))
_TRUST_FIELDS = ("signed-by", "trusted", "check-valid-until", "check-date")


class PackagesUnavailableError(RuntimeError):
    """The packages are not available on this machine, or not at the moment; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the machine's list of sources; options by their lower-case deb822 names."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror of Debian and the options that decide whether apt trusts it."""

    uri: str
    options: dict[str, str]

    def stanza(self, suite: str, architecture: str) -> str:
        fields = {
            "Types": "deb",
            "URIs": self.uri,
            "Suites": suite,
            "Components": "main",
            "Architectures": architecture,
            "Targets": "Packages",
            **{name.title(): value for name, value in self.options.items()},
        }
        return "".join(f"{name}: {value}\n" for name, value in fields.items())


def parse_list(text: str) -> Iterator[Source]:
    """Read the one-line format: `deb [name=value …] uri suite component…`."""
    for line in text.splitlines():
        entry = re.fullmatch(r"deb\s+(?:\[([^]]*)]\s+)?(\S+)\s+(\S+)\s*(.*)", line.partition("#")[0].strip())
        if entry is None:
            continue
        options, uri, suite, components = entry.groups()
        pairs = (option.partition("=") for option in (options or "").split())
        named = {name.rstrip("+-").lower(): value for name, _, value in pairs}
        if "arch" in named:
            named["architectures"] = named.pop("arch").replace(",", " ")
        yield Source((uri,), (suite,), tuple(components.split()), named)


def parse_deb822(text: str) -> Iterator[Source]:
    """Read the deb822 format: stanzas of `Name: value`, continued on lines that start with a space."""
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n[ \t]*\n", kept):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t"):
                fields[name] = fields.get(name, "") + "\n" + line.rstrip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        enabled = fields.pop("enabled", "yes").lower() not in (
            "no",
            "false",
            "without",
            "off",
            "disable",
            "0",
        )
        if not enabled or "deb" not in fields.pop("types", "").split():
            continue
        uris, suites, components = (
            tuple(fields.pop(key, "").split()) for key in ("uris", "suites", "components")
        )
        yield Source(uris, suites, components, fields)


def debian_mirrors(sources: Iterable[Source], architecture: str) -> list[Mirror]:
    """Return the mirrors of Debian itself, the most probable first.

    Other vendors also name their suites after Debian's releases. Only Debian has updates beside the release; further
    signs are its keyring and an address that ends in `/debian`.
    """
    rank: dict[str, int] = {}
    mirrors: dict[str, Mirror] = {}
    for source in sources:
        architectures = source.options.get("architectures", architecture).split()
        if architecture not in architectures or "main" not in source.components:
            continue
        release = any(suite in _RELEASES for suite in source.suites)
        updates = any(suite.removesuffix("-updates") in _RELEASES - {suite} for suite in source.suites)
        for uri in source.uris:
            if uri.startswith("cdrom:"):
                continue
            rank.setdefault(uri, 0)
            rank[uri] += 4 * updates
            if release and uri not in mirrors:
                trust = {name: source.options[name] for name in _TRUST_FIELDS if name in source.options}
                rank[uri] += 2 * ("debian-archive" in trust.get("signed-by", ""))
                rank[uri] += uri.rstrip("/").endswith("/debian")
                mirrors[uri] = Mirror(uri, trust)
    return sorted(mirrors.values(), key=lambda mirror: -rank[mirror.uri])


def download(names: Sequence[str], *, suite: str, into: Path) -> list[Path]:
    """Download packages with all dependencies, libc included, unless they are there already. Return the files.

    Raises PackagesUnavailableError.
    """
    if missing := [tool for tool in ("apt-get", "dpkg-deb", "dpkg") if shutil.which(tool) is None]:
        raise PackagesUnavailableError(
            f"Debian's packages: not a Debian system ({', '.join(missing)} missing)."
        )
    architecture = _output(["dpkg", "--print-architecture"]).strip()
    reason = "the machine's sources name no mirror of Debian"
    for mirror in debian_mirrors(_machine_sources(Path("/etc/apt")), architecture):
        try:
            apt = _Apt(into / "apt", mirror.stanza(suite, architecture))
            apt.run("update")
            plan = apt.run("--simulate", "install", *names)
            closure = re.findall(r"^Inst (\S+) \((\S+)", plan, re.MULTILINE)
            packages = into / "packages"
            packages.mkdir(exist_ok=True)
            apt.run("download", *(f"{name}={version}" for name, version in closure), directory=packages)
        except PackagesUnavailableError as error:
            reason = str(error)
        else:
            return [_file_of(packages, name, version) for name, version in closure]
    raise PackagesUnavailableError(f"Debian's packages: {reason}.")


def _file_of(packages: Path, name: str, version: str) -> Path:
    escaped = version.replace(":", "%3a")
    return next(packages.glob(f"{name}_{escaped}_*.deb"))


def _machine_sources(folder: Path) -> Iterator[Source]:
    main = folder / "sources.list"
    parts = folder / "sources.list.d"
    for path in (*([main] if main.is_file() else []), *sorted(parts.glob("*.list"))):
        yield from parse_list(path.read_text(errors="replace"))
    for path in sorted(parts.glob("*.sources")):
        yield from parse_deb822(path.read_text(errors="replace"))


class _Apt:
    """apt-get with its own sources, lists and cache, no installed packages, and the machine's proxy and keys."""

    def __init__(self, home: Path, stanza: str) -> None:
        for folder in ("lists/partial", "archives/partial", "sources", "preferences"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        (home / "status").touch()
        (home / "sources" / "suite.sources").write_text(stanza)
        self._configuration = home / "apt.conf"
        self._configuration.write_text(
            "#clear APT::Update::Pre-Invoke;\n"
            "#clear APT::Update::Post-Invoke;\n"
            "#clear APT::Update::Post-Invoke-Success;\n"
            'Dir::Etc::SourceList "/dev/null";\n'
            f'Dir::Etc::SourceParts "{home / "sources"}";\n'
            'Dir::Etc::Preferences "/dev/null";\n'
            f'Dir::Etc::PreferencesParts "{home / "preferences"}";\n'
            f'Dir::State "{home}";\n'
            f'Dir::State::Lists "{home / "lists"}";\n'
            f'Dir::State::Status "{home / "status"}";\n'
            f'Dir::Cache "{home}";\n'
            f'Dir::Cache::Archives "{home / "archives"}";\n'
            'APT::Install-Recommends "false";\n'
            'APT::Get::List-Cleanup "true";\n'
            'APT::Default-Release "";\n'
            'APT::Update::Error-Mode "any";\n'
            'APT::Sandbox::User "root";\n'
            'Acquire::Languages "none";\n'
            'Acquire::Retries "3";\n'
        )

    def run(self, *arguments: str, directory: Path | None = None) -> str:
        command = ["apt-get", "--quiet=2", f"--config-file={self._configuration}", *arguments]
        return _output(command, directory)


def _output(command: list[str], directory: Path | None = None) -> str:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()[-5:]
        raise PackagesUnavailableError(f"{command[0]} failed ({' / '.join(lines)})")
    return done.stdout
