"""Databases that are saved and brought back by the commands of docs/operations.md."""

import asyncio
import os
import secrets
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url, text

from shop.adapters.sql.framework.database import Database
from tests.documents import section_of
from tests.fork_server import write_program
from tests.mysql_client import put_clients_into
from tests.served_shop import environment


def commands(title: str, language: str = "bash") -> list[str]:
    return [block.text for block in section_of("docs/operations.md", title, language)]


@dataclass
class Place(ABC):
    """A database with a shop in it, and a folder in which its owner types commands."""

    url: str
    folder: Path

    @abstractmethod
    async def prepare(self) -> None:
        """Create what the documented commands assume."""

    @abstractmethod
    async def save(self) -> None: ...

    @abstractmethod
    async def wipe(self) -> None: ...

    @abstractmethod
    async def bring_back(self) -> None: ...

    async def sh(self, command: str, **variables: str) -> str:
        """Run a command, each step of which must succeed; return its output."""
        path = f"{self.folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", command),
            cwd=self.folder,
            env=environment(PATH=path, **variables),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    async def shop(self, command: str) -> str:
        """Run a command that calls `shop`; return its output."""
        write_program(self.folder / "shop")
        return await self.sh(
            command, SHOP_DATABASE_URL=self.url, SHOP_JWT_SECRET="-" * 32, SHOP_PAYMENTS="sandbox"
        )


class OnMySQL(Place):
    @property
    def name(self) -> str:
        return str(make_url(self.url).database)

    async def prepare(self) -> None:
        put_clients_into(self.folder)
        backup = f"backup_{secrets.token_hex(4)}"
        password = secrets.token_hex()
        [granting] = commands("MySQL: save", "sql")
        granting = (
            granting.replace("'backup'", f"'{backup}'")
            .replace("…", password)
            .replace("`shop`", f"`{self.name}`")
        )
        await self._execute(*granting.strip().split("\n"))
        owner = make_url(self.url)
        self._write("backup.cnf", backup, password)
        self._write("owner.cnf", str(owner.username), str(owner.password))
        self._user = backup

    def _write(self, name: str, user: str, password: str) -> None:
        url = make_url(self.url)
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(f"[client]\nhost={url.host}\nport={url.port}\nuser={user}\npassword={password}\n")

    async def save(self) -> None:
        [command] = commands("MySQL: save")
        await self.sh(command, database=self.name)

    async def wipe(self) -> None:
        await self._execute(f"DROP DATABASE `{self.name}`", f"DROP USER '{self._user}'@'%'")

    async def bring_back(self) -> None:
        [command] = commands("MySQL: bring back")
        await self.sh(command, database=self.name)

    async def _execute(self, *statements: str) -> None:
        database = Database(self.url)
        try:
            async with database.writes.connect() as connection:
                for statement in statements:
                    await connection.execute(text(statement))
        finally:
            await database.dispose()


class OnSQLite(Place):
    async def prepare(self) -> None: ...

    async def save(self) -> None:
        [command] = commands("SQLite: save")
        assert "Backed up" in await self.shop(command)

    async def wipe(self) -> None:
        (self.folder / "shop.db").write_bytes(b"lost")

    async def bring_back(self) -> None:
        [command] = commands("SQLite: bring back")
        assert "Restored" in await self.shop(command)
