"""Every media store fulfils the port: a folder, a bucket of an S3 server, memory."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from shop.adapters.media.object_store import ObjectStoreMedia, folder_media, memory_media, s3_media
from shop.domain.errors import Unavailable
from shop.testing import shop_harness
from tests.unit.pictures import upload
from tests.unit.shopping import a_name

pytestmark = pytest.mark.anyio

ONE, OTHER = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11/320.webp", "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b12/640.webp"


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the developer's settings of S3, such as a profile; boto3 and obstore would follow them."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch, _no_settings_of_the_developer: None) -> str:
    import boto3  # noqa: PLC0415 (slow to import)

    variables = {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ALLOW_HTTP": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    bucket = a_name("pictures")
    boto3.client("s3", region_name="us-east-1", endpoint_url=s3_server).create_bucket(Bucket=bucket)
    return bucket


@pytest.fixture(params=["folder", "s3", "s3 with a prefix", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStoreMedia:
    if request.param == "folder":
        return folder_media(tmp_path / "media")
    if request.param == "memory":
        return memory_media()
    prefix = "shop/media" if "prefix" in request.param else ""
    return s3_media(request.getfixturevalue("bucket"), prefix)


async def names_in(store: ObjectStoreMedia, before: datetime) -> set[str]:
    return {name async for names in store.written_before(before) for name in names}


async def test_files_are_written_read_listed_and_deleted(store: ObjectStoreMedia) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await store.read(ONE) is None
    await store.write(ONE, b"first")
    await store.write(ONE, b"second")
    await store.write(OTHER, b"\0" * 100_000)
    assert (await store.read(ONE), await store.read(OTHER)) == (b"second", b"\0" * 100_000)
    assert await names_in(store, tomorrow) == {ONE, OTHER}
    assert await names_in(store, tomorrow - timedelta(days=2)) == set()
    await store.delete([ONE, "unknown/1.webp"])
    assert (await store.read(ONE), await store.read(OTHER)) == (None, b"\0" * 100_000)
    await store.delete([OTHER])
    assert await names_in(store, tomorrow) == set()


async def test_an_unreachable_bucket_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    store = ObjectStoreMedia(
        S3Store(
            "pictures",
            endpoint="http://127.0.0.1:9",
            access_key_id="tests",
            secret_access_key="tests",
            region="us-east-1",
            client_options={"allow_http": True},
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=1)},
        )
    )
    with pytest.raises(Unavailable):
        await store.write(ONE, b"x")
    with pytest.raises(Unavailable):
        await store.read(ONE)


async def test_a_shop_keeps_its_pictures_in_a_bucket(bucket: str) -> None:
    store = s3_media(bucket, "mine")
    async with shop_harness() as shop:
        shop.container.catalogue.media_store.override(store)
        admin = await shop.admin("owner")
        made = (await upload(admin)).json()
        assert (await shop.client.get(made["url"])).status_code == 200
        assert made["url"].removeprefix("/media/") in await names_in(
            store, datetime.now(UTC) + timedelta(days=1)
        )
