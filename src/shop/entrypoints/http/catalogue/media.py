"""`/api/admin/media` and `/media/…`: uploaded pictures, and their files."""

import os
from io import BufferedReader
from typing import Any, Final, cast

import msgspec
from litestar import Response
from litestar.controller import Controller
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import delete, get, patch, post
from litestar.params import FromPath, JSONBody, MultipartBody

from shop.application.catalogue.media_views import PictureView
from shop.application.catalogue.pictures import (
    AlreadyUploaded,
    Alt,
    DeletePicture,
    PicturePatch,
    RevisePicture,
    ShowPictureFile,
    UploadedFile,
    UploadPicture,
)
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.views import DoneView, encode
from shop.application.framework.views import Page as PageOf
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.media import PictureQueries
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.catalogue.picture import MediaOff, PictureInUse, UnsupportedPicture, UnusablePicture
from shop.domain.errors import NotFound, VersionConflict
from shop.entrypoints.http.framework.conditional import created, respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import FORM_OVERHEAD, ApiRequest, digest_of
from shop.entrypoints.http.framework.responses import IMMUTABLE, BytesResponse, Identified, shown

MAX_PICTURE_BYTES: Final = 10 * 1024 * 1024


class PictureUpload(msgspec.Struct, forbid_unknown_fields=True):
    """A picture, and its alternative text for people who do not see it."""

    file: UploadFile
    alt: Alt = ""


class MediaController(Controller):
    path = "/api/admin/media"
    tags = ("Catalogue",)

    @get(policy=Permission.CATALOGUE_READ)
    async def list_media(
        self, picture_queries: NamedDependency[PictureQueries], page: Page, limit: Limit = DEFAULT_LIMIT
    ) -> Response[PageOf[PictureView]]:
        """Staff with `catalogue:read`: all pictures, newest first."""
        return BytesResponse(encode(await picture_queries.page(page, limit)))

    @post(
        policy=Permission.CATALOGUE_WRITE,
        location=True,
        request_max_body_size=MAX_PICTURE_BYTES + FORM_OVERHEAD,
        errors=(MediaOff, UnsupportedPicture, UnusablePicture),
    )
    async def upload_media(
        self,
        request: ApiRequest,
        data: MultipartBody[PictureUpload],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        upload_picture: NamedDependency[UploadPicture],
    ) -> Response[PictureView]:
        content = cast("BufferedReader", data.file.file)
        if content.seek(0, os.SEEK_END) > MAX_PICTURE_BYTES:
            raise RequestEntityTooLarge
        content.seek(0)
        digest = await digest_of(request, data.file)
        outcome = await upload_picture(principal, UploadedFile(content, digest), data.alt, idempotency)
        if isinstance(outcome, AlreadyUploaded):
            location = {"Location": f"{self.path}/{outcome.view.id}"}
            return BytesResponse(encode(outcome.view), status=200, headers=location)
        return created(outcome, f"{self.path}/{shown(outcome, Identified).id}")

    @get("/{media_id:str}", policy=Permission.CATALOGUE_READ, versioned=True)
    async def show_media(
        self, request: ApiRequest, media_id: FromPath[str], picture_queries: NamedDependency[PictureQueries]
    ) -> Response[PictureView]:
        """Staff with `catalogue:read`: one picture."""
        picture = await picture_queries.picture(media_id)
        if picture is None:
            raise NotFound("picture")
        return _picture(request, picture)

    @patch("/{media_id:str}", policy=Permission.CATALOGUE_WRITE, versioned=True, errors=(VersionConflict,))
    async def describe_media(
        self,
        request: ApiRequest,
        media_id: FromPath[str],
        data: JSONBody[PicturePatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        revise_picture: NamedDependency[RevisePicture],
    ) -> Response[PictureView]:
        return _picture(request, await revise_picture(principal, media_id, data, expected_versions))

    @delete("/{media_id:str}", policy=Permission.CATALOGUE_WRITE, status_code=200, errors=(PictureInUse,))
    async def delete_media(
        self,
        media_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        delete_picture: NamedDependency[DeletePicture],
    ) -> Response[DoneView]:
        await delete_picture(principal, media_id, expected_versions)
        return BytesResponse(encode(DoneView()))


class MediaFilesController(Controller):
    path = "/media"
    include_in_schema = False

    @get("/{media_id:str}/{file_name:str}", policy=Policy.PUBLIC)
    async def show_file(
        self,
        media_id: FromPath[str],
        file_name: FromPath[str],
        show_picture_file: NamedDependency[ShowPictureFile],
    ) -> Response[bytes]:
        """Anyone: a picture as WebP. The content of an address never changes."""
        content = await show_picture_file(media_id, file_name)
        return BytesResponse(content, headers=IMMUTABLE, media_type=b"image/webp")


def _picture(request: ApiRequest, picture: PictureView) -> BytesResponse[Any]:
    return respond_versioned(request, picture, picture.version)
