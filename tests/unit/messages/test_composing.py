"""Mails have exactly their own headers, whatever texts and addresses contain."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from shop.adapters.mail.composing import composed
from shop.adapters.mail.folder import FolderMailer
from shop.adapters.mail.memory import MemoryMailer
from shop.application.ports.messages import AddressUnusable, Mail, MailNotAccepted, MailText
from shop.settings.mail import Sender
from shop.testing import START

pytestmark = pytest.mark.anyio

SENDER = Sender("Zoë's Shop", "shop@shop.example")
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


def mail(recipient: str = "ada@example.com", subject: str = "Hello", **text: str) -> Mail:
    texts = {"plain": "Plain ✓\n", "html": "<p>HTML ✓</p>", **text}
    return Mail("0199d3a1.0", recipient, MailText(subject, **texts), START)


def test_a_mail_has_its_texts_and_headers() -> None:
    read = message_from_bytes(composed(mail(), SENDER).as_bytes(), policy=policy.default)
    assert read["From"].addresses[0].display_name == "Zoë's Shop"
    assert read["From"].addresses[0].addr_spec == "shop@shop.example"
    assert read["To"] == "ada@example.com"
    assert read["Message-ID"] == "<0199d3a1.0@shop.example>"
    assert read["Date"].datetime == START
    plain, html = read.iter_parts()
    assert plain.get_content() == "Plain ✓\r\n"
    assert html.get_content() == "<p>HTML ✓</p>\r\n"
    assert sorted(read.keys()) == sorted(HEADERS)


@pytest.mark.parametrize(
    "end", ["\r\n", "\n", "\r", "\0", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"]
)
class TestInjection:
    def test_a_subject_adds_no_header(self, end: str) -> None:
        hostile = mail(subject=f"Order{end}Bcc: eve@example.com{end}{end}<p>Body")
        read = message_from_bytes(composed(hostile, SENDER).as_bytes(), policy=policy.default)
        assert sorted(read.keys()) == sorted(HEADERS)
        assert read["Subject"] == "Order Bcc: eve@example.com <p>Body"

    def test_a_sender_s_name_adds_no_header(self, end: str) -> None:
        hostile = Sender(f"Shop{end}Bcc: eve@example.com", "shop@shop.example")
        read = message_from_bytes(composed(mail(), hostile).as_bytes(), policy=policy.default)
        assert sorted(read.keys()) == sorted(HEADERS)
        assert read["From"].addresses[0].addr_spec == "shop@shop.example"

    @pytest.mark.parametrize("address", ["ada@example.com{0}Bcc: eve@example.com", "ada{0}@example.com"])
    def test_an_address_adds_no_header_and_no_recipient(self, end: str, address: str) -> None:
        with pytest.raises(AddressUnusable):
            composed(mail(address.format(end)), SENDER)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        "ada@example..com",
        "ada@-example.com",
        f"{'a' * 65}@example.com",
        "ädä@example.com",
    ],
)
def test_unusable_addresses_are_refused(address: str) -> None:
    with pytest.raises(AddressUnusable):
        composed(mail(address), SENDER)


def test_international_domains_travel_in_ascii() -> None:
    assert composed(mail("ada@müller.example"), SENDER)["To"] == "ada@xn--mller-kva.example"


async def test_a_folder_gets_one_file_per_mail(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "mail"
    mailer = FolderMailer(folder, SENDER)
    await mailer.send(mail())
    await mailer.send(mail(plain="The same mail again.\n"))
    (file,) = folder.iterdir()
    assert file.name == "0199d3a1.0.eml"
    assert b"The same mail again." in file.read_bytes()
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_a_folder_that_can_not_be_written_accepts_no_mail(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MailNotAccepted):
        await FolderMailer(tmp_path / "file", SENDER).send(mail())


async def test_the_memory_mailer_accepts_and_refuses_what_a_mail_server_would() -> None:
    mailer = MemoryMailer(SENDER)
    await mailer.send(mail())
    with pytest.raises(AddressUnusable):
        await mailer.send(mail("ada"))
    mailer.reachable = False
    with pytest.raises(MailNotAccepted):
        await mailer.send(mail())
    assert [sent.recipient for sent in mailer.sent] == ["ada@example.com"]
