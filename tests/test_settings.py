"""Settings are read from the environment, and a wrong one is named with what it takes."""

from pathlib import Path

import pytest

from drawbridge.settings import SettingError, load_settings


@pytest.mark.parametrize(
    ("variable", "written", "advice"),
    [
        ("DRAWBRIDGE_PORT", "abc", "a whole number from 0 to 65535"),
        ("DRAWBRIDGE_PORT", "99999", "from 0 to 65535"),
        ("DRAWBRIDGE_WORKERS", "0", "from 1 to 256"),
        ("DRAWBRIDGE_CALL_TIMEOUT_S", "inf", "a number"),
        ("DRAWBRIDGE_CALL_TIMEOUT_S", "nan", "a number"),
        ("DRAWBRIDGE_FIND_PROVIDERS", "maybe", "yes or no"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(variable: str, written: str, advice: str) -> None:
    with pytest.raises(SettingError) as caught:
        load_settings({"DRAWBRIDGE_DATA": "/d", variable: written})

    assert variable in caught.value.message
    assert repr(written) in caught.value.message
    assert advice in caught.value.message


def test_the_master_key_file_may_begin_at_home() -> None:
    settings = load_settings({"DRAWBRIDGE_DATA": "/d", "DRAWBRIDGE_MASTER_KEY_FILE": "~/key"})

    assert settings.master_key_file == Path.home() / "key"


def test_a_relative_master_key_file_does_not_depend_on_later_folders() -> None:
    settings = load_settings({"DRAWBRIDGE_DATA": "/d", "DRAWBRIDGE_MASTER_KEY_FILE": "key"})

    assert settings.master_key_file == Path.cwd() / "key"


def test_vendor_keys_in_the_environment_can_be_left_alone() -> None:
    assert load_settings({"DRAWBRIDGE_DATA": "/d"}).find_providers
    assert not load_settings({"DRAWBRIDGE_DATA": "/d", "DRAWBRIDGE_FIND_PROVIDERS": "no"}).find_providers
