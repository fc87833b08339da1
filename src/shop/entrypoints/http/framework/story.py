"""The order of operations on the docs page: from sign-up to payment, then administration."""

from typing import Any, Final

Document = dict[str, Any]

_STORY: Final = (
    (
        "Sign up and log in",
        "signUp logIn refreshSession logOut getMe requestPasswordReset resetPassword requestEmailVerification "
        "verifyEmail changePassword setUpSecondFactor confirmSecondFactor disableSecondFactor",
    ),
    (
        "Browse",
        "listProducts getProduct searchProducts getProductFilters getProductBySlug listCategories getCategory "
        "listCategoryNames getPublicDashboard",
    ),
    (
        "Fill a cart",
        "createGuestCart addCartItem getCart setCartItemQuantity removeCartItem clearCart checkPromoCode "
        "applyPromoCode removePromoCode listShippingOptions chooseShipping removeShipping",
    ),
    ("Check out", "checkout buyNow"),
    ("Pay", "openPayment confirmSandboxPayment getSandboxPayment"),
    ("Follow orders", "listOrders getOrder cancelOrder deleteOrder claimOrder getOwnStatistics listOwnItems"),
    (
        "Manage an account",
        "updateProfile listAddresses addAddress getAddress replaceAddress removeAddress exportOwnData "
        "closeOwnAccount",
    ),
)
_ADMINISTRATION: Final = {
    "catalogue": "Administer the catalogue",
    "orders": "Administer orders",
    "customers": "Administer customers",
    "promotions": "Administer promo codes",
    "statistics": "Read figures",
    "settings": "Change settings",
    "staff": "Administer staff and keys",
}
"""The chapters of the operations that need a permission, by its area."""
_LAST: Final = {"Health": "Operate the shop"}
"""The last chapters, by tag."""


def chapters_of(document: Document) -> list[Document]:
    """Return the chapters, each with a name and the ids of its operations. No operation is in two chapters.

    An operation that the story does not name is in the chapter of its permission's area, or of its tag.
    """
    operations = {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }
    told = {name: [each for each in ids.split() if each in operations] for name, ids in _STORY}
    named = {each for ids in told.values() for each in ids}
    others: dict[str, list[str]] = {}
    for operation_id, operation in operations.items():
        if operation_id not in named:
            others.setdefault(_chapter_of(operation), []).append(operation_id)
    order = [*told, *sorted(others.keys() - set(_ADMINISTRATION.values()) - set(_LAST.values()))]
    chapters = {name: told.get(name) or others[name] for name in order if told.get(name) or name in others}
    for name in (*_ADMINISTRATION.values(), *_LAST.values()):
        if name in others:
            chapters[name] = others[name]
    return [{"name": name, "operations": ids} for name, ids in chapters.items()]


def _chapter_of(operation: Document) -> str:
    if permission := operation.get("x-permission"):
        return _ADMINISTRATION[permission.partition(":")[0]]
    tag = str(operation.get("tags", ["Other"])[0])
    return _LAST.get(tag, tag)
