"""What fields and path parameters mean, by their names on the wire.

A name means one thing in the whole API. Where a component means something else by it, `Component.name` says so. Limits
stand with the types that hold them, not here.
"""

from typing import Any, Final

_DESCRIPTIONS: Final = {
    # Identity and time
    "id": "The id. It never changes.",
    "itemId": "The id of the item that is priced, stocked and bought: a product's.",
    "orderId": "The order's id.",
    "number": "The order's number, as people read it out.",
    "orderNumber": "The order's number, as people read it out.",
    "version": "The version of the resource. Sent back, it refuses a write onto a newer one.",
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
    "AdminOrderSummary.username": "The customer's name; of a closed account the one it was given when it closed.",
    "AdminRefundView.username": "The customer's name; of a closed account the one it was given when it closed.",
    "AuditEntryView.username": "Who did it, under the name that they have now.",
    "role": "What the user may do.",
    "profile": "What the user says about themselves.",
    "displayName": "The name that the user wants to be called by.",
    "email": "The email address.",
    "password": "The password.",
    "currentPassword": "The password that holds now.",
    "newPassword": "The password that is to hold from now on.",
    "active": "Whether it can be used: a user logs in, a product is sold, a promo code applies.",
    # Catalogue
    "name": "The product's name.",
    "CategoryView.name": "The category's name.",
    "ContactInput.name": "The buyer's name.",
    "ContactView.name": "The buyer's name.",
    "AddressInput.name": "The recipient's name.",
    "AddressView.name": "The recipient's name.",
    "sku": "The stock keeping unit: the shop's own name for the item, unique in the shop.",
    "description": "What the item is, in plain text.",
    "category": "The category that it is in.",
    "products": "How many active products are in it.",
    "price": "What one unit costs, in major units.",
    "compareAtPrice": "The price before a reduction, in major units. Above `price`, the product is on sale.",
    "currency": "The currency of the amounts, as an ISO 4217 code.",
    "stock": "Units that can be sold now. Units in unpaid orders are already out of it.",
    "imageUrl": "The address of a picture.",
    "change": "Units to add; below zero, units to take away.",
    "set": "The new number of units, if `expected` still holds.",
    "expected": "The number of units that the caller has seen.",
    "reason": "Why, in the words of whoever did it.",
    # Carts and prices
    "items": "The items.",
    "quantity": "How many units.",
    "available": "Whether the line could be bought as it stands. Other lines do not count in the totals.",
    "unitPrice": "What one unit costs, in major units.",
    "lineTotal": "What the line costs, in major units.",
    "OrderItemView.lineTotal": "What the line costs after its discount, in major units.",
    "subtotal": "The sum of the lines before discounts, in major units.",
    "discount": "What the promo code takes off, in major units.",
    "OrderItemView.discount": "The line's share of the order's discount, in major units.",
    "PromoCodeUseView.discount": "What the code took off, in major units.",
    "total": "What is to be paid, in major units.",
    "Page.total": "How many items there are on all pages.",
    "Page.items": "The items of this page.",
    "page": "Which page this is, counted from 1.",
    "limit": "How many items a page has.",
    "expectedTotal": "The total that the customer was shown, in major units. Any other total is refused.",
    "promoCode": "The promo code, compared without case.",
    "promoCodeProblem": "Why the promo code takes nothing off; null if it applies, and without one.",
    # Orders
    "order": "The order.",
    "status": "How it stands.",
    "statusHistory": "Every status that the order has had, oldest first.",
    "contact": "How to reach the buyer.",
    "phone": "The telephone number.",
    "shippingAddress": "Where the goods are sent.",
    "line1": "The first line of the address: street and number.",
    "line2": "The second line of the address.",
    "city": "The town or city.",
    "region": "The state, province or county.",
    "postalCode": "The postal code.",
    "country": "The country, as an ISO 3166-1 alpha-2 code.",
    "payment": "How the order is paid.",
    "provider": "Who takes the payment.",
    "clientSecret": "What the provider's own script needs to take the payment. Only its owner sees it.",
    "disputedAt": "When the customer's bank called the payment into question.",
    "refundedTotal": "What went back to the customer, in major units.",
    "itemCount": "Units of all lines.",
    "refund": "The refund.",
    "amount": "The amount, in major units.",
    "restock": "Whether the goods came back and are put into stock again.",
    "outcome": "What the customer's bank says.",
    # Promo codes
    "code": "The promo code, compared without case.",
    "PromoCodeProblem.code": "The code of the error that the checkout would answer with.",
    "PromoCodeProblem.message": "The reason, for a person.",
    "type": "What `value` means: whole per cent, or an amount.",
    "value": "Whole per cent from 1 to 100, or an amount in major units.",
    "used": "Whether nobody can use it any more: used up, or past its window.",
    "minSubtotal": "The lowest subtotal that it applies to, in major units.",
    "startsAt": "The moment from which it applies.",
    "endsAt": "The moment from which it no longer applies.",
    "usageLimit": "How often it can be used in all.",
    "perCustomerLimit": "How often one customer can use it.",
    "public": "Whether the dashboard shows it to everybody.",
    "timesUsed": "How often it was used.",
    # Figures
    "orders": "How many orders were paid.",
    "averageOrder": "What an order brought on average, in major units; null without any.",
    "averageUnitPrice": "What a unit cost on average, in major units.",
    "byMonth": "Month by month, in the shop's time zone.",
    "month": "The month.",
    "spent": "What was paid, in major units.",
    "saved": "What promo codes took off, in major units.",
    "refunded": "What came back, in major units.",
    "firstOrderAt": "When the first order was placed; null without any.",
    "lastOrderAt": "When the last order was placed; null without any.",
    "lastPurchasedAt": "When it was last bought.",
    "topItems": "The items that brought most.",
    "timeZone": "The time zone in which days begin.",
    "granularity": "How long a period of the series is.",
    "totals": "The figures of the whole time.",
    "series": "The figures period by period.",
    "period": "The first day of the period, its month or its week.",
    "itemsSold": "Units that were sold.",
    "grossRevenue": "The subtotals of the orders that were paid, in major units.",
    "discounts": "What promo codes took off, in major units.",
    "refunds": "What went back to customers, in major units.",
    "netRevenue": "Gross revenue less discounts and refunds, in major units.",
    "revenue": "Net revenue, in major units.",
    "newCustomers": "Customers who signed up.",
    "ordersByStatus": "How many of the orders that were placed in the time have which status now.",
    "lowStock": "Products that are sold out or soon will be.",
    "daysOfStockLeft": "For how many days the stock lasts at the pace of the last 30; null without sales.",
    "soldIn30Days": "Units sold in the last 30 days.",
    "promoCodes": "Promo codes.",
    "insights": "What the figures suggest.",
    "kind": "What it is about.",
    "message": "What it is, for a person.",
    "evidence": "The figures behind it.",
    "suggestion": "The request that would act on it.",
    "method": "The method of the request.",
    "path": "The path of the request.",
    "body": "The body of the request.",
    "productsAvailable": "How many products can be bought now.",
    "topSellers": "The products that sold most in the last 30 days.",
    "newest": "The products that came last.",
    "onSale": "The products that are reduced.",
    "signUp": "How to sign up, and what that offers.",
    "offers": "What an account offers.",
    # Audit
    "action": "What was done.",
    "subject": "What it was done to.",
    "before": "The fields that changed, as they were; null if there was nothing before.",
    "after": "The fields that changed, as they became; null if there is nothing left.",
    # Everything else
    "ok": "Always true: it is done.",
    "received": "Always true: the event need not be sent again.",
    "error": "What went wrong.",
    "Problem.code": "What went wrong, for a program.",
    "Problem.message": "What went wrong, for a person.",
    "details": "What went wrong in particular: for invalid input, the reason by field.",
    "Health.status": "Whether everything is well.",
    "degraded": "What does not answer and can be done without.",
}

_PATH_PARAMETERS: Final = {
    "product_id": "The product's id.",
    "item_id": "The item's id: `itemId` of the line.",
    "order_id": "The order's id.",
    "client_secret": "The payment's client secret.",
    "username": "The user's name, compared without case.",
    "code": "The promo code, compared without case.",
}
_SEGMENT: Final = "^[^/]+$"


def describe_fields(schemas: dict[str, Any]) -> None:
    """Add the description of every field that does not bring its own."""
    for component, schema in schemas.items():
        kind = "Page" if component.startswith("Page") else component
        for name, field in schema.get("properties", {}).items():
            text = _DESCRIPTIONS.get(f"{kind}.{name}", _DESCRIPTIONS.get(name))
            if text is not None and "description" not in field:
                field["description"] = text


def describe_path_parameters(operation: dict[str, Any]) -> None:
    """Add what path parameters mean, and that one is a single segment of the path."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["schema"].setdefault("pattern", _SEGMENT)
            if text := _PATH_PARAMETERS.get(parameter["name"]):
                parameter.setdefault("description", text)
