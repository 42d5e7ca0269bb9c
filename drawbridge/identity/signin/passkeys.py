"""Passkeys: registered for an account, and shown to sign in without naming it first.

W3C Web Authentication, Level 3 (read 2026-11-23): discoverable credentials, with the person verified by the device.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import webauthn
from webauthn.helpers import options_to_json_dict, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from drawbridge.core.ids import uuid7
from drawbridge.identity.signin.challenges import Challenge
from drawbridge.identity.signin.errors import PasskeyRefusedError
from drawbridge.identity.signin.records import Account, Passkey, PasskeyId
from drawbridge.identity.signin.site import Place

# Any: JSON between a browser's authenticator and the library that reads it.
Json = dict[str, Any]

_OURS: Final = "Drawbridge"
_UNREADABLE: Final = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)
"""What the library raises for what a browser sends that is no answer of an authenticator."""
_TRANSPORTS: Final = frozenset(transport.value for transport in AuthenticatorTransport)


def registration_options(place: Place, account: Account, present: list[Passkey], challenge: Challenge) -> Json:
    """Return what a browser is to register a passkey with. One that the account has already is not offered again."""
    options = webauthn.generate_registration_options(
        rp_id=place.name,
        rp_name=_OURS,
        user_id=account.id.bytes,
        user_name=account.email,
        user_display_name=account.display_name or account.email,
        challenge=challenge.nonce,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in present],
    )
    return options_to_json_dict(options)


def authentication_options(place: Place, challenge: Challenge, offered: list[Passkey] | None = None) -> Json:
    """Return what a browser is to show a passkey for: one of `offered`, or with None any that it has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=place.name,
        challenge=challenge.nonce,
        allow_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in offered or ()],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser says to a challenge."""

    challenge: str
    """The word that it was given."""
    credential: Json


def register(place: Place, account: Account, challenge: Challenge, credential: Json) -> Passkey:
    """Return the passkey that a browser has registered, without a name yet. Raises PasskeyRefusedError."""
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge.nonce,
            expected_rp_id=place.name,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise PasskeyRefusedError("The passkey could not be registered: begin again, in one window.") from error
    told = credential["response"].get("transports") or ()
    return Passkey(
        id=PasskeyId(uuid7()),
        account_id=account.id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=tuple(sorted(_TRANSPORTS.intersection(word for word in told if isinstance(word, str)))),
        name="",
        created_at=account.created_at,
        last_used_at=None,
        cloned_at=None,
    )


def named(passkey: Passkey, name: str, now: datetime) -> Passkey:
    """Return a new passkey with its name and date."""
    return replace(passkey, name=name, created_at=now)


def shown_credential_id(credential: Json) -> bytes | None:
    """Return which passkey a browser says that it shows; None for what is no answer."""
    try:
        return parse_authentication_credential_json(credential).raw_id
    except _UNREADABLE:
        return None


def shown_count(place: Place, challenge: Challenge, credential: Json, passkey: Passkey) -> int | None:
    """Return the counter of a passkey that was shown rightly; None for any other answer.

    Whether the counter has gone back is for the caller to tell: a right signature tells a copy from a wrong answer.
    """
    try:
        read = parse_authentication_credential_json(credential)
        if read.response.user_handle not in (None, passkey.account_id.bytes):
            return None
        return webauthn.verify_authentication_response(
            credential=read,
            expected_challenge=challenge.nonce,
            expected_rp_id=place.name,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        ).new_sign_count
    except _UNREADABLE:
        return None


def is_copy(passkey: Passkey, count: int) -> bool:
    """Tell whether a counter shows that there are two of a passkey (section 6.1.1). Passkeys without one show 0."""
    return (count > 0 or passkey.sign_count > 0) and count <= passkey.sign_count
