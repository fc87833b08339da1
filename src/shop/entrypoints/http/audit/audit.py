"""`/api/admin/audit`: the actions of staff."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get
from litestar.params import QueryParameter

from shop.application.audit.views import AuditEntryView, SubjectView
from shop.application.framework.views import Page as PageOf
from shop.application.framework.views import encode
from shop.application.ports.audit import AuditQueries, AuditQuery
from shop.application.statistics.calendar import Calendar
from shop.domain.accounts.api_key import MAX_API_KEY_NAME_LENGTH
from shop.domain.accounts.credentials import MAX_USERNAME_LENGTH
from shop.domain.accounts.permissions import Permission
from shop.domain.audit import AuditAction, SubjectKind
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, From, Limit, Page, To
from shop.entrypoints.http.framework.responses import BytesResponse

_MAX_SUBJECT_LENGTH: Final = 64
_EXAMPLE: Final = AuditEntryView(
    id="0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11",
    at=datetime(2026, 3, 14, 9, 26, 53, 589793, UTC),
    actor="owner",
    username="owner",
    action=AuditAction.PRODUCT_REVISED,
    subject=SubjectView(SubjectKind.PRODUCT, "0199d3a0-1c2e-7d5f-8a4b-3f2e1d0c9b8a"),
    before={"price": Decimal("12.50"), "version": 3},
    after={"price": Decimal("9.90"), "version": 4},
)


class AuditController(Controller):
    path = "/api/admin/audit"
    tags = ("Administration",)

    @get(policy=Permission.STAFF_READ, response_example=PageOf(1, DEFAULT_LIMIT, 1, [_EXAMPLE]))
    async def list_audit_entries(  # noqa: PLR0913, PLR0917 (a parameter per filter, by name)
        self,
        audit_queries: NamedDependency[AuditQueries],
        calendar: NamedDependency[Calendar],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
        actor: Annotated[
            str | None,
            QueryParameter(
                max_length=MAX_API_KEY_NAME_LENGTH,
                description="Only actions of this user, or of API keys with this name.",
            ),
        ] = None,
        username: Annotated[
            str | None,
            QueryParameter(
                max_length=MAX_USERNAME_LENGTH,
                description="Only actions of this user and of their API keys; compared without case.",
            ),
        ] = None,
        subject: Annotated[
            SubjectKind | None, QueryParameter(description="Only changes of subjects of this kind.")
        ] = None,
        subject_id: Annotated[
            str | None,
            QueryParameter(
                name="subjectId",
                max_length=_MAX_SUBJECT_LENGTH,
                description="Only changes of the subject with this id.",
            ),
        ] = None,
        action: Annotated[AuditAction | None, QueryParameter(description="Only this action.")] = None,
        since: From = None,
        until: To = None,
    ) -> Response[PageOf[AuditEntryView]]:
        """Staff who may read staff: the changes to products, promo codes, users, orders and so on, newest first.

        Every change by staff and every deleted account has an entry. Entries cannot be changed or deleted. `before`
        and `after` have the changed fields; for users only role and state. Users are shown with their current
        names, so nothing personal remains of a closed account.
        Fails with 400 when `from` is after `to`.
        """
        period = calendar.span(since, until)
        query = AuditQuery(page, limit, username, subject, subject_id, action, period, actor)
        return BytesResponse(encode(await audit_queries.page(query)))
