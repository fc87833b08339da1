"""`/api/admin/imports`: products from a CSV file."""

import os
from enum import StrEnum
from typing import Annotated, BinaryIO, cast

import msgspec
from litestar import Response
from litestar.controller import Controller
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import get, post
from litestar.params import FromPath, MultipartBody, QueryParameter

from shop.application.catalogue.exchange.import_views import ImportStartedView, ImportSummary, ImportView
from shop.application.catalogue.exchange.importing import ListImports, ShowImport, StartImport
from shop.application.framework.views import Page as PageOf
from shop.application.framework.views import encode
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.catalogue.catalogue_import import MAX_FILE_SIZE, EmptyFile, FileTooLarge
from shop.entrypoints.http.framework.conditional import respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.request import FORM_OVERHEAD, ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, Identified, answer_response, shown


class StockMode(StrEnum):
    """Which variants get the file's stock."""

    NEW = "new"
    SET = "set"


class CatalogueUpload(msgspec.Struct, forbid_unknown_fields=True):
    """A CSV file with products."""

    file: UploadFile


class ImportsController(Controller):
    path = "/api/admin/imports"
    tags = ("Catalogue",)

    @post(
        policy=Permission.CATALOGUE_WRITE,
        status_code=202,
        location=True,
        request_max_body_size=MAX_FILE_SIZE + FORM_OVERHEAD,
        errors=(FileTooLarge, EmptyFile),
    )
    async def start_import(
        self,
        data: MultipartBody[CatalogueUpload],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        start_import: NamedDependency[StartImport],
        dry_run: Annotated[
            bool, QueryParameter(name="dryRun", description="Change nothing, and report what would change.")
        ] = False,
        stock: Annotated[
            StockMode,
            QueryParameter(
                description="`set` also sets the stock of existing variants; by default, only new ones get one."
            ),
        ] = StockMode.NEW,
    ) -> Response[ImportStartedView]:
        """Staff with `catalogue:write`: import products from a CSV file of at most 20 MiB, the form's `file`.

        The answer comes at once; the worker does the import, and `GET /api/admin/imports/{id}` shows how far it is.
        With `dryRun=true`, nothing is changed: the import reports the changes. The columns are the shop's own, or the
        columns of a product export of Shopify (old or new) or WooCommerce. Products match by handle, variants by
        sku, else by options. An absent column keeps the value, a blank cell clears an optional field, and variants
        that are not in the file stay. Stock counts for new variants only, unless `stock=set`. A bad row fails its
        product and no other. Products that other systems sell elsewhere are skipped, with a warning.
        Fails with FILE_SIZE, EMPTY_FILE.
        """
        file = cast("BinaryIO", data.file.file)
        if file.seek(0, os.SEEK_END) > MAX_FILE_SIZE:
            raise RequestEntityTooLarge
        outcome = await start_import(
            principal,
            file,
            dry_run=dry_run,
            set_stock=stock is StockMode.SET,
            key=idempotency,
        )
        location = f"{self.path}/{shown(outcome, Identified).id}"
        return answer_response(outcome, 202, {"Location": location})

    @get(policy=Permission.CATALOGUE_READ)
    async def list_imports(
        self, list_imports: NamedDependency[ListImports], page: Page, limit: Limit = DEFAULT_LIMIT
    ) -> Response[PageOf[ImportSummary]]:
        return BytesResponse(encode(await list_imports(page, limit)))

    @get("/{import_id:str}", policy=Permission.CATALOGUE_READ, versioned=True)
    async def show_import(
        self, request: ApiRequest, import_id: FromPath[str], show_import: NamedDependency[ShowImport]
    ) -> Response[ImportView]:
        found = await show_import(import_id)
        return respond_versioned(request, found, found.processed)
