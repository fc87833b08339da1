"""Customers sign up and log in; the owner manages them."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Accounts",
    description=(
        "Sign up, log in, and what one does with an account. The admin is there already: "
        "`shop create-admin` made it, and `ADMIN_USERNAME` and `ADMIN_PASSWORD` say who it is."
    ),
    steps=(
        Step(
            name="Sign up",
            operation="POST /api/auth/signup",
            body={
                "username": "{{USERNAME}}",
                "password": "{{USER_PASSWORD}}",
                "displayName": "Ada Lovelace",
                "email": "{{USERNAME}}@example.com",
            },
            status=201,
            note="Every run of the collection signs up a customer of its own: `USERNAME` is made anew.",
            fresh={"USERNAME": "ada"},
            expects={"user.username": "{{USERNAME}}", "user.role": "customer"},
            variants=(
                Variant(
                    name="A common password",
                    status=400,
                    body={"username": "{{USERNAME}}", "password": "password123"},
                ),
                Variant(name="The username is taken", status=409, after=True),
            ),
        ),
        Step(
            name="Sign up with an email address only",
            operation="POST /api/auth/signup",
            body={
                "name": "Grace Hopper",
                "email": "{{GRACE}}@example.com",
                "password": "{{USER_PASSWORD}}",
            },
            status=201,
            note="The username is made from the email address.",
            fresh={"GRACE": "grace"},
            expects={"user.username": "{{GRACE}}"},
        ),
        Step(
            name="Log in with an email address",
            operation="POST /api/auth/login",
            body={"email": "{{GRACE}}@example.com", "password": "{{USER_PASSWORD}}"},
            expects={"user.username": "{{GRACE}}"},
            variants=(
                Variant(
                    name="Nobody has this email address",
                    status=401,
                    body={"email": "{{GRACE}}@example.net", "password": "{{USER_PASSWORD}}"},
                ),
            ),
        ),
        Step(
            name="Sign up a second customer",
            operation="POST /api/auth/signup",
            body={"username": "{{GUEST_USERNAME}}", "password": "{{USER_PASSWORD}}"},
            status=201,
            fresh={"GUEST_USERNAME": "guest"},
            expects={"user.username": "{{GUEST_USERNAME}}"},
        ),
        Step(
            name="Log in",
            operation="POST /api/auth/login",
            body={"username": "{{USERNAME}}", "password": "{{USER_PASSWORD}}"},
            note="Fills `TOKEN_USER`, which the customer's requests send.",
            expects={"tokenType": "Bearer", "user.username": "{{USERNAME}}"},
            keeps={"TOKEN_USER": "accessToken", "REFRESH_TOKEN": "refreshToken"},
            variants=(
                Variant(
                    name="Wrong password",
                    status=401,
                    body={"username": "{{USERNAME}}", "password": "not the password"},
                ),
            ),
        ),
        Step(
            name="Log in as the admin",
            operation="POST /api/auth/login",
            body={"username": "{{ADMIN_USERNAME}}", "password": "{{ADMIN_PASSWORD}}"},
            note="Fills `TOKEN_ADMIN`, which the owner's requests send.",
            expects={"user.role": "admin"},
            keeps={"TOKEN_ADMIN": "accessToken"},
        ),
        Step(
            name="Refresh the login",
            operation="POST /api/auth/refresh",
            body={"refreshToken": "{{REFRESH_TOKEN}}"},
            expects={"user.username": "{{USERNAME}}"},
            keeps={"TOKEN_USER": "accessToken", "REFRESH_TOKEN": "refreshToken"},
            variants=(Variant(name="An unknown token", status=401, body={"refreshToken": "unknown"}),),
        ),
        Step(
            name="Who am I?",
            operation="GET /api/auth/me",
            caller=Caller.USER,
            expects={"username": "{{USERNAME}}", "profile.displayName": "Ada Lovelace"},
            keeps={"PROFILE_ETAG": "@ETag"},
        ),
        Step(
            name="Change the profile",
            operation="PUT /api/users/me",
            caller=Caller.USER,
            headers={"If-Match": "{{PROFILE_ETAG}}"},
            body={"profile": {"displayName": "Ada King", "email": "{{USERNAME}}@example.org"}},
            expects={"profile.displayName": "Ada King"},
            variants=(
                Variant(
                    name="A version of yesterday",
                    status=409,
                    body={"profile": {"displayName": "Ada"}, "version": 99},
                ),
            ),
        ),
        Step(
            name="Export own data",
            operation="GET /api/users/me/export",
            caller=Caller.USER,
            expects={"orders": [], "cart.items": []},
        ),
        Step(
            name="Change the password",
            operation="POST /api/users/me/change-password",
            caller=Caller.USER,
            headers={"Idempotency-Key": "{{PASSWORD_KEY}}"},
            body={"currentPassword": "{{USER_PASSWORD}}", "newPassword": "{{USER_PASSWORD}}, and another"},
            fresh={"PASSWORD_KEY": "password"},
            expects={"ok": True},
            variants=(
                Variant(
                    name="The current password is incorrect",
                    status=400,
                    body={"currentPassword": "not the password", "newPassword": "{{USER_PASSWORD}}"},
                ),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={
                        "currentPassword": "{{USER_PASSWORD}}",
                        "newPassword": "{{USER_PASSWORD}}, and a third",
                    },
                ),
            ),
        ),
        Step(
            name="List the users",
            operation="GET /api/users",
            caller=Caller.ADMIN,
            query={"page": "1", "limit": "10"},
            expects={"page": 1, "limit": 10},
        ),
        Step(
            name="Find users",
            operation="GET /api/users",
            caller=Caller.ADMIN,
            query={"page": "1", "search": "{{GUEST_USERNAME}}"},
            note="`search` is how a username, an email address or a display name begins.",
            expects={"total": 1, "items.0.username": "{{GUEST_USERNAME}}"},
        ),
        Step(
            name="Show a user",
            operation="GET /api/users/{username}",
            caller=Caller.ADMIN,
            places={"username": "{{GUEST_USERNAME}}"},
            expects={"username": "{{GUEST_USERNAME}}", "active": True},
        ),
        Step(
            name="Disable a user",
            operation="PATCH /api/users/{username}",
            caller=Caller.ADMIN,
            places={"username": "{{GUEST_USERNAME}}"},
            body={"active": False},
            expects={"active": False},
            variants=(
                Variant(
                    name="The last admin",
                    status=409,
                    places={"username": "{{ADMIN_USERNAME}}"},
                    body={"role": "customer"},
                ),
            ),
        ),
    ),
)
