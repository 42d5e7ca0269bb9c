import pytest

from drawbridge.config.errors import DocumentError
from drawbridge.gateway.entries import ModelEntry, ProviderEntry, traits_of
from drawbridge.gateway.providers.presets import PRESETS
from tests.config.documents import EXAMPLE, read


def complaints(text: str) -> list[str]:
    with pytest.raises(DocumentError) as raised:
        read(text)
    return [str(problem) for problem in raised.value.problems]


def test_the_example_is_read() -> None:
    document = read(EXAMPLE)

    assert list(document.entries) == ["service_accounts", "users", "providers", "deployments", "models"]
    assert document.entries["models"]["gpt-5"] == ModelEntry(route=("gpt-5-main",))


def test_an_entry_without_settings_may_be_left_empty() -> None:
    assert list(read("version: 1\nusers:\n  ana:\n").entries["users"]) == ["ana"]


def test_a_section_may_be_left_empty() -> None:
    assert read("version: 1\nmodels:\n").entries == {}


def test_a_key_given_twice_is_named_with_both_lines() -> None:
    text = "version: 1\nusers:\n  ana: {}\n  ben: {}\n  ana: {}\n"

    assert complaints(text) == ["drawbridge.yaml:5: users.ana: 'ana' is given twice; it stands in line 3 already."]


def test_a_tab_is_answered_with_what_to_write_in_its_place() -> None:
    (complaint,) = complaints("version: 1\nusers:\n\tana: {}\n")

    assert complaint.startswith("drawbridge.yaml:3: This is no YAML:")
    assert complaint.endswith("Indent with spaces, not with tabs.")


def test_a_setting_that_does_not_exist_is_named_with_its_line_and_the_one_that_was_meant() -> None:
    text = (
        "version: 1\nproviders:\n  lab:\n    preset: vllm\n    base-url: http://lab/v1\n    base_url: http://lab/v1\n"
    )

    (complaint,) = complaints(text)

    assert complaint.startswith("drawbridge.yaml:5: providers.lab.base-url: there is no setting 'base-url' here.")
    assert "Allowed: preset, base_url, dialects, credential, quirks, models, region." in complaint
    assert complaint.endswith("Did you mean 'base_url'?")


def test_a_section_that_does_not_exist_is_named() -> None:
    (complaint,) = complaints("version: 1\nprovider: {}\n")

    assert complaint.startswith("drawbridge.yaml:2: provider: there is no setting 'provider' here.")
    assert complaint.endswith("Did you mean 'providers'?")


def test_an_unknown_preset_is_named_with_those_that_exist() -> None:
    (complaint,) = complaints("version: 1\nproviders:\n  x: {preset: opnai}\n")

    assert "drawbridge.yaml:3: providers.x.preset: 'opnai' is not allowed here." in complaint
    assert f"Allowed: {', '.join(sorted(PRESETS))}." in complaint
    assert "Did you mean 'openai'?" in complaint


def test_an_unknown_dialect_is_named_with_its_own_line() -> None:
    text = (
        "version: 1\nproviders:\n  x:\n    preset: openai\n    dialects:\n      - openai-chat\n      - openai-chats\n"
    )

    (complaint,) = complaints(text)

    assert complaint.startswith("drawbridge.yaml:7: providers.x.dialects[1]: 'openai-chats' is not allowed here.")


def test_an_unknown_quirk_is_named() -> None:
    (complaint,) = complaints("version: 1\nproviders:\n  x: {preset: openai, quirks: {usage_in_streams: asked}}\n")

    assert "providers.x.quirks.usage_in_streams" in complaint
    assert "Did you mean 'usage_in_stream'?" in complaint


def test_every_mistake_is_named_at_once_in_the_order_of_the_file() -> None:
    text = "version: 2\nusers:\n  ana: {name: Ana}\nmodels:\n  m: {route: a}\ndeployments:\n  d: {provider: 3}\n"

    assert [complaint.split(" ")[0] for complaint in complaints(text)] == [
        "drawbridge.yaml:1:",
        "drawbridge.yaml:3:",
        "drawbridge.yaml:5:",
        "drawbridge.yaml:7:",
        "drawbridge.yaml:7:",
    ]


def test_a_number_where_text_is_meant_asks_for_quotes() -> None:
    (complaint,) = complaints("version: 1\ndeployments:\n  d: {provider: p, upstream_model: 4.1}\n")

    assert complaint.endswith("must be text that is not empty, not the number 4.1 (for text, put it in quotes).")


@pytest.mark.parametrize("mark", ["\\0", "\\n", "\\e", "\\t", "\\ud800"])
def test_text_that_no_line_can_show_is_refused_wherever_it_stands(mark: str) -> None:
    text = f"""\
version: 1
users: {{ana: {{display_name: "a{mark}"}}}}
providers:
  x:
    preset: openai
    credential: {{file: "/run/{mark}key"}}
    quirks: {{model_patterns: ["a{mark}"], pricing_id: "{mark}"}}
  y: {{preset: openai, credential: {{stored: "a{mark}"}}}}
deployments: {{d: {{provider: "x{mark}", upstream_model: "a{mark}b"}}}}
models: {{m: {{route: ["d{mark}"]}}}}
"""

    found = complaints(text)

    assert len(found) == 8
    assert all(complaint.endswith("cannot be shown in a line: leave them out.") for complaint in found)
    assert all(complaint.isprintable() for complaint in found)


@pytest.mark.parametrize("mark", ["\\0", "\\n", "\\e", "\\ud800"])
def test_names_and_settings_that_no_line_can_show_are_refused_in_a_line(mark: str) -> None:
    for text in (f'users: {{"a{mark}": {{}}}}', f'users: {{ana: {{"a{mark}": 1}}}}', f'"a{mark}": 1'):
        for complaint in complaints(f"version: 1\n{text}\n"):
            assert complaint.isprintable()


@pytest.mark.parametrize("name", ["on", "Off", "yes", "NO"])
def test_a_name_that_only_old_yaml_takes_for_true_or_false_is_a_name(name: str) -> None:
    assert list(read(f"version: 1\nusers:\n  {name}: {{}}\n").entries["users"]) == [name]


@pytest.mark.parametrize("name", ["1.5", "2024-01-01", "true", "~", "[a]"])
def test_a_name_that_yaml_reads_as_something_else_asks_for_quotes(name: str) -> None:
    (complaint,) = complaints(f"version: 1\nusers:\n  {name}: {{}}\n")

    assert complaint.startswith("drawbridge.yaml:3: users: ")
    assert "put it in quotes" in complaint


@pytest.mark.parametrize("name", ["", "a b", "-a", "a\\n", "ä", "a" * 201])
def test_a_name_that_urls_and_logs_cannot_hold_is_refused(name: str) -> None:
    (complaint,) = complaints(f'version: 1\nusers:\n  "{name}": {{}}\n')

    assert "is no name" in complaint


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: &x [*x]\n",
        "? {a: 1}\n: 2\n",
        "a: !!python/object:os.system {}",
        "\x00",
        "[" * 3000,
        "version: 1\nusers: {a: {display_name: 2024-13-45}}",
        "a: !!int x",
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_a_message(text: str) -> None:
    assert complaints(text)


def test_aliases_that_multiply_are_refused() -> None:
    levels = "".join(f"  - &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9))

    (complaint,) = complaints("version: 1\nusers:\n  - &l0 [x]\n" + levels)

    assert "repeats itself" in complaint


def test_an_alias_stands_for_what_it_names() -> None:
    text = "version: 1\nusers:\n  ana: &someone {display_name: A}\n  ben: *someone\n"

    entries = read(text).entries["users"]

    assert entries["ana"] == entries["ben"]


def test_a_file_without_content_says_how_to_begin() -> None:
    assert complaints("") == ["drawbridge.yaml: The file must begin with `version: 1`."]


def test_a_version_that_is_not_known_is_refused() -> None:
    assert "reads version 1" in complaints("version: 2\n")[0]
    assert "is missing" in complaints("users: {}\n")[0]


@pytest.mark.parametrize(
    "provider",
    [
        "{preset: openai, credential: sk-live-1234}",
        "{preset: openai, credential: {env: sk-live-1234}}",
        "{preset: openai, credential: {file: sk-live-1234}}",
        "{preset: openai, credential: [sk-live-1234]}",
        "{preset: openai, quirks: sk-live-1234}",
    ],
)
def test_a_credential_in_the_wrong_place_is_not_repeated_in_the_message(provider: str) -> None:
    (complaint,) = complaints(f"version: 1\nproviders:\n  x: {provider}\n")

    assert "sk-live" not in complaint


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        ("{dialects: [gemini]}", "'base_url' is missing"),
        ("{preset: vllm}", "'base_url' is missing: preset vllm needs it"),
        ("{base_url: http://x/v1}", "'dialects' is missing"),
        ("{preset: openai, dialects: []}", "is empty"),
        ("{preset: openai, base_url: 'ftp://x'}", "must be an http:// or https:// URL"),
        ("{preset: openai, base_url: 'http:///v1'}", "must be an http:// or https:// URL"),
        ("{preset: openai, base_url: 'http://a:b@x/v1'}", "no user name or password"),
        ("{preset: openai, base_url: 'http://x/v1?key=1'}", "must end with the path"),
        ("{preset: openai, base_url: 'http://x/v1?'}", "must end with the path"),
        ("{preset: openai, base_url: 'http://x/v1#'}", "must end with the path"),
        ("{preset: openai, base_url: 'http://x:99999/v1'}", "is no URL"),
        ("{preset: rehearsal, base_url: 'http://x/v1'}", "has no meaning"),
        ("{preset: openai, base_url: 'rehearsal:'}", "must be an http:// or https:// URL"),
        ("{preset: openai, credential: {}}", "exactly one of env, file, stored"),
        ("{preset: openai, credential: {env: A, file: /b}}", "exactly one of env, file, stored"),
        ("{preset: ollama, credential: {env: A}}", "would never be sent"),
        ("{preset: ollama, models: any}", "needs to know which names"),
        ("{preset: openai, quirks: {max_body_bytes: 0}}", "a whole number of at least 1"),
        ("{preset: openai, models: all}", "Allowed: any."),
        ("{preset: azure}", "needs it, such as https://RESOURCE.openai.azure.com/openai/v1."),
        ("{preset: llama-cpp}", "needs it, such as http://localhost:8081/v1."),
    ],
)
def test_a_provider_that_contradicts_itself_is_refused(provider: str, message: str) -> None:
    (complaint,) = complaints(f"version: 1\nproviders:\n  x: {provider}\n")

    assert complaint.startswith("drawbridge.yaml:3: providers.x")
    assert message in complaint


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ("[]", "is empty"),
        ("[a, a]", "is on the route already"),
        ("[a, {deployment: a, weight: 2}]", "is on the route already"),
        ("[{deployment: a, weight: 0}]", "a whole number of at least 1"),
        ("[{deployment: a, weight: true}]", "not true"),
        ("[{deployment: a, wieght: 2}]", "Did you mean 'weight'?"),
        ("[3]", "must be text that is not empty or a mapping with deployment, weight"),
    ],
)
def test_a_route_that_makes_no_sense_is_refused(route: str, message: str) -> None:
    (complaint,) = complaints(f"version: 1\nmodels:\n  m: {{route: {route}}}\n")

    assert message in complaint


def test_a_hosted_vendor_may_be_open_to_any_model_without_claiming_names() -> None:
    text = "version: 1\nproviders:\n  x: {preset: groq, models: any}\n"

    entry = read(text).entries["providers"]["x"]

    assert isinstance(entry, ProviderEntry)
    assert traits_of(entry.preset, entry.quirks).model_patterns == ()


def test_a_provider_may_be_open_to_any_model() -> None:
    text = "version: 1\nproviders:\n  x: {preset: ollama, models: any, quirks: {model_patterns: ['']}}\n"

    entry = read(text).entries["providers"]["x"]

    assert isinstance(entry, ProviderEntry)
    assert entry.models == "any"
