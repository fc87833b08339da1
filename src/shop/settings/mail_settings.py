"""Declarations of the settings of e-mail and of its links."""

from dataclasses import dataclass
from pathlib import Path

from shop.settings import mail as mails
from shop.settings import values
from shop.settings.mail import MailTarget, Sender
from shop.settings.setting import setting


@dataclass(frozen=True, kw_only=True)  # no slots: a class can inherit from one base with slots only
class MailSettings:
    """Where mail goes, who sends it, and where its links lead."""

    url: str | None = setting(
        "SHOP_URL",
        "The address at which buyers reach the shop, such as https://shop.example: links in e-mail begin with it. "
        "Required while e-mail is on; with the embedded database, the default is the address that the shop listens on.",
        mails.shop_url,
        "",
    )
    mail: MailTarget = setting(
        "SHOP_MAIL",
        "Where e-mail goes: smtp://USER:PASSWORD@HOST:PORT (STARTTLS), smtps:// for TLS from the start, a folder for "
        ".eml files (a relative path starts beside the embedded database), or off: no e-mail is sent.",
        mails.mail_target,
        "off",
        embedded_default="mail",
        mask=values.mask_url,
    )
    mail_from: Sender = setting(
        "SHOP_MAIL_FROM",
        "The sender of e-mail: Shop <shop@example.com>. Required with a mail server.",
        mails.sender,
        "Shop <shop@shop.example>",
    )
    owner_email: str | None = setting(
        "SHOP_OWNER_EMAIL",
        "The owner's e-mail address. The shop sends reports there that need a person's attention.",
        mails.email_address,
        "",
    )
    mail_templates: Path | None = setting(
        "SHOP_MAIL_TEMPLATES",
        "A folder with templates that replace the shop's own. A broken template stops the start.",
        mails.folder,
        "",
    )
    mails_per_hour: int = setting(
        "SHOP_MAILS_PER_HOUR",
        "Maximum number of messages of one kind per hour and order, or per hour and account.",
        values.whole_number(1, 1_000),
        "5",
    )
    link_product: str = setting(
        "SHOP_LINK_PRODUCT",
        "The address of a product's page, with {SHOP_URL} and {slug}; used in the sitemap and the product feed.",
        mails.link_with(("slug",)),
        "{SHOP_URL}/p/{slug}",
    )
    link_category: str = setting(
        "SHOP_LINK_CATEGORY",
        "The address of a category's page, with {SHOP_URL} and {slug}; used in the sitemap.",
        mails.link_with(("slug",)),
        "{SHOP_URL}/c/{slug}",
    )
    link_order: str = setting(
        "SHOP_LINK_ORDER",
        "The page of an order, with {SHOP_URL}, {id} or {number}, and {token} after a #.",
        mails.link_with((), ("id", "number", "token")),
        "{SHOP_URL}/orders/{id}#token={token}",
    )
    link_reset: str = setting(
        "SHOP_LINK_RESET",
        "The page on which a new password is chosen, with {SHOP_URL}, and {token} after a #.",
        mails.link_with(("token",)),
        "{SHOP_URL}/reset-password#token={token}",
    )
    link_verify: str = setting(
        "SHOP_LINK_VERIFY",
        "The page that confirms an e-mail address, with {SHOP_URL}, and {token} after a #.",
        mails.link_with(("token",)),
        "{SHOP_URL}/verify-email#token={token}",
    )

    @property
    def sends_mail(self) -> bool:
        """Return whether mail is on."""
        return self.mail is not None
