"""`/api/admin/settings`: what is set up, and what is missing before the shop opens."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get

from shop.application.framework.views import encode
from shop.application.setup.settings import ShowSettings
from shop.application.setup.views import SettingsView
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.entrypoints.http.framework.responses import BytesResponse


class SettingsController(Controller):
    path = "/api/admin/settings"
    tags = ("Administration",)

    @get(policy=Permission.SETTINGS_READ)
    async def show_settings(
        self, principal: NamedDependency[Principal], show_settings: NamedDependency[ShowSettings]
    ) -> Response[SettingsView]:
        """Staff who may read settings: the server's settings without secrets, and a checklist before opening."""
        return BytesResponse(encode(await show_settings(principal)))
