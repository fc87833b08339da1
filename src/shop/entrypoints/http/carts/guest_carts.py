"""`/api/carts`: new carts for guests."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import post

from shop.application.carts.guests import CreateGuestCart, NewCartView
from shop.application.framework.views import encode
from shop.application.ports.system import SecretKeysMissing
from shop.domain.carts.buyer import GuestsOff
from shop.domain.errors import TooMany
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest, client_address
from shop.entrypoints.http.framework.responses import BytesResponse


class GuestCartsController(Controller):
    path = "/api/carts"
    tags = ("Cart",)

    @post(policy=Policy.PUBLIC, errors=(GuestsOff, TooMany, SecretKeysMissing))
    async def create_guest_cart(
        self, request: ApiRequest, create_guest_cart: NamedDependency[CreateGuestCart]
    ) -> Response[NewCartView]:
        return BytesResponse(encode(await create_guest_cart(client_address(request))), status=201)
