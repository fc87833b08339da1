"""The checklist before a shop opens: one function per item."""

from datetime import datetime, timedelta
from typing import Final

from shop.application.messages.views import MessageView
from shop.application.setup.views import ChecklistId, ChecklistItemView, ConfiguredView, MailKind
from shop.domain.messages.message import MessageStatus
from shop.domain.pricing.selling_rules import SellingRules

BACKUP_AGE: Final = timedelta(days=7)
"""An older backup counts as none."""


def payments(configured: ConfiguredView) -> ChecklistItemView:
    if configured.payments_live:
        return _item(ChecklistId.PAYMENTS, True, "Payments are live.")
    return _item(
        ChecklistId.PAYMENTS,
        False,
        "Payments are in test mode: no card is charged. Set SHOP_PAYMENTS and live keys.",
    )


def provider_webhook(arrived_at: datetime | None) -> ChecklistItemView:
    """Check that a provider's webhooks arrive. `arrived_at` is when the last one did; None if never."""
    if arrived_at is not None:
        return _item(ChecklistId.PROVIDER_WEBHOOK, True, "The payment provider's webhooks arrive.")
    return _item(
        ChecklistId.PROVIDER_WEBHOOK,
        False,
        "No webhook of the payment provider has arrived yet. Add the endpoint in its dashboard and pay a test order.",
    )


def mail(configured: ConfiguredView, newest: list[MessageView]) -> ChecklistItemView:
    """Check that e-mail is sent. `newest` are the latest messages, newest first."""
    last = next((message for message in newest if message.attempts), None)
    if configured.mail is MailKind.OFF:
        done, message = (
            False,
            "E-mail is off: buyers get no messages, and passwords can't be reset. Set SHOP_MAIL.",
        )
    elif configured.mail is MailKind.FOLDER:
        done, message = False, "E-mail is written to a folder and not sent. Set SHOP_MAIL to a mail server."
    elif last is None:
        done, message = (
            False,
            "No e-mail has been sent yet. Ask for a new password, to see whether one arrives.",
        )
    elif last.status is not MessageStatus.SENT:
        done, message = False, "The last e-mail could not be sent. Its error is in the list of messages."
    else:
        done, message = True, "E-mail is sent."
    return _item(ChecklistId.MAIL, done, message, "messages")


def address(configured: ConfiguredView) -> ChecklistItemView:
    if configured.url is None:
        return _item(ChecklistId.ADDRESS, False, "Links in e-mails lead to this machine. Set SHOP_URL.")
    if not configured.url.startswith("https://"):
        return _item(ChecklistId.ADDRESS, False, "SHOP_URL is not https: browsers warn about the shop.")
    return _item(ChecklistId.ADDRESS, True, f"Buyers reach the shop at {configured.url}.")


def tax(rules: SellingRules) -> ChecklistItemView:
    if rules.tax_rates:
        return _item(ChecklistId.TAX, True, "Tax rates are set up.", "taxes")
    return _item(ChecklistId.TAX, False, "There is no tax rate: orders are not taxed.", "taxes")


def shipping(rules: SellingRules) -> ChecklistItemView:
    if any(method.active for method in rules.methods):
        return _item(ChecklistId.SHIPPING, True, "A shipping method is active.", "shipping")
    return _item(
        ChecklistId.SHIPPING, False, "No shipping method is active: shipping is not charged.", "shipping"
    )


def pages(configured: ConfiguredView) -> ChecklistItemView:
    if configured.footer_pages:
        return _item(ChecklistId.PAGES, True, "The footer links to your pages.")
    return _item(
        ChecklistId.PAGES,
        False,
        "The footer has no imprint, terms, returns or privacy page. Put Markdown files in a folder: SHOP_PAGES.",
    )


def second_factor(configured: ConfiguredView, *, own: bool) -> ChecklistItemView:
    """Check second factors. `own` says whether the caller has one."""
    if not own:
        return _item(ChecklistId.SECOND_FACTOR, False, "Your account has no second factor.", "second-factor")
    if not configured.staff_need_second_factor:
        message = "Your account has a second factor. SHOP_STAFF_TOTP=required asks all staff for one."
        return _item(ChecklistId.SECOND_FACTOR, True, message, "second-factor")
    return _item(ChecklistId.SECOND_FACTOR, True, "All staff need a second factor.", "second-factor")


def backup(taken_at: datetime | None, now: datetime, *, embedded: bool) -> ChecklistItemView:
    """Check backups. `taken_at` is the time of an embedded database's last backup; None if there is none."""
    if not embedded:
        message = (
            "The shop can't see backups of a database server: check yours, and restore one for practice."
        )
        return _item(ChecklistId.BACKUP, None, message)
    if taken_at is None:
        message = "There is no backup yet. Run shop backup FILE every day."
        return _item(ChecklistId.BACKUP, False, message)
    if now - taken_at > BACKUP_AGE:
        message = f"The last backup is older than {BACKUP_AGE.days} days. Run shop backup FILE every day."
        return _item(ChecklistId.BACKUP, False, message)
    return _item(ChecklistId.BACKUP, True, f"The last backup was taken on {taken_at:%Y-%m-%d}.")


def _item(
    item_id: ChecklistId, done: bool | None, message: str, link: str | None = None
) -> ChecklistItemView:
    return ChecklistItemView(item_id, done, message, link)
