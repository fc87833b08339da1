"""Templates: what mails say, and which replacements are refused."""

import re
from pathlib import Path

import pytest

from shop.adapters.mail.links import Links
from shop.adapters.mail.samples import SAMPLES
from shop.adapters.mail.texts import BrokenTemplate, JinjaMailTexts
from shop.domain.messages.message import Template
from shop.settings import Settings

KEY = "-" * 32
LINKS = Links(
    "https://shop.example",
    reset="{SHOP_URL}/reset#token={token}",
    verify="{SHOP_URL}/verify#token={token}",
    order="{SHOP_URL}/orders/{number}#token={token}",
)


def texts(folder: Path | None = None, links: Links = LINKS) -> JinjaMailTexts:
    return JinjaMailTexts("Tea & Cups", links, folder)


@pytest.mark.parametrize("template", Template)
def test_every_message_has_a_subject_and_two_texts(template: Template) -> None:
    assert SAMPLES[template]
    for facts in SAMPLES[template]:
        text = texts().text(template, facts, "T0K")
        assert text.subject == texts().subject(template, facts)
        assert "\n" not in text.subject
        assert "Tea & Cups" in text.plain
        assert "Tea &amp; Cups" in text.html
        link = LINKS.of(template, facts, "T0K")
        for content in (text.plain, text.html):
            assert "T0K" not in content.replace(str(link), ""), "the token stands in the link only"
            if link:
                assert link in content


def test_an_order_s_link_has_a_token_for_guests_only() -> None:
    facts = SAMPLES[Template.ORDER_PAID][0]
    guests = texts().text(Template.ORDER_PAID, facts, "T0K").plain
    assert "https://shop.example/orders/2026-000123#token=T0K" in guests
    customers = texts().text(Template.ORDER_PAID, facts, None).plain
    assert "https://shop.example/orders/2026-000123\n" in customers


def test_the_default_links_put_tokens_into_the_fragment() -> None:
    settings = Settings(jwt_secret=KEY, port=8123)
    links = Links(settings.base_url, settings.link_reset, settings.link_verify, settings.link_order)
    assert links.of(Template.PASSWORD_RESET, {}, "T0K") == "http://127.0.0.1:8123/reset-password#token=T0K"
    assert links.of(Template.VERIFY_EMAIL, {}, "T0K") == "http://127.0.0.1:8123/verify-email#token=T0K"


def test_names_are_escaped_in_html_and_verbatim_in_text() -> None:
    text = texts().text(Template.PASSWORD_RESET, {"username": "<script>x</script>"}, "T0K")
    assert "<script>" not in text.html
    assert "&lt;script&gt;" in text.html
    assert "Hello <script>x</script>," in text.plain


def test_a_subject_is_one_line() -> None:
    headline = "Late\r\nBcc: eve@example.com\u2028x\0y"
    subject = texts().subject(Template.OWNER_NOTICE, {"headline": headline, "lines": []})
    assert subject == "Late Bcc: eve@example.com x y"


def test_files_in_a_folder_replace_the_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "password_reset.txt").write_text(
        '{% extends "base.txt" %}{% block subject %}Neu{% endblock %}{% block content %}Hallo {{ username }}: '
        "{{ link }}{% endblock %}"
    )
    text = texts(tmp_path).text(Template.PASSWORD_RESET, {"username": "ada"}, "T0K")
    assert text.subject == "Neu"
    assert text.plain.startswith("Hallo ada: https://shop.example/reset#token=T0K")
    assert "Hello ada," in text.html


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("password_reset.txt", "{% block subject %}Hi{% endblock %}{% if %}"),
        ("password_reset.txt", "{% block subject %}Hi{% endblock %}{{ usrname }}"),
        ("password_reset.txt", "no subject"),
        ("order_paid.html", "{{ order.total | dollars }}"),
        ("order_paid.html", "{{ order.total | money }}"),
        ("verify_email.html", '{% include "nothing.html" %}'),
        ("verify_email.html", "{{ ''.__class__.__mro__ }}"),
        ("base.html", "{% for %}"),
        ("pasword_reset.txt", "misspelled file"),
    ],
)
def test_a_broken_template_is_named(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BrokenTemplate, match=re.escape(name)):
        texts(tmp_path)


def test_templates_can_not_reach_python(tmp_path: Path) -> None:
    (tmp_path / "verify_email.html").write_text("{{ shop.__class__.__init__.__globals__ }}")
    with pytest.raises(BrokenTemplate):
        texts(tmp_path)
