"""The rules for users, sessions and failed logins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.accounts.credentials import (
    UsernameTaken,
    check_new_account,
    check_new_password,
    email_key,
    username_key,
    usernames_from,
)
from shop.domain.accounts.role import Role
from shop.domain.accounts.session import InvalidRefreshToken, Session
from shop.domain.accounts.user import LastAdmin, User
from shop.domain.errors import ValidationFailed

NOW = datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)
ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
COMMON = frozenset({"password123"})


def user(**fields: Any) -> User:
    values = {"username": "Ada", "password_hash": "hash", "role": Role.CUSTOMER, "created_at": NOW, **fields}
    return User(id=ID, **values)


def refused(**fields: Any) -> set[str]:
    """The fields that a sign-up with these values is refused for."""
    values = {"username": "ada", "password": "correct horse", "display_name": None, "email": None, **fields}
    try:
        check_new_account(**values, common_passwords=COMMON)
    except ValidationFailed as refusal:
        return set(refusal.details)
    return set()


class TestRules:
    @pytest.mark.parametrize("username", ["ada", "A.d_a-1", "...", "x" * 50, "deleted-scenes", "0123"])
    def test_valid_usernames(self, username: str) -> None:
        assert refused(username=username) == set()

    @pytest.mark.parametrize(
        "username",
        ["", "ad", "x" * 51, "a b", "ada\n", " ada", "\u0430da", "a@b", "a/b", "ada\x00", "٣٣٣", "\uff41da"],
    )
    def test_invalid_usernames(self, username: str) -> None:
        assert refused(username=username) == {"username"}
        assert username_key(username) is None

    def test_the_form_of_closed_accounts_is_reserved(self) -> None:
        for username in ("deleted-" + "0f" * 16, "DELETED-" + "0F" * 16):
            with pytest.raises(UsernameTaken):
                check_new_account(username, "correct horse", None, None, COMMON)

    @pytest.mark.parametrize(
        "password", ["12345678x", "x" * 8, "x" * 256, "пароль пароль", " " * 8, "a\tb\nc\u2028d✓"]
    )
    def test_valid_passwords(self, password: str) -> None:
        assert refused(password=password) == set()

    @pytest.mark.parametrize("password", ["", "x" * 7, "x" * 257, "password123", "PASSWORD123"])
    def test_invalid_passwords(self, password: str) -> None:
        assert refused(password=password) == {"password"}
        with pytest.raises(ValidationFailed) as refusal:
            check_new_password(password, COMMON, "new_password")
        assert set(refusal.value.details) == {"new_password"}
        assert password == "" or password not in str(refusal.value)

    @pytest.mark.parametrize(
        "email",
        [
            "a@b.co",
            "Ada.Love+shop@mail.example.com",
            "x" * 64 + "@example.com",
            "o'neil@example.org",
            "a@1-2.de",
        ],
    )
    def test_valid_email_addresses(self, email: str) -> None:
        assert refused(email=email) == set()
        assert email_key(email) == email.lower()

    @pytest.mark.parametrize(
        "email",
        [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "ada@example..com",
            "ada@-example.com",
            ".ada@example.com",
            "a..b@example.com",
            "a b@example.com",
            "a@b@example.com",
            " ada@example.com",
            "ada@example.com\n",
            "ada@exam\x00ple.com",
            "x" * 65 + "@example.com",
            "ada@" + "x" * 64 + ".com",
            "ada@" + "x." * 125 + "com",
            "<ada@example.com>",
        ],
    )
    def test_invalid_email_addresses(self, email: str) -> None:
        assert refused(email=email) == {"email"}
        assert email_key(email) is None

    def test_an_overlong_address_is_validated_quickly(self) -> None:
        assert refused(email="a." * 500_000 + "@" + "b-" * 500_000) == {"email"}

    @pytest.mark.parametrize(
        ("name", "fine"),
        [("A", True), ("Ada ✓", True), ("x" * 100, True), ("x" * 100 + "\n", True), ("a\x00b", True)]
        + [(name, False) for name in ("", " ", "\u3000", "x" * 101, "\x07", "\N{SOFT HYPHEN}")],
    )
    def test_display_names(self, name: str, fine: bool) -> None:
        assert refused(display_name=name) == (set() if fine else {"display_name"})

    @given(st.text())
    def test_usernames_and_addresses_never_overlap(self, text: str) -> None:
        assert username_key(text) is None or email_key(text) is None


class TestUser:
    def test_a_changed_profile_gets_the_next_version(self) -> None:
        changed = user().change_profile("Ada L", "Ada@Example.com")
        assert (changed.display_name, changed.email, changed.version) == ("Ada L", "Ada@Example.com", 2)
        assert changed.email_key == "ada@example.com"
        assert changed.change_profile("Ada L", "Ada@Example.com") is changed

    def test_a_profile_keeps_the_rules(self) -> None:
        with pytest.raises(ValidationFailed) as refusal:
            user().change_profile("", "x")
        assert set(refusal.value.details) == {"profile.displayName", "profile.email"}

    def test_a_password_changes_nothing_that_is_shown(self) -> None:
        assert user().change_password("other") == user(password_hash="other")

    @pytest.mark.parametrize(
        ("role", "active"), [(Role.CUSTOMER, True), (Role.ADMIN, False), (Role.CUSTOMER, False)]
    )
    def test_the_last_active_admin_keeps_their_rights(self, role: Role, active: bool) -> None:
        admin = user(role=Role.ADMIN)
        with pytest.raises(LastAdmin):
            admin.change_rights(role, active=active, other_active_admins=0)
        changed = admin.change_rights(role, active=active, other_active_admins=1)
        assert (changed.role, changed.active, changed.version) == (role, active, 2)

    def test_users_other_than_active_admins_can_lose_all_rights(self) -> None:
        for somebody in (user(), user(role=Role.ADMIN, active=False)):
            somebody.close(NOW, other_active_admins=0)
            somebody.change_rights(Role.CUSTOMER, active=False, other_active_admins=0)

    def test_the_last_active_admin_cannot_be_removed(self) -> None:
        with pytest.raises(LastAdmin):
            user(role=Role.ADMIN).close(NOW, other_active_admins=0)

    def test_closing_leaves_nothing_personal(self) -> None:
        admin = user(role=Role.ADMIN, display_name="Ada L", email="ada@example.com")
        closed = admin.close(NOW, other_active_admins=1)
        assert closed == User(
            id=ID,
            username="deleted-" + ID.replace("-", ""),
            password_hash=None,
            role=Role.CUSTOMER,
            created_at=NOW,
            active=False,
            closed_at=NOW,
            version=2,
        )

    def test_a_closed_account_stays_closed(self) -> None:
        closed = user().close(NOW, other_active_admins=0)
        for verb in (
            lambda: closed.close(NOW, other_active_admins=1),
            lambda: closed.change_password("hash"),
            lambda: closed.change_rights(Role.ADMIN, active=True, other_active_admins=1),
            lambda: closed.change_profile("Ada", None),
        ):
            with pytest.raises(AssertionError):
                verb()

    def test_the_password_hash_is_not_in_the_repr(self) -> None:
        assert "secret" not in repr(user(password_hash="secret"))


class TestSession:
    session = Session(
        id=ID, user_id=ID, refresh_digest=bytes(32), created_at=NOW, expires_at=NOW + timedelta(days=30)
    )

    def test_a_refresh_extends_it(self) -> None:
        at = NOW + timedelta(days=30) - timedelta(microseconds=1)
        refreshed = self.session.refresh(b"x" * 32, at, timedelta(days=30))
        assert (refreshed.refresh_digest, refreshed.expires_at) == (b"x" * 32, at + timedelta(days=30))

    @pytest.mark.parametrize(
        ("successor", "seconds", "answers"),
        [(b"x", 0, True), (b"x", 30, True), (b"x", 30.000001, False), (b"y", 0, False)],
    )
    def test_the_immediate_predecessor_is_accepted_for_30_seconds(
        self, successor: bytes, seconds: float, answers: bool
    ) -> None:
        refreshed = self.session.refresh(b"x" * 32, NOW, timedelta(days=30))
        assert refreshed.may_repeat_refresh(successor * 32, NOW + timedelta(seconds=seconds)) is answers

    def test_a_session_that_was_ended_or_never_rotated_has_no_predecessor(self) -> None:
        refreshed = self.session.refresh(b"x" * 32, NOW, timedelta(days=30))
        assert not replace(refreshed, revoked_at=NOW).may_repeat_refresh(b"x" * 32, NOW)
        assert not self.session.may_repeat_refresh(bytes(32), NOW)

    def test_ended_sessions_are_not_refreshed(self) -> None:
        revoked = Session(
            id=ID,
            user_id=ID,
            refresh_digest=bytes(32),
            created_at=NOW,
            expires_at=NOW + timedelta(days=30),
            revoked_at=NOW,
        )
        for ended, at in ((self.session, self.session.expires_at), (revoked, NOW)):
            with pytest.raises(InvalidRefreshToken):
                ended.refresh(bytes(32), at, timedelta(days=30))


@pytest.mark.parametrize(
    ("email", "first"),
    [
        ("ada@example.com", "ada"),
        ("Ada.Lovelace@example.com", "Ada.Lovelace"),
        ("ada+news@example.com", "ada-news"),
        ("o'neil{x}@example.com", "o-neil-x"),
        ("jo@example.com", "user-jo"),
        ("+@example.com", "user"),
        ("{{}}@example.com", "user"),
        (f"{'a' * 64}@example.com", "a" * 41),
        (f"deleted-{'0' * 32}@example.com", f"deleted-{'0' * 32}-2"),
    ],
)
def test_usernames_are_made_from_an_email_address(email: str, first: str) -> None:
    names = usernames_from(email, "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11")
    assert names[0] == first
    assert names[-1].endswith("-0f6f2b11")
    assert len(set(names)) == len(names) >= 9


@given(st.text(), st.uuids().map(str))
def test_derived_usernames_are_always_valid(text: str, user_id: str) -> None:
    for name in usernames_from(text, user_id):
        assert refused(username=name) == set()
