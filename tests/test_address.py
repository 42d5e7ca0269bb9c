"""Links lead to where the node listens, whatever a command knows of that."""

from pathlib import Path

from drawbridge.address import note_port, pages_url


def test_links_lead_to_the_port_of_the_last_start(tmp_path: Path) -> None:
    note_port(tmp_path, 8081)
    note_port(tmp_path, 8082)

    assert pages_url(None, tmp_path, 8080) == "http://localhost:8082"


def test_before_the_first_start_links_lead_to_the_port_that_is_set(tmp_path: Path) -> None:
    assert pages_url(None, tmp_path / "new", 8080) == "http://localhost:8080"


def test_a_note_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("")

    assert pages_url(None, tmp_path, 8080) == "http://localhost:8080"


def test_a_public_url_goes_before_any_port(tmp_path: Path) -> None:
    note_port(tmp_path, 8081)

    assert pages_url("https://ai.example.com", tmp_path, 8080) == "https://ai.example.com"


def test_a_start_goes_on_where_the_port_cannot_be_noted(tmp_path: Path) -> None:
    note_port(tmp_path / "missing", 8081)

    assert pages_url(None, tmp_path / "missing", 8080) == "http://localhost:8080"
