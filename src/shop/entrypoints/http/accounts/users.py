"""`/api/users`: users manage their own account, admins manage all accounts."""

from typing import Annotated, Any

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from shop.application.accounts.address_book import AddressBookView
from shop.application.accounts.administration import ChangeUser, CloseAccount, CloseOwnAccount, RightsChange
from shop.application.accounts.exporting import ExportOwnData, UserExport
from shop.application.accounts.own_account import ChangePassword, PasswordChange, ProfileUpdate, UpdateProfile
from shop.application.accounts.views import UserView
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.views import DoneView, encode
from shop.application.framework.views import Page as PageOf
from shop.application.ports.accounts import AddressBookQueries, UserQueries
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.credentials import MAX_EMAIL_LENGTH, EmailTaken
from shop.domain.accounts.login_attempt import TooManyFailedLogins
from shop.domain.accounts.permissions import ExceedsOwnPermissions, Permission
from shop.domain.accounts.user import LastAdmin, Principal, WrongPassword
from shop.domain.errors import NotFound, VersionConflict
from shop.entrypoints.http.framework.conditional import respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest, client_address
from shop.entrypoints.http.framework.responses import BytesResponse, answer_response


class UsersController(Controller):
    path = "/api/users"
    tags = ("Accounts",)

    @put("/me", policy=Policy.USER, versioned=True, errors=(EmailTaken, VersionConflict))
    async def update_profile(
        self,
        request: ApiRequest,
        data: JSONBody[ProfileUpdate],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        update_profile: NamedDependency[UpdateProfile],
    ) -> Response[UserView]:
        return _user(request, await update_profile(principal, data, expected_versions))

    @post(
        "/me/change-password",
        policy=Policy.USER,
        status_code=200,
        errors=(WrongPassword, TooManyFailedLogins),
    )
    async def change_password(
        self,
        request: ApiRequest,
        data: JSONBody[PasswordChange],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        change_password: NamedDependency[ChangePassword],
    ) -> Response[DoneView]:
        return answer_response(
            await change_password(principal, data, client_address(request), idempotency), 200
        )

    @get("/me/export", policy=Policy.USER)
    async def export_own_data(
        self, principal: NamedDependency[Principal], export_own_data: NamedDependency[ExportOwnData]
    ) -> Response[UserExport]:
        return BytesResponse(encode(await export_own_data(principal)))

    @delete("/me", policy=Policy.USER, status_code=200, errors=(LastAdmin,))
    async def close_own_account(
        self,
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        close_own_account: NamedDependency[CloseOwnAccount],
    ) -> Response[DoneView]:
        await close_own_account(principal, expected_versions)
        return BytesResponse(encode(DoneView()))

    @get(policy=Permission.CUSTOMERS_READ)
    async def list_users(
        self,
        user_queries: NamedDependency[UserQueries],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
        search: Annotated[
            str,
            QueryParameter(
                max_length=MAX_EMAIL_LENGTH,
                description="Only users whose username, email address or display name begins with this.",
            ),
        ] = "",
    ) -> Response[PageOf[UserView]]:
        """Admins: all users, in the order in which they signed up.

        `search` ignores case and accents and has no wildcards; a blank one finds all users. It considers the first
        10,000 usernames, email addresses and display names that begin with the text, in alphabetical order.
        """
        return BytesResponse(encode(await user_queries.page(page, limit, search)))

    @get("/{username:str}", policy=Permission.CUSTOMERS_READ, versioned=True)
    async def show_user(
        self, request: ApiRequest, username: FromPath[str], user_queries: NamedDependency[UserQueries]
    ) -> Response[UserView]:
        """Admins: one user."""
        user = await user_queries.user_by_username(username)
        if user is None:
            raise NotFound("user")
        return _user(request, user)

    @get("/{username:str}/addresses", policy=Permission.CUSTOMERS_READ, errors=(NotFound,))
    async def list_user_addresses(
        self,
        username: FromPath[str],
        user_queries: NamedDependency[UserQueries],
        address_book_queries: NamedDependency[AddressBookQueries],
    ) -> Response[AddressBookView]:
        """Staff: every address that a user keeps, in the order in which they were added."""
        user = await user_queries.user_by_username(username)
        if user is None:
            raise NotFound("user")
        return BytesResponse(encode(AddressBookView.of(await address_book_queries.of_user(user.id))))

    @patch(
        "/{username:str}",
        policy=(Permission.CUSTOMERS_WRITE, Permission.STAFF_WRITE),
        versioned=True,
        errors=(LastAdmin, VersionConflict, ExceedsOwnPermissions),
    )
    async def change_user(
        self,
        request: ApiRequest,
        username: FromPath[str],
        data: JSONBody[RightsChange],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        change_user: NamedDependency[ChangeUser],
    ) -> Response[UserView]:
        return _user(request, await change_user(principal, username, data, expected_versions))

    @delete(
        "/{username:str}",
        policy=Permission.CUSTOMERS_WRITE,
        status_code=200,
        errors=(LastAdmin, ExceedsOwnPermissions),
    )
    async def close_account(
        self,
        username: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        close_account: NamedDependency[CloseAccount],
    ) -> Response[DoneView]:
        await close_account(principal, username, expected_versions)
        return BytesResponse(encode(DoneView()))


def _user(request: ApiRequest, user: UserView) -> BytesResponse[Any]:
    return respond_versioned(request, user, user.version)
