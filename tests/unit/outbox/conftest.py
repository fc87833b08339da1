"""Fixtures of the outbox."""

import httpx
import pytest

from tests.unit.outbox.following import Follower


@pytest.fixture
async def follower(admin: httpx.AsyncClient) -> Follower:
    return await Follower.start(admin)
