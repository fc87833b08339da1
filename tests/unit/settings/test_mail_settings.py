"""Settings of mail."""

from pathlib import Path

import pytest

from shop.settings import (
    Configuration,
)
from shop.settings.mail import MailFolder, SmtpServer, mail_target
from tests.unit.settings.reading import SERVER, problems, settings


class TestMail:
    def test_an_embedded_shop_writes_mail_beside_its_database(self, folder: Path) -> None:
        chosen = settings({"SHOP_DATABASE_URL": "sqlite:////srv/data/shop.db"}, folder, to_serve=False)
        assert chosen.mail_folder == Path("/srv/data/mail")
        assert chosen.base_url == "http://127.0.0.1:8000"
        assert Configuration.read({}, folder).warnings_to_serve() == []

    def test_other_databases_have_mail_off_with_a_warning(self, folder: Path) -> None:
        assert settings(SERVER, folder).mail is None
        with_keys = {**SERVER, "SHOP_SECRET_KEYS": "k" * 32}
        assert Configuration.read(with_keys, folder).warnings_to_serve() == [
            "SHOP_MAIL is not set: no e-mail is sent, and forgotten passwords can't be reset. Set it to off to end "
            "this warning."
        ]
        assert Configuration.read({**with_keys, "SHOP_MAIL": "off"}, folder).warnings_to_serve() == []

    def test_other_databases_have_no_keys_with_a_warning(self, folder: Path) -> None:
        assert Configuration.read({**SERVER, "SHOP_MAIL": "off"}, folder).warnings_to_serve() == [
            "SHOP_SECRET_KEYS is not set: guests can't buy, and webhooks and second factors can't be set up. Set it "
            "to a secret of 32 bytes or more."
        ]

    def test_mail_needs_an_address_for_links_a_sender_and_keys(self, folder: Path) -> None:
        mail = {"SHOP_MAIL": "smtp://mail.example"}
        assert problems({**SERVER, **mail}, folder) == [
            "SHOP_MAIL_FROM must be set while SHOP_MAIL is on.",
            "SHOP_URL must be set while SHOP_MAIL is on.",
            "SHOP_SECRET_KEYS must be set while SHOP_MAIL is on.",
        ]
        assert problems(mail, folder) == ["SHOP_MAIL_FROM must be set while SHOP_MAIL is on."]

    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("smtp://mail.example", SmtpServer("mail.example", 587, tls=False)),
            ("smtps://mail.example/", SmtpServer("mail.example", 465, tls=True)),
            (
                "smtp://ada%40example.com:p%3Aw@mail.example:2525",
                SmtpServer("mail.example", 2525, tls=False, username="ada@example.com", password="p:w"),
            ),
            ("/var/mail/shop", MailFolder(Path("/var/mail/shop"))),
            ("OFF", None),
        ],
    )
    def test_mail_targets_are_parsed(self, text: str, target: object) -> None:
        assert mail_target(text) == target

    @pytest.mark.parametrize(
        ("variable", "text"),
        [
            *(
                ("SHOP_MAIL", text)
                for text in (
                    "http://x",
                    "smtp://",
                    "smtp://ada@x",
                    "smtp://x:0",
                    "smtp://x:99999",
                    "smtp://x/y",
                )
            ),
            *(("SHOP_MAIL_FROM", text) for text in ("shop", "Shop <shop>", "a@b.example\nBcc: c@d.example")),
            ("SHOP_OWNER_EMAIL", "owner"),
            *(("SHOP_URL", text) for text in ("shop.example", "ftp://x", "https://x/?q=1", "https://x/#y")),
            *(
                ("SHOP_LINK_RESET", text)
                for text in (
                    "{SHOP_URL}/reset",
                    "{SHOP_URL}/reset?token={token}",
                    "{SHOP_URL}/{token}#{token}",
                    "/reset#{token}",
                    "{SHOP_URL}/{id}#{token}",
                    "{SHOP_URL}/#{token",
                    "{SHOP_URL}/#{token.__class__}",
                )
            ),
            ("SHOP_MAIL_TEMPLATES", "/no/such/folder"),
            ("SHOP_MAILS_PER_HOUR", "0"),
        ],
    )
    def test_unusable_values_are_refused(self, variable: str, text: str, folder: Path) -> None:
        (problem,) = problems({variable: text}, folder)
        assert problem.startswith(f"{variable} must be ")

    def test_the_password_of_the_mail_server_is_masked(self, folder: Path) -> None:
        given = {"SHOP_MAIL": "smtp://ada:hidden@mail.example", "SHOP_MAIL_FROM": "shop@shop.example"}
        assert "hidden" not in Configuration.read(given, folder).entries["mail"].shown
        assert "hidden" not in repr(settings(given, folder, to_serve=False))
