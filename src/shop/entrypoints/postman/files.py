"""The files that Postman imports."""

from typing import Final

import msgspec

from shop.entrypoints.postman.collection import collection_of, environment_of
from shop.entrypoints.postman.recording import record
from shop.entrypoints.postman.story import STORY

COLLECTION_FILE: Final = "shop.postman_collection.json"
ENVIRONMENT_FILE: Final = "shop.postman_environment.json"


async def postman_files() -> dict[str, str]:
    """Return the collection and its environment by file name; deterministic for the same code.

    Raises RecordingError when an answer of the shop differs from the story.
    """
    folders = await record(STORY)
    contents = {COLLECTION_FILE: collection_of(folders), ENVIRONMENT_FILE: environment_of(folders)}
    return {
        name: msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"
        for name, content in contents.items()
    }
