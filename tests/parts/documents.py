"""Documents as programs write them, as small as they can be, and some that no program should write."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from PIL import Image

_W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S: Final = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R: Final = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_TYPES: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OPEN: Final = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:'
    'text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """Pack files into an archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def letter(body: str = "") -> bytes:
    """Write a .docx: a heading, a paragraph with a footnote, a table, a text box that stands there twice."""
    said = body or (
        '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>The Sea</w:t></w:r></w:p>'
        "<w:p><w:r><w:t>It is </w:t></w:r><w:r><w:t>deep.</w:t><w:br/><w:t>Very.</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Trench</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>11 km</w:t></w:r></w:p>"
        "</w:tc></w:tr></w:tbl>"
        '<w:p><w:r><mc:AlternateContent xmlns:mc="m"><mc:Choice><w:t>Box</w:t></mc:Choice>'
        "<mc:Fallback><w:t>Box</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document {_W}><w:body>{said}</w:body></w:document>",
            "word/footnotes.xml": f"<w:footnotes {_W}><w:p><w:r><w:t>Measured.</w:t></w:r></w:p></w:footnotes>",
        }
    )


def sheets() -> bytes:
    """Write an .xlsx of two sheets: shared and own texts, a number, a date, a gap, and a truth."""
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_TYPES}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in (1, 2)
    )
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook {_S} {_R}><sheets><sheet name="Depths" sheetId="7" r:id="rId1"/>'
            '<sheet name="Notes" sheetId="9" r:id="rId2"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
            "xl/styles.xml": f'<styleSheet {_S}><numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
            '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="22"/></cellXfs></styleSheet>',
            "xl/sharedStrings.xml": f"<sst {_S}><si><t>Where</t></si><si><r><t>Mariana, </t></r><r><t>west</t></r>"
            "<rPh><t>x</t></rPh></si></sst>",
            "xl/worksheets/sheet1.xml": f'<worksheet {_S}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c>'
            '<c r="C1" t="inlineStr"><is><t>When</t></is></c></row><row r="2"><c r="A2" t="s"><v>1</v></c>'
            '<c r="B2"><v>10984.5</v></c><c r="C2" s="1"><v>45292</v></c><c r="D2" s="2"><v>45292.5</v></c>'
            '<c r="E2" t="b"><v>1</v></c></row></sheetData></worksheet>',
            "xl/worksheets/sheet2.xml": f'<worksheet {_S}><sheetData><row><c t="str"><f>A1</f><v>Sum</v></c></row>'
            "</sheetData></worksheet>",
        }
    )


def slides(texts: Sequence[str]) -> bytes:
    """Write a .pptx whose files have the opposite order of its slides; the first slide has notes."""
    numbers = range(len(texts), 0, -1)
    ids = "".join(f'<p:sldId id="{300 + number}" r:id="rId{number}"/>' for number in numbers)
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_TYPES}/slide" Target="slides/slide{number}.xml"/>'
        for number in numbers
    )
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "ppt/presentation.xml": f'<p:presentation xmlns:p="p" {_R}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": f"<Relationships>{relations}</Relationships>",
        f"ppt/slides/_rels/slide{len(texts)}.xml.rels": f'<Relationships><Relationship Id="rId1" '
        f'Type="{_TYPES}/notesSlide" Target="../notesSlides/notesSlide1.xml"/></Relationships>',
        "ppt/notesSlides/notesSlide1.xml": _slide("Say it slowly"),
    }
    for number, text in zip(numbers, texts, strict=True):
        files[f"ppt/slides/slide{number}.xml"] = _slide(text)
    return packed(files)


def open_text() -> bytes:
    """Write an .odt."""
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<office:document-content {_OPEN}><office:body><office:text><text:h text:outline-level="2">'
            'The Sea</text:h><text:p>It<text:s text:c="2"/>is <text:span>deep</text:span>.</text:p></office:text>'
            "</office:body></office:document-content>",
        }
    )


def open_sheet() -> bytes:
    """Write an .ods that fills its empty end with a million cells, as programs do."""
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {_OPEN}><office:body><office:spreadsheet><table:table"
            ' table:name="Depths"><table:table-row><table:table-cell><text:p>Mariana</text:p></table:table-cell>'
            '<table:table-cell table:number-columns-repeated="2"><text:p>11</text:p></table:table-cell>'
            '<table:table-cell table:number-columns-repeated="16000"/></table:table-row><table:table-row'
            ' table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="16384"/>'
            "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>",
        }
    )


def pdf(pages: Iterable[str], *, locked: bool = False) -> bytes:
    """Write a PDF with a line on each page; a page without words for an empty one. `locked`: by a password."""
    objects: list[bytes] = [b"", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids: list[str] = []
    for text in pages:
        shown = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode() if text else b"0 0 100 100 re f"
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(shown), shown))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % len(objects)
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>".encode()
    more = b""
    if locked:
        padding = b"<" + b"61" * 32 + b">"
        objects.append(b"<</Filter/Standard/V 1/R 2/O " + padding + b"/U " + padding + b"/P -4>>")
        more = b"/Encrypt %d 0 R/ID[<00><00>]" % len(objects)
    return _numbered(objects, more)


def picture(
    size: tuple[int, int] = (40, 20),
    form: str = "PNG",
    *,
    mode: str = "RGB",
    exif: Mapping[int, str | int] | None = None,
) -> bytes:
    """Write an image; `exif` has what a camera notes, by number."""
    image = Image.new(mode, size, (200, 30, 30, 0) if mode == "RGBA" else (200, 30, 30))
    noted = Image.Exif()
    for tag, value in (exif or {}).items():
        noted[tag] = value
    written = io.BytesIO()
    image.save(written, form, **({"exif": noted} if exif else {}))
    return written.getvalue()


def image_bomb(side: int = 60_000) -> bytes:
    """Write a PNG of a few kilobytes that says to have thousands of millions of pixels."""
    head = side.to_bytes(4) * 2 + b"\x08\x02\0\0\0"
    data = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def zip_bomb(unpacked_bytes: int = 400 * 1024 * 1024) -> bytes:
    """Write a .docx that is a thousandth of what it says."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(unpacked_bytes // (1 << 20)):
            part.write(b" " * (1 << 20))
    return written.getvalue()


def _slide(text: str) -> str:
    return f'<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>'


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def _numbered(objects: Sequence[bytes], more: bytes) -> bytes:
    written = bytearray(b"%PDF-1.4\n")
    places: list[int] = []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    begin = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, more, begin)
    return bytes(written)
