"""`python -m tools.postman [FOLDER]`: record the collection, its environment and its files into docs/postman."""

import asyncio
import sys
from pathlib import Path

from tools.postman import postman_files


def main(folder: Path) -> None:
    """Write the files, and say which."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in asyncio.run(postman_files()).items():
        (folder / name).write_bytes(content)
        print(f"Wrote {folder / name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs" / "postman")
