"""Health checks."""

from typing import Final

from tools.postman.steps import Folder, Step

FOLDER: Final = Folder(
    name="Health",
    description="What load balancers and monitoring ask.",
    steps=(
        Step(name="Is it alive?", operation="GET /health/live", expects={"status": "ok"}),
        Step(name="Is it ready?", operation="GET /health/ready", expects={"status": "ok"}),
        Step(
            name="Metrics",
            operation="GET /metrics",
            note="The saved example says what is measured and leaves the figures out.",
        ),
    ),
)
