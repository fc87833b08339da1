"""What the folders of the dialects share: played only where `SHOP_COMPAT` serves the dialect."""

from typing import Any, Final

from shop.settings.values import DialectName
from tools.postman.steps import Caller, Folder, Step, Variant

NO_PAGE: Final = Variant(name="A page that is none", status=400, query={"page": "0"})
REUSED_KEY: Final = "The key was used for something else"
NEW_PASSWORD: Final = "{{USER_PASSWORD}}"


def dialect_folder(dialect: DialectName, steps: tuple[Step, ...]) -> Folder:
    """Return the folder of a dialect; Postman skips it unless the variable `SHOP_COMPAT` names the dialect."""
    return Folder(
        name=f"Compatibility: {dialect.value}",
        description=(
            f"Only a shop with `{dialect.value}` in `SHOP_COMPAT` serves these. Set the environment's `SHOP_COMPAT` "
            "to the same list to play them; without it, the requests are skipped. Run the folder Accounts first: it "
            "fills `TOKEN_ADMIN` and `TOKEN_USER`."
        ),
        dialect=dialect,
        before=skip_without(dialect),
        steps=steps,
    )


def skip_without(dialect: DialectName) -> tuple[str, ...]:
    """Return the script that skips a request unless the variable `SHOP_COMPAT` names the dialect."""
    return (
        f'if (!(pm.environment.get("SHOP_COMPAT") || "").split(",").includes("{dialect.value}")) {{',
        "    pm.execution.skipRequest();",
        "}",
    )


def invalid_token(status: int = 401) -> Variant:
    """Return the answer to a token that is not valid."""
    return Variant(
        name="With a token that is not valid", status=status, headers={"Authorization": "Bearer invalid"}
    )


def product_step(
    operation: str,
    body: dict[str, Any],
    expects: dict[str, Any],
    product_id: str,
    variants: tuple[Variant, ...] = (),
) -> Step:
    """Return the step in which an admin creates a product; its id is kept as DIALECT_PRODUCT_ID."""
    return Step(
        name="Create a product",
        operation=operation,
        caller=Caller.ADMIN,
        headers={"Idempotency-Key": "{{DIALECT_KEY}}"},
        body=body,
        status=201,
        fresh={"DIALECT_KEY": "product", "DIALECT_SKU": "mug"},
        expects=expects,
        keeps={"DIALECT_PRODUCT_ID": product_id},
        variants=(
            Variant(name=REUSED_KEY, status=422, after=True, body={**body, "name": "Another product"}),
            *variants,
        ),
    )


SKU_TAKEN: Final = Variant(
    name="The sku is taken", status=409, after=True, headers={"Idempotency-Key": "{{DIALECT_KEY}}-again"}
)
