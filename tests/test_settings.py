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


@pytest.mark.parametrize("variable", ["DRAWBRIDGE_PROXY_URL", "HTTPS_PROXY", "https_proxy"])
def test_the_proxy_is_read_from_our_variable_or_the_usual_ones(variable: str) -> None:
    settings = load_settings({"DRAWBRIDGE_DATA": "/d", variable: "http://ann:s3cret@proxy.example:3128"})

    assert settings.proxy_url == "http://ann:s3cret@proxy.example:3128"
    assert "s3cret" not in repr(settings)


def test_our_own_variables_go_before_the_usual_ones() -> None:
    settings = load_settings(
        {
            "DRAWBRIDGE_DATA": "/d",
            "DRAWBRIDGE_PROXY_URL": "http://ours",
            "HTTPS_PROXY": "http://usual",
            "DRAWBRIDGE_DIRECT_HOSTS": "Ours.example, ,b.example",
            "NO_PROXY": "usual.example",
        }
    )

    assert (settings.proxy_url, settings.direct_hosts) == ("http://ours", ("ours.example", "b.example"))


@pytest.mark.parametrize("written", ["proxy.example:3128", "socks5://proxy.example", "http://", "http://ann:s3cret@"])
def test_a_proxy_that_is_no_http_url_is_named_without_its_password(written: str) -> None:
    with pytest.raises(SettingError, match="HTTPS_PROXY is no URL") as caught:
        load_settings({"DRAWBRIDGE_DATA": "/d", "HTTPS_PROXY": written})

    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize(
    "given",
    [
        ("DRAWBRIDGE_MASTER_KEY", "DRAWBRIDGE_MASTER_KEY_FILE"),
        ("DRAWBRIDGE_MASTER_KEY", "DRAWBRIDGE_MASTER_KEY_COMMAND"),
        ("DRAWBRIDGE_MASTER_KEY", "DRAWBRIDGE_MASTER_KEY_COMMAND", "DRAWBRIDGE_MASTER_KEY_FILE"),
    ],
)
def test_the_master_key_comes_from_one_place_only(given: tuple[str, ...]) -> None:
    with pytest.raises(SettingError, match=f"{' and '.join(given)} are set.*Set one of them") as caught:
        load_settings({"DRAWBRIDGE_DATA": "/d", **dict.fromkeys(given, "hunter2")})

    assert "hunter2" not in caught.value.message


def test_the_master_key_is_never_shown_and_no_provider_can_name_it_as_its_credential() -> None:
    settings = load_settings(
        {
            "DRAWBRIDGE_DATA": "/d",
            "DRAWBRIDGE_MASTER_KEY": "hunter2",
            "DRAWBRIDGE_DATABASE_URL": "postgresql://ann:hunter2@db",
            "LAB_KEY": "sk-1",
        }
    )

    assert settings.master_key == "hunter2"
    assert "LAB_KEY" in settings.environment
    assert "hunter2" not in "".join(settings.environment.values())
    assert "master_key='" not in repr(settings)
