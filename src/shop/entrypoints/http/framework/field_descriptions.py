"""Descriptions of fields and path parameters, keyed by their wire names.

A name has one meaning across the API; `Component.name` overrides it for one component. Limits are declared
with the types, not here.
"""

from typing import Any, Final

from shop.entrypoints.http.framework.catalogue_descriptions import CATALOGUE_DESCRIPTIONS
from shop.entrypoints.http.framework.figure_descriptions import FIGURE_DESCRIPTIONS
from shop.entrypoints.http.framework.import_descriptions import IMPORT_DESCRIPTIONS
from shop.entrypoints.http.framework.order_descriptions import ORDER_DESCRIPTIONS
from shop.entrypoints.http.framework.selling_descriptions import SELLING_DESCRIPTIONS
from shop.entrypoints.http.framework.setup_descriptions import SETUP_DESCRIPTIONS

_DESCRIPTIONS: Final = {
    # Identity and time
    "id": "The id. It never changes.",
    "itemId": "The id of the variant. For a product without options, it equals the product's id.",
    "productId": "The product's id.",
    "variantId": "The variant's id.",
    "orderId": "The order's id.",
    "number": "The order's number, for people.",
    "orderNumber": "The order's number, for people.",
    "version": "The version of the resource. If you send it back, a write onto a newer version is refused.",
    "createdAt": "When it was created.",
    "updatedAt": "When it was last changed.",
    "at": "When it happened.",
    # Accounts
    "accessToken": "Sent as `Authorization: Bearer …`. A secret.",
    "refreshToken": "Gets the next pair of tokens. A secret.",
    "tokenType": "How the access token is sent.",
    "expiresIn": "Seconds for which the access token works.",
    "user": "The user.",
    "username": "The user's name, compared without case.",
    "Credentials.username": "The username, or the email address.",
    "Credentials.email": "The email address, in place of `username`.",
    "NewAccount.username": "The username. Without one, the shop makes one from the email address.",
    "NewAccount.name": "An alias of `displayName`.",
    "AdminOrderSummary.contactEmail": "The email address given at the checkout; null if none was.",
    "AdminOrderSummary.contactName": "The name given at the checkout; null if none was.",
    "AdminOrderView.username": "The account that owns the order; null for a guest. A closed account has its last name.",
    "AdminOrderSummary.username": "The customer's name; null for a guest. A closed account has its last name.",
    "AdminRefundView.username": "The customer's name; null for a guest. A closed account has its last name.",
    "AuditEntryView.username": "The current username of the user who did it.",
    "role": "What the user may do: `customer`, `admin`, or the name of a role of staff.",
    "prefix": "The beginning of the secret, by which people recognise it.",
    "secret": "Sent as `Authorization: Bearer …`. Shown once.",
    "lastUsedAt": "When it was last used; up to an hour out of date.",
    "expiresAt": "When it stops working; null: never.",
    "ApiKeyView.name": "The key's name.",
    "NewApiKeyView.name": "The key's name.",
    "ApiKeyInput.name": "What the key is for. The audit trail shows it.",
    "ApiKeyPatch.name": "What the key is for. The audit trail shows it.",
    "actor": "Who did it: the username, or the name of the API key.",
    "permissions": "What it allows. Permission to write includes permission to read.",
    "RoleView.name": "The role's name.",
    "RoleInput.name": "The role's name, compared without case and accents.",
    "RolePatch.name": "The role's name, compared without case and accents.",
    "profile": "What the user says about themselves.",
    "displayName": "The name that the user wants to be called by.",
    "email": "The email address.",
    "emailVerified": "Whether the user has followed a link that was sent to this email address.",
    "to": "The email address that it is for.",
    "template": "What the message is about.",
    "totpEnabled": "Whether logins need a code of the user's second factor.",
    "totpCode": "A code from the app, or a recovery code. Needed once the account has a second factor.",
    "SecondFactorSetup.code": "A code of the active second factor, if there is one.",
    "SecondFactorCode.code": "A code from the app that was set up.",
    "SecondFactorRemoval.code": "A code from the app, or a recovery code.",
    "SecondFactorSecretView.secret": "The secret in base 32, to type into an app. Shown once.",
    "uri": "The secret as an `otpauth:` URI, as apps read it from a QR code.",
    "qrCode": "The URI as a QR code: an SVG image in a `data:` URI.",
    "recoveryCodes": "Codes that each replace a code from the app once. Shown once.",
    "MessageView.subject": "The subject of the mail.",
    "PasswordResetRequest.username": "The username, or the email address.",
    "PasswordResetRequest.email": "The email address, in place of `username`.",
    "token": "The token of the link in the mail. A secret.",
    "attempts": "The number of attempts.",
    "MessageView.error": "Why the last attempt failed.",
    "password": "The password.",
    "currentPassword": "The current password.",
    "newPassword": "The new password.",
    "active": "Whether it can be used: a user logs in, a product is sold, a promo code applies.",
    "cartToken": "Sent as the header `Cart-Token`. A secret, shown once.",
    "cart": "The cart.",
    "exportedAt": "When the document was made.",
    "account": "The account.",
    "addresses": "The saved addresses.",
    "UserExport.orders": "The orders, the newest first.",
    "sessions": "The sessions that the shop has stored.",
    "UserExport.messages": "The messages to the user that the shop has stored, without their text, newest first.",
    "endedAt": "When it ended; null while it is open.",
    "LoginView.cart": "The result of merging the guest's cart; absent if none was merged.",
    "SignedUpView.cart": "The result of merging the guest's cart; absent if none was merged.",
    "merged": "The guest's cart was merged into the account's, and deleted.",
    "adjusted": "The lines that got fewer units than both carts had together.",
    "wanted": "The units that both carts had together.",
    "got": "The units in the account's cart now; 0 if the line was dropped.",
    "orderToken": "Sent as the header `Order-Token`: it gives access to this order. A secret.",
    **CATALOGUE_DESCRIPTIONS,
    **ORDER_DESCRIPTIONS,
    **SELLING_DESCRIPTIONS,
    **IMPORT_DESCRIPTIONS,
    **SETUP_DESCRIPTIONS,
    **FIGURE_DESCRIPTIONS,
    # Audit
    "action": "What was done.",
    "subject": "What it was done to.",
    # Webhooks
    "WebhookInput.url": "Where events are delivered to: https, and in a public network.",
    "WebhookPatch.url": "Where events are delivered to: https, and in a public network.",
    "WebhookView.url": "Where events are delivered to.",
    "WebhookWithSecretView.url": "Where events are delivered to.",
    "events": "The types of events that it receives: a type, a group such as `order.*`, or `*`.",
    "WebhookInput.description": "What it is for.",
    "WebhookPatch.description": "What it is for.",
    "WebhookView.description": "What it is for.",
    "WebhookWithSecretView.description": "What it is for.",
    "WebhookWithSecretView.secret": "Signs the messages. Shown once.",
    "eventId": "The event's id.",
    "eventType": "The event's type.",
    "DeliveryView.id": "The delivery's id, which every attempt sends as `webhook-id`.",
    "DeliveryView.status": "Whether it has arrived, was given up, or is still attempted.",
    "responseStatus": "The status that the receiver answered the last attempt with; null if it did not answer.",
    "DeliveryView.error": "Why the last attempt failed.",
    "dueAt": "When the next attempt is due; null once it is finished.",
    "finishedAt": "When it arrived or was given up.",
    # Events
    "EventView.type": "What happened.",
    "EventView.subject": "What the event is about.",
    "EventView.data": "The subject as it was right after the change, as administrators see it.",
    "EventSubject.type": "The kind of thing.",
    "EventSubject.id": "Its id in the API; of a promo code, the code.",
    "next": "The cursor after which to continue.",
    "before": "The changed fields before the change; null if the subject was created.",
    "after": "The changed fields after the change; null if the subject was deleted.",
    # Miscellaneous
    "ok": "Always true.",
    "received": "Always true: the event need not be sent again.",
    "error": "What went wrong.",
    "Problem.code": "What went wrong, for a program.",
    "Problem.message": "What went wrong, for a person.",
    "details": "Details of the error: for invalid input, the reason by field.",
    "Health.status": "The health of the process.",
    "degraded": "Optional systems that do not respond.",
    "clockOffsetSeconds": "By how many seconds the shop's clock is ahead, where it is moved for tests.",
}

_PATH_PARAMETERS: Final = {
    "shipping_zone_id": "The zone's id.",
    "shipping_method_id": "The method's id.",
    "tax_rate_id": "The rate's id.",
    "key_id": "The API key's id.",
    "media_id": "The picture's id.",
    "import_id": "The import's id.",
    "webhook_id": "The webhook's id.",
    "delivery_id": "The delivery's id.",
    "message_id": "The message's id.",
    "role_id": "The role's id.",
    "product_id": "The product's id.",
    "variant_id": "The variant's id.",
    "item_id": "The item's id: `itemId` of the line.",
    "category_id": "The category's id.",
    "slug": "A current or former slug of a product.",
    "order_id": "The order's id.",
    "address_id": "The saved address's id.",
    "client_secret": "The payment's client secret.",
    "username": "The user's name, compared without case.",
    "code": "The promo code, compared without case.",
}
_SEGMENT: Final = "^[^/]+$"


def describe_fields(schemas: dict[str, Any]) -> None:
    """Add a description to every field that lacks one."""
    for component, schema in schemas.items():
        kind = "Page" if component.startswith("Page") else component
        for name, field in schema.get("properties", {}).items():
            text = _DESCRIPTIONS.get(f"{kind}.{name}", _DESCRIPTIONS.get(name))
            if text is not None and "description" not in field:
                field["description"] = text


def describe_path_parameters(operation: dict[str, Any]) -> None:
    """Add descriptions to path parameters, and state that each is a single path segment."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["schema"].setdefault("pattern", _SEGMENT)
            if text := _PATH_PARAMETERS.get(parameter["name"]):
                parameter.setdefault("description", text)
