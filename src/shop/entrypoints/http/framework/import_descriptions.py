"""Descriptions of the fields of imports."""

from typing import Final

IMPORT_DESCRIPTIONS: Final = {
    "CatalogueUpload.file": "The CSV file, at most 20 MiB.",
    "dryRun": "Whether the import changes nothing and only reports what it would do.",
    "setStock": "Whether the stock of existing variants is set, too.",
    "finishedAt": "When it was finished. Null: not yet.",
    "rows": "The number of rows below the header. 0 until the file has been read.",
    "processed": "The number of rows that are finished.",
    "created": "The number of products that were created.",
    "updated": "The number of products that were changed.",
    "unchanged": "The number of products that already matched the file.",
    "skipped": "The number of products that the shop cannot sell, such as external ones. Each has a warning.",
    "failed": "The number of products that could not be imported. They were not changed.",
    "unknownColumns": "The headers of columns that were ignored.",
    "errorCount": "The number of errors, shown or not.",
    "errors": "The first 1,000 errors.",
    "warningCount": "The number of warnings, shown or not.",
    "warnings": "The first 1,000 warnings: what was skipped, or left out of an imported product.",
    "changes": "The first 1,000 products that were created or changed.",
    "row": "The line of the file.",
    "column": "The header of the column. Null if the error is about the whole row.",
    "handle": "The product's slug.",
    "outcome": "The result for the product.",
    "fields": "The fields that were changed. Empty if the product is new.",
    "ImportView.status": "The status. `failed`: the file could not be read. An import with wrong rows is `done`.",
    "ImportSummary.status": "The status. `failed`: the file could not be read. An import with wrong rows is `done`.",
    "RowErrorView.message": "What is wrong, or what was left out.",
}
