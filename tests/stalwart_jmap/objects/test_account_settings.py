from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stalwart_jmap import (
    AccountSettings,
    Cipher,
    Encrypted,
    NotEncrypted,
    NotJson,
    PublicKeyId,
    SetError,
    StalwartError,
    Unknown,
    account_settings,
)
from stalwart_jmap.objects.account_settings import encryption_to_wire

if TYPE_CHECKING:
    from library_kit import Person

pytestmark = pytest.mark.anyio


async def settings_of(person: Person) -> AccountSettings:
    call = account_settings.get_call()
    settings = account_settings.parse((await person.client.call(call))[call])
    assert settings is not None
    return settings


async def test_each_property_is_set_by_itself(alice: Person) -> None:
    refusals = [
        await account_settings.set_description(alice.client, "Alice Ärger"),
        await account_settings.set_locale(alice.client, "de_DE"),
        await account_settings.set_time_zone(alice.client, "Europe/Berlin"),
        await account_settings.set_encryption(alice.client, NotEncrypted()),
    ]

    assert refusals == [None] * 4
    assert await settings_of(alice) == AccountSettings(
        description="Alice Ärger", locale="de_DE", time_zone="Europe/Berlin", encryption=NotEncrypted()
    )


async def test_name_and_time_zone_can_be_cleared(alice: Person) -> None:
    await account_settings.set_time_zone(alice.client, "Europe/Berlin")

    assert await account_settings.set_time_zone(alice.client, None) is None
    assert await account_settings.set_description(alice.client, "") is None
    settings = await settings_of(alice)
    assert (settings.description, settings.time_zone) == (None, None)


async def test_an_unknown_language_is_refused(alice: Person) -> None:
    refusal = await account_settings.set_locale(alice.client, "xx_XX")

    assert isinstance(refusal, SetError)
    assert refusal.type == "invalidPatch"


async def test_encryption_to_a_missing_key_is_refused_and_names_it(alice: Person) -> None:
    encryption = Encrypted(cipher=Cipher.AES256, public_key=PublicKeyId("i0eilcgcabab"))

    refusal = await account_settings.set_encryption(alice.client, encryption)

    assert isinstance(refusal, SetError)
    assert refusal.type == "invalidForeignKey"
    assert refusal.object_id is not None
    assert refusal.object_id.id == "i0eilcgcabab"
    assert (await settings_of(alice)).encryption == NotEncrypted()


@pytest.mark.parametrize("cipher", [*Cipher, Unknown("Kyber1024")])
def test_encryption_survives_the_wire_also_when_its_cipher_is_unknown(cipher: Cipher | Unknown) -> None:
    encryption = Encrypted(cipher=cipher, public_key=PublicKeyId("k"), encrypt_on_append=True, allow_spam_training=True)
    entry = {"id": "singleton", "encryptionAtRest": encryption_to_wire(encryption)}

    settings = account_settings.parse({"list": [entry]})

    assert settings is not None
    assert settings.encryption == encryption


def test_an_account_without_settings_has_none() -> None:
    assert account_settings.parse({"list": [], "notFound": ["singleton"]}) is None


@pytest.mark.parametrize("encryption", [{}, {"@type": "Aes256"}, {"@type": 5}])
def test_encryption_that_cannot_be_read_is_never_taken_for_off(encryption: dict[str, Any]) -> None:
    with pytest.raises(NotJson):
        account_settings.parse({"list": [{"id": "singleton", "encryptionAtRest": encryption}]})


@given(
    st.dictionaries(
        st.sampled_from(["description", "locale", "timeZone", "encryptionAtRest"]),
        st.none()
        | st.text()
        | st.dictionaries(
            st.sampled_from(["@type", "publicKey", "encryptOnAppend"]), st.none() | st.booleans() | st.text()
        ),
    )
)
def test_no_entry_ends_in_anything_but_our_errors(entry: dict[str, Any]) -> None:
    try:
        settings = account_settings.parse({"list": [{"id": "singleton", **entry}]})
    except StalwartError:
        return

    assert settings is not None
