"""Notifications to accounts, other than faxes, voicemails, and ports (`kapi_notifications.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pivotkit.events.base import Notification

if TYPE_CHECKING:
    from pivotkit.events.fields import Gregorian, Object, Objects, Texts


@dataclass(frozen=True, kw_only=True)
class CallNotification(Notification):
    """A notification about a call."""

    call_id: str | None = None

    @property
    def about(self) -> str:
        """The call's ID."""
        return self.call_id or ""


@dataclass(frozen=True, kw_only=True)
class AccountZoneChange(Notification):
    """An account moved to other zones."""

    zones: Object = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class BillReminder(Notification):
    """A bill is due at `due_date`."""

    due_date: Gregorian | None = None
    items: Objects = ()
    payment_token: Object = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class LowBalance(Notification):
    """An account's balance fell below its threshold."""

    current_balance: float | None = None


@dataclass(frozen=True, kw_only=True)
class NewAccount(Notification):
    """An account was created. `account_api_key` grants access to it."""

    account_api_key: str | None = None
    account_name: str | None = None
    account_realm: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceAdded(Notification):
    """Services were added to an account's plan."""

    audit_log: Object = MappingProxyType({})
    items: Objects = ()


@dataclass(frozen=True, kw_only=True)
class Topup(Notification):
    """An account was topped up, or the attempt failed: `success` is then false."""

    add_ons: Objects = ()
    amount: float | None = None
    billing_address: Object = MappingProxyType({})
    card_last_four: str | None = None
    currency_code: str | None = None
    discounts: Objects = ()
    id: str | None = None
    purchase_order: str | None = None
    response: str | None = None
    success: bool | None = None
    tax_amount: float | None = None


@dataclass(frozen=True, kw_only=True)
class Transaction(Notification):
    """A charge was made, or the attempt failed: `success` is then false."""

    add_ons: Objects = ()
    amount: float | None = None
    billing_address: Object = MappingProxyType({})
    card_last_four: str | None = None
    currency_code: str | None = None
    discounts: Objects = ()
    id: str | None = None
    purchase_order: str | None = None
    response: str | None = None
    service_plan: str | None = None
    success: bool | None = None
    tax_amount: float | None = None


@dataclass(frozen=True, kw_only=True)
class CfNotification(CallNotification):
    """A notification sent by a callflow's action `notification`."""

    call_bridged: bool | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    comments: str | None = None
    from_realm: str | None = None
    from_user: str | None = None
    message_left: bool | None = None
    notification_media: Texts = ()
    notify: Object = MappingProxyType({})
    template_id: str | None = None
    to_realm: str | None = None
    to_user: str | None = None


@dataclass(frozen=True, kw_only=True)
class NumberFeatureManualAction(Notification):
    """A number feature must be set up manually."""

    feature: str | None = None
    number: str | None = None


@dataclass(frozen=True, kw_only=True)
class CnamRequest(Notification):
    """A change of a number's caller name (CNAM) was requested."""

    acquired_for: str | None = None
    cnam: Object = MappingProxyType({})
    local_number: bool | None = None
    number: str | None = None
    number_state: str | None = None
    request: Object = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class DeniedEmergencyBridge(CallNotification):
    """An emergency call was denied."""

    emergency_caller_id_name: str | None = None
    emergency_caller_id_number: str | None = None
    outbound_caller_id_name: str | None = None
    outbound_caller_id_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class EmergencyBridge(CallNotification):
    """An emergency call was made."""

    account_name: str | None = None
    authorizing_id: str | None = None
    device_name: str | None = None
    emergency_address_city: str | None = None
    emergency_address_latitude: str | None = None
    emergency_address_longitude: str | None = None
    emergency_address_postal_code: str | None = None
    emergency_address_region: str | None = None
    emergency_address_street_1: str | None = None
    emergency_address_street_2: str | None = None
    emergency_caller_id_name: str | None = None
    emergency_caller_id_number: str | None = None
    emergency_notfication_contact_emails: Texts = ()
    emergency_test_call: bool | None = None
    emergency_to_did: str | None = None
    outbound_caller_id_name: str | None = None
    outbound_caller_id_number: str | None = None
    owner_id: str | None = None
    user_email: str | None = None
    user_first_name: str | None = None
    user_last_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Deregister(Notification):
    """A device's registration ended. `call_id` is its SIP Call-ID, not that of a call."""

    authorizing_id: str | None = None
    call_id: str | None = None
    contact: str | None = None
    event_timestamp: Gregorian | None = None
    expires: int | None = None
    freeswitch_hostname: str | None = None
    from_host: str | None = None
    from_user: str | None = None
    network_ip: str | None = None
    network_port: str | None = None
    presence_hosts: Texts = ()
    profile_name: str | None = None
    realm: str | None = None
    rpid: str | None = None
    status: str | None = None
    suppress_unregister_notify: bool | None = None
    to_host: str | None = None
    to_user: str | None = None
    user_agent: str | None = None
    username: str | None = None


@dataclass(frozen=True, kw_only=True)
class FirstOccurrence(Notification):
    """An account's first call or registration; `occurrence` says which of the two."""

    occurrence: str | None = None


@dataclass(frozen=True, kw_only=True)
class MissedCall(CallNotification):
    """A call that no one answered. `notify` contains its hang-up cause."""

    call_bridged: bool | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    from_realm: str | None = None
    from_user: str | None = None
    message_left: bool | None = None
    notify: Object = MappingProxyType({})
    to_realm: str | None = None
    to_user: str | None = None


@dataclass(frozen=True, kw_only=True)
class Register(Notification):
    """A device registered. `call_id` is its SIP Call-ID, not that of a call."""

    authorizing_id: str | None = None
    authorizing_type: str | None = None
    call_id: str | None = None
    contact: str | None = None
    event_timestamp: Gregorian | None = None
    expires: int | None = None
    from_host: str | None = None
    from_user: str | None = None
    network_ip: str | None = None
    network_port: str | None = None
    owner_id: str | None = None
    realm: str | None = None
    suppress_unregister_notify: bool | None = None
    to_host: str | None = None
    to_user: str | None = None
    user_agent: str | None = None
    username: str | None = None


@dataclass(frozen=True, kw_only=True)
class SystemAlert(Notification):
    """A problem of the cluster. It belongs to no account, so no hook receives it."""

    details: Object = MappingProxyType({})
    line: int | None = None
    message: str | None = None
    module: str | None = None
    pid: str | None = None
    request_id: str | None = None
    section: str | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerUpdate(Notification):
    """A message from a reseller to its customers."""

    databag: Object = MappingProxyType({})
    recipient_id: str | None = None
    template_id: str | None = None
    user_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewUser(Notification):
    """A user was created. `password` is the initial password in plain text."""

    password: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PasswordRecovery(Notification):
    """A password reset was requested. Anyone with `password_reset_link` can log in."""

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    password_reset_link: str | None = None
    timezone: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(Notification):
    """KAZOO disabled the hook `hook_id` because too many deliveries failed."""

    hook_id: str | None = None
