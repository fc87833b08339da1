"""`/api/users/me/addresses`: users' saved addresses."""

from typing import Any

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, post, put
from litestar.params import FromPath, JSONBody

from shop.application.accounts.address_book import (
    AddAddress,
    AddressBookView,
    RemoveAddress,
    ReplaceAddress,
    SavedAddressInput,
    SavedAddressView,
)
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.views import DoneView, encode
from shop.application.ports.accounts import AddressBookQueries
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.address_book import AddressBookFull, SavedAddress
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.conditional import created_first_version, respond_versioned
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, Identified, shown


class AddressesController(Controller):
    path = "/api/users/me/addresses"
    tags = ("Accounts",)

    @get(policy=Policy.USER)
    async def list_addresses(
        self,
        principal: NamedDependency[Principal],
        address_book_queries: NamedDependency[AddressBookQueries],
    ) -> Response[AddressBookView]:
        """Users: every address that they keep, in the order in which they were added."""
        book = await address_book_queries.of_user(principal.user_id)
        return BytesResponse(encode(AddressBookView.of(book)))

    @post(policy=Policy.USER, versioned=True, location=True, errors=(AddressBookFull,))
    async def add_address(
        self,
        data: JSONBody[SavedAddressInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        add_address: NamedDependency[AddAddress],
    ) -> Response[SavedAddressView]:
        outcome = await add_address(principal, data, idempotency)
        return created_first_version(outcome, f"{self.path}/{shown(outcome, Identified).id}")

    @get("/{address_id:str}", policy=Policy.USER, versioned=True, errors=(NotFound,))
    async def show_address(
        self,
        request: ApiRequest,
        address_id: FromPath[str],
        principal: NamedDependency[Principal],
        address_book_queries: NamedDependency[AddressBookQueries],
    ) -> Response[SavedAddressView]:
        """Users: one of their addresses."""
        book = await address_book_queries.of_user(principal.user_id)
        return _address(request, book.find(address_id))

    @put("/{address_id:str}", policy=Policy.USER, versioned=True, errors=(NotFound,))
    async def replace_address(
        self,
        request: ApiRequest,
        address_id: FromPath[str],
        data: JSONBody[SavedAddressInput],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        replace_address: NamedDependency[ReplaceAddress],
    ) -> Response[SavedAddressView]:
        return _address(request, await replace_address(principal, address_id, data, expected_versions))

    @delete("/{address_id:str}", policy=Policy.USER, status_code=200, errors=(NotFound,))
    async def remove_address(
        self,
        address_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        remove_address: NamedDependency[RemoveAddress],
    ) -> Response[DoneView]:
        await remove_address(principal, address_id, expected_versions)
        return BytesResponse(encode(DoneView()))


def _address(request: ApiRequest, saved: SavedAddress) -> BytesResponse[Any]:
    return respond_versioned(request, SavedAddressView.of_saved(saved), saved.version)
