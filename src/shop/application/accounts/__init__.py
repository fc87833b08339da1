"""Accounts: signing up, logging in and out, profiles, and what admins do with users."""

from shop.application.accounts.administration import ChangeUser, CloseAccount, CloseOwnAccount, RightsChange
from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.forgetting import ForgetOldLogins
from shop.application.accounts.logging_in import Credentials, LogIn, LogOut, RefreshRequest, RefreshSession
from shop.application.accounts.own_account import (
    ChangePassword,
    PasswordChange,
    Profile,
    ProfileUpdate,
    UpdateProfile,
)
from shop.application.accounts.password_check import PasswordCheck
from shop.application.accounts.signing_up import CreateAccount, CreateAdmin, NewAccount, SignUp

__all__ = [
    "Authenticate",
    "ChangePassword",
    "ChangeUser",
    "CloseAccount",
    "CloseOwnAccount",
    "CreateAccount",
    "CreateAdmin",
    "Credentials",
    "ForgetOldLogins",
    "LogIn",
    "LogOut",
    "NewAccount",
    "PasswordChange",
    "PasswordCheck",
    "Profile",
    "ProfileUpdate",
    "RefreshRequest",
    "RefreshSession",
    "RightsChange",
    "SignUp",
    "UpdateProfile",
]
