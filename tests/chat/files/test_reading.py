"""What is made of files that people bring: their words, their pictures, or a clear word on why not."""

import io
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from drawbridge.chat.files.errors import UnreadableFileError
from drawbridge.chat.files.reading.outcome import LONGEST_SIDE, MOST_CHARACTERS, Found
from drawbridge.chat.files.reading.reader import FileReader
from tests.parts.documents import (
    image_bomb,
    letter,
    open_sheet,
    open_text,
    packed,
    pdf,
    picture,
    sheets,
    slides,
    zip_bomb,
)

_OFFICE = "application/vnd.openxmlformats-officedocument."


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 1 << 19):
        yield data[at : at + (1 << 19)]


async def _read(name: str, data: bytes, reader: FileReader | None = None) -> tuple[Found, bytes]:
    return await (reader or FileReader()).read(name, _pieces(data))


async def _why_not(name: str, data: bytes, reader: FileReader | None = None) -> str:
    with pytest.raises(UnreadableFileError) as refused:
        await _read(name, data, reader)
    return refused.value.message


@pytest.mark.parametrize(
    ("name", "data", "media_type", "words"),
    [
        ("a.md", "# Größe\n".encode(), "text/markdown", "# Größe\n"),
        ("a.txt", "Größe".encode("cp1252"), "text/plain", "Größe"),
        ("a.txt", "Größe".encode("utf-16"), "text/plain", "Größe"),
        ("a.txt", "plain and wide".encode("utf-16-le"), "text/plain", "plain and wide"),
        ("a.csv", b"a,b\n1,2\n", "text/csv", "a,b\n1,2\n"),
        ("a.json", b'{"a": 1}', "application/json", '{"a": 1}'),
        ("a.rs", b"fn main() {}", "text/plain", "fn main() {}"),
        ("a.svg", b"<svg onload='alert(1)'/>", "text/plain", "<svg onload='alert(1)'/>"),
        ("Makefile", b"all:\n\ttrue\n", "text/plain", "all:\n\ttrue\n"),
    ],
)
async def test_text_is_read_in_any_encoding(name: str, data: bytes, media_type: str, words: str) -> None:
    found, content = await _read(name, data)

    assert (found.kind, found.media_type, content.decode()) == ("text", media_type, words)
    assert found.about == {"characters": len(words)}


async def test_a_letter_is_read_with_its_headings_tables_and_notes() -> None:
    found, content = await _read("sea.docx", letter())

    assert found.media_type == _OFFICE + "wordprocessingml.document"
    assert content.decode() == "# The Sea\nIt is deep.\nVery.\nTrench | 11 km\nBox\nMeasured."


async def test_sheets_are_read_as_csv_with_dates_as_people_write_them() -> None:
    found, content = await _read("sea.xlsx", sheets())

    assert found.media_type == _OFFICE + "spreadsheetml.sheet"
    assert content.decode() == (
        '[Sheet Depths]\nWhere,,When\n"Mariana, west",10984.5,2024-01-01,2024-01-01 12:00:00,TRUE\n\n[Sheet Notes]\nSum'
    )


async def test_slides_are_read_in_their_order_with_their_notes() -> None:
    found, content = await _read("sea.pptx", slides(["First", "Second"]))

    assert found.about["pages"] == 2
    assert content.decode() == "[Slide 1]\nFirst\n[Notes]\nSay it slowly\n\n[Slide 2]\nSecond"


async def test_open_documents_are_read() -> None:
    _, text = await _read("sea.odt", open_text())
    _, sheet = await _read("sea.ods", open_sheet())

    assert text.decode() == "## The Sea\nIt  is deep."
    assert sheet.decode() == "[Table Depths]\nMariana | 11 | 11"


async def test_a_pdf_of_200_pages_is_read_page_by_page() -> None:
    found, content = await _read("book.pdf", pdf(f"This is page {number}." for number in range(1, 201)))

    words = content.decode()
    assert (found.kind, found.about["pages"]) == ("text", 200)
    assert words.startswith("[Page 1]\nThis is page 1.\n\n[Page 2]\n")
    assert words.endswith("[Page 200]\nThis is page 200.")


async def test_a_pdf_without_words_is_for_models_that_look_at_pages_unless_it_is_too_long() -> None:
    found, content = await _read("scan.pdf", pdf(["", ""]))
    why = await _why_not("scan.pdf", pdf([""] * 101))

    assert (found.kind, found.about, content) == ("pages", {"pages": 2}, b"")
    assert why.startswith("scan.pdf holds pictures of pages, without words that could be read, and is too large")


async def test_a_notebook_is_read_without_what_it_put_out() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Depths"]},
        {"cell_type": "code", "source": ["depth = 11\n", "depth"], "outputs": [{"data": {"image/png": "AAAA" * 1000}}]},
    ]

    _, content = await _read("sea.ipynb", json.dumps({"cells": cells}).encode())

    assert content.decode() == "# Depths\n\n```\ndepth = 11\ndepth\n```"


async def test_a_text_of_20_mb_is_cut_and_says_so() -> None:
    found, content = await _read("book.txt", b"sea " * (5 * 1024 * 1024))

    assert found.about == {"characters": MOST_CHARACTERS, "cut": 1}
    assert len(content) == MOST_CHARACTERS


async def test_a_photo_is_turned_upright_made_smaller_and_loses_what_the_camera_noted() -> None:
    taken = picture((4000, 3000), "JPEG", exif={0x0112: 6, 0x010F: "Camera of Ana"})
    assert b"Camera of Ana" in taken

    found, content = await _read("photo.jpg", taken)

    assert (found.kind, found.media_type) == ("image", "image/jpeg")
    assert (found.about["width"], found.about["height"]) == (3000, 4000)
    assert b"Camera of Ana" not in content
    with Image.open(io.BytesIO(content)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (LONGEST_SIDE * 3 // 4, LONGEST_SIDE))
        assert not shown.getexif()


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGBA"), ("GIF", "RGB"), ("WEBP", "RGBA"), ("BMP", "RGB")])
async def test_what_was_drawn_is_shown_as_it_is(form: str, mode: str) -> None:
    found, content = await _read("drawn", picture(form=form, mode=mode))

    assert found.kind == "image"
    with Image.open(io.BytesIO(content)) as shown:
        assert (shown.format, shown.size, shown.mode) == ("PNG", (40, 20), mode)


async def test_an_image_that_would_fill_the_memory_is_refused() -> None:
    assert await _why_not("bomb.png", image_bomb()) == (
        "bomb.png has too many pixels: an image has at most 64 million."
    )
    assert await _why_not("bomb.png", image_bomb(9_000)) == (
        "bomb.png has too many pixels: an image has at most 64 million."
    )


async def test_an_archive_that_would_fill_the_memory_is_refused() -> None:
    assert await _why_not("bomb.docx", zip_bomb()) == "bomb.docx becomes larger than 256 MB when it is unpacked."
    many = packed({f"part-{number}": b"" for number in range(10_001)})
    assert await _why_not("many.docx", many) == "many.docx holds more than 10000 files."


async def test_a_document_that_declares_entities_is_refused_whatever_they_would_become() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    files = {"word/document.xml": laughs, "[Content_Types].xml": "<Types/>"}

    why = await _why_not("laughs.docx", packed(files))

    assert why == "laughs.docx declares a document type, as no office program does."


async def test_a_document_that_is_nested_without_end_is_refused() -> None:
    why = await _why_not("deep.docx", letter("<w:p>" * 100_000))

    assert why == "deep.docx is nested too deeply."


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an old or protected Office document"),
        ("a.zip", packed({"a.txt": "x"}), "is an archive"),
        ("a.docx", b"PK\x03\x04broken", "is a broken archive or document"),
        ("a.docx", letter("<w:p>")[:-40], "is a broken archive or document"),
        ("a.docx", letter("</w:p>"), "is a broken document"),
        ("a.gz", b"\x1f\x8b\x08" + bytes(50), "is packed"),
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(50), "is a HEIC or AVIF image: save it as JPEG or PNG"),
        ("a.mp4", b"\0\0\0\x18ftypmp42" + bytes(50), "is a film or sound"),
        ("a.bin", bytes(range(256)) * 40, "is none of the kinds that can be read here"),
        ("a.bin", bytes(99), "is none of the kinds that can be read here"),
        ("a.txt", b" \n\t\n", "has no words in it"),
        ("a.png", picture()[:50], "is a broken image"),
        ("a.pdf", b"%PDF-1.7\nbroken", "is a broken PDF"),
        ("a.pdf", pdf(["secret"], locked=True), "is protected by a password"),
    ],
)
async def test_what_cannot_be_read_is_named(name: str, data: bytes, why: str) -> None:
    assert (await _why_not(name, data)).startswith(f"{name} {why}")


def _instead(program: str) -> FileReader:
    return FileReader(deadline_s=5, command=(sys.executable, "-I", "-c", program))


async def test_a_file_that_takes_too_long_is_given_up_and_its_process_ended(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    endless = f"import os, pathlib; pathlib.Path({str(noted)!r}).write_text(str(os.getpid()))\nwhile True: pass"

    why = await _why_not("a.pdf", b"x" * 3_000_000, _instead(endless))

    assert why == "a.pdf takes longer than 5 s to read."
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "import sys; sys.stdin.buffer.read(); sys.exit(3)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "print('no JSON')",
        "print('{}')",
        "import sys; sys.stdin.buffer.read(); print('x' * 1_000_000)",
    ],
)
async def test_a_file_that_breaks_its_reader_is_told_as_one_that_cannot_be_read(program: str) -> None:
    assert (await _why_not("a.pdf", b"x" * 1_000_000, _instead(program))).startswith("a.pdf cannot be read")


async def test_a_reader_has_limits_of_memory_and_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENDOR_KEY", "sk-secret")
    begin = FileReader().command
    looks = (
        "import sys, os; sys.path.insert(0, sys.argv[1])\n"
        "from drawbridge.chat.files.reading.limits import confine\n"
        "confine()\n"
        "try: kept = bytearray(2 << 30); told = 'had it'\n"
        "except MemoryError: told = 'refused'\n"
        "import msgspec; from drawbridge.chat.files.reading.outcome import Told, Unreadable\n"
        "said = told + ' ' + ','.join(sorted(os.environ))\n"
        "sys.stdout.buffer.write(msgspec.json.encode(Told(None, Unreadable(said))) + b'\\n')"
    )
    reader = FileReader(command=(*begin[:-2], looks, begin[-1]))

    assert await _why_not("a", b"x", reader) in {"a refused .", "a refused LC_CTYPE."}
