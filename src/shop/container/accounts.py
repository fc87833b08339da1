"""Wiring of the accounts room."""

from typing import Final

from dependency_injector import providers

from shop.adapters.security.one_time_codes import TotpCodes
from shop.adapters.security.passwords import load_common_passwords
from shop.adapters.security.secrets import KeyringDigests
from shop.adapters.security.tokens import JwtAccessTokens
from shop.application.accounts.address_book import AddAddress, RemoveAddress, ReplaceAddress
from shop.application.accounts.administration import ChangeUser, CloseAccount, CloseOwnAccount
from shop.application.accounts.api_key_authentication import ApiKeyAuthentication
from shop.application.accounts.api_keys import ChangeApiKey, CreateApiKey, RevokeApiKey
from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.customer_export import ExportCustomers
from shop.application.accounts.email_verification import RequestEmailVerification, VerifyEmail
from shop.application.accounts.exporting import ExportOwnData
from shop.application.accounts.logging_in import LogIn, LogOut, RefreshSession
from shop.application.accounts.own_account import ChangePassword, UpdateProfile
from shop.application.accounts.password_check import PasswordCheck
from shop.application.accounts.password_reset import (
    RequestPasswordReset,
    ResetPassword,
    SendRequestedResets,
)
from shop.application.accounts.purging import PurgeExpiredSessions
from shop.application.accounts.roles import ChangeRole, CreateRole, DeleteRole
from shop.application.accounts.second_factor_check import SecondFactorCheck
from shop.application.accounts.second_factors import (
    ConfirmSecondFactor,
    DisableSecondFactor,
    RemoveSecondFactor,
    SetUpSecondFactor,
)
from shop.application.accounts.setting_passwords import SetPassword
from shop.application.accounts.signing_up import CreateAccount, CreateAdmin, SignUp
from shop.application.carts.cart import GetCart
from shop.application.carts.merging import MergeCarts
from shop.application.framework.secret_answers import SecretAnswers
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.accounts import AddressBookQueries, ApiKeyQueries, RoleQueries, UserQueries
from shop.application.ports.logins import PasswordHasher
from shop.application.ports.messages import MessageQueries
from shop.application.ports.orders import OrderQueries
from shop.container.room import Dependencies, Room


class Accounts(Room):
    """Accounts, logins and the administration of users."""

    user_queries = providers.Dependency(instance_of=UserQueries)
    address_book_queries = providers.Dependency(instance_of=AddressBookQueries)
    role_queries = providers.Dependency(instance_of=RoleQueries)
    api_key_queries = providers.Dependency(instance_of=ApiKeyQueries)
    passwords = providers.Dependency(instance_of=PasswordHasher)

    merge_carts = providers.Dependency(instance_of=MergeCarts)
    get_cart = providers.Dependency(instance_of=GetCart)
    order_queries = providers.Dependency(instance_of=OrderQueries)
    message_queries = providers.Dependency(instance_of=MessageQueries)
    payment_providers = providers.Dependency(instance_of=PaymentProviders)

    secret_answers = providers.Singleton(SecretAnswers, box=Room.secret_box)
    common_passwords = providers.Singleton(load_common_passwords)
    access_tokens = providers.Singleton(
        JwtAccessTokens,
        secret=Room.settings.provided.jwt_secret,
        lifetime=Room.settings.provided.access_token_ttl,
        clock=Room.clock,
        ids=Room.ids,
    )
    api_key_authentication = providers.Singleton(
        ApiKeyAuthentication, queries=api_key_queries, unit_of_work=Room.unit_of_work, clock=Room.clock
    )
    authenticate = providers.Singleton(
        Authenticate,
        access_tokens=access_tokens,
        user_queries=user_queries,
        clock=Room.clock,
        api_key_authentication=api_key_authentication,
        shared=Room.shared_reads,
        staff_need_second_factor=Room.settings.provided.staff_need_second_factor,
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
        record=Room.record_events,
    )
    sign_up = providers.Singleton(SignUp, create_account=create_account, merge_carts=merge_carts)
    create_admin = providers.Singleton(CreateAdmin, create_account=create_account)
    _setting_passwords: Final[Dependencies] = {
        "unit_of_work": Room.unit_of_work,
        "passwords": passwords,
        "common_passwords": common_passwords,
        "queue_message": Room.queue_message,
        "clock": Room.clock,
    }
    set_password = providers.Singleton(SetPassword, **_setting_passwords, audit=Room.audit)
    one_time_codes = providers.Singleton(TotpCodes, Room.settings.provided.mail_from.display_name)
    second_factor_check = providers.Singleton(
        SecondFactorCheck,
        unit_of_work=Room.unit_of_work,
        codes=one_time_codes,
        secret_box=Room.secret_box,
        digests=providers.Singleton(KeyringDigests, Room.settings.provided.secret_keys),
        clock=Room.clock,
    )
    set_up_second_factor = providers.Singleton(
        SetUpSecondFactor,
        unit_of_work=Room.unit_of_work,
        password_check=password_check,
        second_factor_check=second_factor_check,
        codes=one_time_codes,
        secret_box=Room.secret_box,
        secret_answers=secret_answers,
        clock=Room.clock,
        ids=Room.ids,
    )
    confirm_second_factor = providers.Singleton(
        ConfirmSecondFactor,
        unit_of_work=Room.unit_of_work,
        second_factor_check=second_factor_check,
        secret_answers=secret_answers,
        authenticate=authenticate,
        clock=Room.clock,
        ids=Room.ids,
    )
    disable_second_factor = providers.Singleton(
        DisableSecondFactor,
        unit_of_work=Room.unit_of_work,
        password_check=password_check,
        second_factor_check=second_factor_check,
        authenticate=authenticate,
        clock=Room.clock,
    )
    remove_second_factor = providers.Singleton(
        RemoveSecondFactor, unit_of_work=Room.unit_of_work, audit=Room.audit
    )
    log_in = providers.Singleton(
        LogIn,
        unit_of_work=Room.unit_of_work,
        password_check=password_check,
        second_factor_check=second_factor_check,
        passwords=passwords,
        access_tokens=access_tokens,
        clock=Room.clock,
        ids=Room.ids,
        merge_carts=merge_carts,
        refresh_lifetime=Room.settings.provided.refresh_token_ttl,
    )
    refresh_session = providers.Singleton(
        RefreshSession,
        unit_of_work=Room.unit_of_work,
        authenticate=authenticate,
        access_tokens=access_tokens,
        clock=Room.clock,
        digests=Room.digests,
        merge_carts=merge_carts,
        refresh_lifetime=Room.settings.provided.refresh_token_ttl,
    )
    log_out = providers.Singleton(
        LogOut, unit_of_work=Room.unit_of_work, authenticate=authenticate, clock=Room.clock
    )
    update_profile = providers.Singleton(
        UpdateProfile, unit_of_work=Room.unit_of_work, queue_message=Room.queue_message
    )
    change_password = providers.Singleton(
        ChangePassword,
        **_setting_passwords,
        password_check=password_check,
        authenticate=authenticate,
    )
    request_password_reset = providers.Singleton(
        RequestPasswordReset,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        ids=Room.ids,
        digests=Room.digests,
    )
    send_requested_resets = providers.Singleton(
        SendRequestedResets,
        unit_of_work=Room.unit_of_work,
        queue_message=Room.queue_message,
        limits=Room.mail_limits,
    )
    reset_password = providers.Singleton(
        ResetPassword,
        **_setting_passwords,
        authenticate=authenticate,
    )
    request_email_verification = providers.Singleton(
        RequestEmailVerification,
        unit_of_work=Room.unit_of_work,
        queue_message=Room.queue_message,
        limits=Room.mail_limits,
        clock=Room.clock,
    )
    verify_email = providers.Singleton(
        VerifyEmail, unit_of_work=Room.unit_of_work, clock=Room.clock, digests=Room.digests
    )
    add_address = providers.Singleton(
        AddAddress,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        ids=Room.ids,
        terms=Room.address_terms,
    )
    replace_address = providers.Singleton(
        ReplaceAddress, unit_of_work=Room.unit_of_work, terms=Room.address_terms
    )
    remove_address = providers.Singleton(RemoveAddress, unit_of_work=Room.unit_of_work)
    change_user = providers.Singleton(
        ChangeUser,
        unit_of_work=Room.unit_of_work,
        authenticate=authenticate,
        clock=Room.clock,
        audit=Room.audit,
    )
    create_role = providers.Singleton(
        CreateRole,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
    )
    change_role = providers.Singleton(
        ChangeRole, unit_of_work=Room.unit_of_work, authenticate=authenticate, audit=Room.audit
    )
    delete_role = providers.Singleton(DeleteRole, unit_of_work=Room.unit_of_work, audit=Room.audit)
    create_api_key = providers.Singleton(
        CreateApiKey,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
        secret_answers=secret_answers,
    )
    change_api_key = providers.Singleton(
        ChangeApiKey,
        unit_of_work=Room.unit_of_work,
        api_key_authentication=api_key_authentication,
        clock=Room.clock,
        audit=Room.audit,
    )
    revoke_api_key = providers.Singleton(
        RevokeApiKey,
        unit_of_work=Room.unit_of_work,
        api_key_authentication=api_key_authentication,
        clock=Room.clock,
        audit=Room.audit,
    )
    close_own_account = providers.Singleton(
        CloseOwnAccount,
        unit_of_work=Room.unit_of_work,
        authenticate=authenticate,
        clock=Room.clock,
        audit=Room.audit,
        record=Room.record_events,
    )
    close_account = providers.Singleton(
        CloseAccount,
        unit_of_work=Room.unit_of_work,
        authenticate=authenticate,
        clock=Room.clock,
        audit=Room.audit,
        record=Room.record_events,
    )
    export_own_data = providers.Singleton(
        ExportOwnData,
        users=user_queries,
        address_books=address_book_queries,
        get_cart=get_cart,
        orders=order_queries,
        payment_providers=payment_providers,
        messages=message_queries,
        clock=Room.clock,
    )
    purge_expired_sessions = providers.Singleton(
        PurgeExpiredSessions, unit_of_work=Room.unit_of_work, clock=Room.clock
    )
    export_customers = providers.Singleton(ExportCustomers, queries=user_queries)
