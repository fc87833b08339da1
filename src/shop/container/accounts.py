"""Wiring of the accounts room."""

from dependency_injector import providers

from shop.adapters.security.passwords import load_common_passwords
from shop.adapters.security.tokens import JwtAccessTokens
from shop.application.accounts.administration import ChangeUser, CloseAccount, CloseOwnAccount
from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.forgetting import ForgetOldLogins
from shop.application.accounts.logging_in import LogIn, LogOut, RefreshSession
from shop.application.accounts.own_account import ChangePassword, UpdateProfile
from shop.application.accounts.password_check import PasswordCheck
from shop.application.accounts.setting_passwords import SetPassword
from shop.application.accounts.signing_up import CreateAccount, CreateAdmin, SignUp
from shop.application.ports.accounts import PasswordHasher, UserQueries
from shop.container.room import Room


class Accounts(Room):
    """Accounts, logins and the administration of users."""

    user_queries = providers.Dependency(instance_of=UserQueries)
    passwords = providers.Dependency(instance_of=PasswordHasher)

    common_passwords = providers.Singleton(load_common_passwords)
    access_tokens = providers.Singleton(
        JwtAccessTokens,
        secret=Room.settings.provided.jwt_secret,
        lifetime=Room.settings.provided.access_token_ttl,
        clock=Room.clock,
        ids=Room.ids,
    )
    authenticate = providers.Singleton(
        Authenticate,
        access_tokens=access_tokens,
        user_queries=user_queries,
        clock=Room.clock,
        shared=Room.shared_reads,
    )
    password_check = providers.Singleton(
        PasswordCheck,
        unit_of_work=Room.unit_of_work,
        passwords=passwords,
        clock=Room.clock,
        ids=Room.ids,
        digests=Room.digests,
        shared=Room.shared_reads,
    )
    create_account = providers.Singleton(
        CreateAccount,
        unit_of_work=Room.unit_of_work,
        passwords=passwords,
        common_passwords=common_passwords,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
    )
    sign_up = providers.Singleton(SignUp, create_account=create_account)
    create_admin = providers.Singleton(CreateAdmin, create_account=create_account)
    set_password = providers.Singleton(
        SetPassword,
        unit_of_work=Room.unit_of_work,
        passwords=passwords,
        common_passwords=common_passwords,
        clock=Room.clock,
        audit=Room.audit,
    )
    log_in = providers.Singleton(
        LogIn,
        unit_of_work=Room.unit_of_work,
        password_check=password_check,
        passwords=passwords,
        access_tokens=access_tokens,
        clock=Room.clock,
        ids=Room.ids,
        refresh_lifetime=Room.settings.provided.refresh_token_ttl,
    )
    refresh_session = providers.Singleton(
        RefreshSession,
        unit_of_work=Room.unit_of_work,
        authenticate=authenticate,
        access_tokens=access_tokens,
        clock=Room.clock,
        digests=Room.digests,
        refresh_lifetime=Room.settings.provided.refresh_token_ttl,
    )
    log_out = providers.Singleton(
        LogOut, unit_of_work=Room.unit_of_work, authenticate=authenticate, clock=Room.clock
    )
    update_profile = providers.Singleton(UpdateProfile, unit_of_work=Room.unit_of_work)
    change_password = providers.Singleton(
        ChangePassword,
        unit_of_work=Room.unit_of_work,
        password_check=password_check,
        passwords=passwords,
        common_passwords=common_passwords,
        authenticate=authenticate,
        clock=Room.clock,
    )
    change_user = providers.Singleton(
        ChangeUser,
        unit_of_work=Room.unit_of_work,
        authenticate=authenticate,
        clock=Room.clock,
        audit=Room.audit,
    )
    close_own_account = providers.Singleton(
        CloseOwnAccount,
        unit_of_work=Room.unit_of_work,
        authenticate=authenticate,
        clock=Room.clock,
        audit=Room.audit,
    )
    close_account = providers.Singleton(
        CloseAccount,
        unit_of_work=Room.unit_of_work,
        authenticate=authenticate,
        clock=Room.clock,
        audit=Room.audit,
    )
    forget_old_logins = providers.Singleton(ForgetOldLogins, unit_of_work=Room.unit_of_work, clock=Room.clock)
