"""The Postman collection of the API: a sequence of requests with the recorded answers of a real shop.

`story/` declares the requests and their order, `recording` plays them against an in-memory shop, `collection`
combines the API's descriptions with the recorded answers, and `scripts` generates the scripts that check and
chain the requests.
"""

from tools.postman.files import COLLECTION_FILE, ENVIRONMENT_FILE, postman_files

__all__ = ["COLLECTION_FILE", "ENVIRONMENT_FILE", "postman_files"]
