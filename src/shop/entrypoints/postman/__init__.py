"""The Postman collection of the API: a story told in requests, with the answers of a shop that really ran.

`story/` says what is asked for in which order, `recording` plays it against a shop in memory, `collection` puts the
API's own descriptions and the recorded answers together, `scripts` writes what checks and chains the requests.
"""

from shop.entrypoints.postman.files import COLLECTION_FILE, ENVIRONMENT_FILE, postman_files

__all__ = ["COLLECTION_FILE", "ENVIRONMENT_FILE", "postman_files"]
