"""The files that Postman imports."""

from typing import Final

import msgspec

from tools.postman.collection import collection_of, environment_of
from tools.postman.recording import file_content, record
from tools.postman.story import STORY

COLLECTION_FILE: Final = "shop.postman_collection.json"
ENVIRONMENT_FILE: Final = "shop.postman_environment.json"


async def postman_files() -> dict[str, bytes]:
    """Return the collection, its environment and the files that it uploads, by name; the same for the same code.

    Raises RecordingError when an answer of the shop differs from the story.
    """
    folders = await record(STORY)
    contents = {COLLECTION_FILE: collection_of(folders), ENVIRONMENT_FILE: environment_of(folders)}
    texts = {
        name: msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
        for name, content in contents.items()
    }
    uploads = {step.file for folder in STORY for step in folder.steps if step.file}
    return texts | {name: file_content(name) for name in sorted(uploads)}
