"""Building the shop that the settings describe."""

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.container.root import assemble_on
from shop.container.shop import Shop
from shop.settings import Settings


def build_shop(settings: Settings, *, patient: bool = False) -> Shop:
    """Return the shop on the configured database, with tracing if it is on.

    `patient` is for commands whose statements may take longer than the time limit of a request.
    """
    if settings.tracing:
        # Most shops have tracing off and do not import its modules.
        from shop.container.tracing import build_traced_shop  # noqa: PLC0415

        return build_traced_shop(settings, patient=patient)
    database = Database(settings.database_url, settings.database_pool_size, patient=patient)
    return assemble_on(SqlStorage(database), settings)
