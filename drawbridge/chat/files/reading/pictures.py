"""Images, made as people and models are to see them: upright, not too large, and without what cameras note in them."""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from drawbridge.chat.files.reading.kinds import Read
from drawbridge.chat.files.reading.outcome import LONGEST_SIDE, MOST_PIXELS, FileError, Found

# Those that are known by their first bytes; readers of others are never asked.
_FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
_LARGE_BYTES: Final = 2 * 1024 * 1024
"""Beyond this, a picture without loss is sent as JPEG: at most 5 MB are taken by some vendors, as base64."""
_QUALITY: Final = 88
_MIXED: Final = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"})


def read_picture(name: str, data: bytes) -> Read:
    """Read an image, of moving ones the first. Raises FileError."""
    del name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                return _read(opened)
    except FileError:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, IndexError) as error:
        raise FileError("is a broken image") from error
    except Image.DecompressionBombError:
        raise _too_many() from None


def _read(opened: Image.Image) -> Read:
    width, height = opened.size
    if width * height > MOST_PIXELS:
        raise _too_many()
    media_type = Image.MIME.get(opened.format or "", "image/png")
    if opened.format == "JPEG":
        # Decoded at a fraction of its size, where that is enough: a tenth of the memory.
        opened.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    mode = "RGBA" if opened.mode in {"RGBA", "LA", "PA"} or "transparency" in opened.info else "RGB"
    # Colours by number cannot be mixed. Others are made smaller first: each copy of a large image has 256 MB.
    smaller = opened if opened.mode in _MIXED else opened.convert(mode)
    smaller.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    upright = ImageOps.exif_transpose(smaller).convert(mode)
    if (upright.width > upright.height) != (width > height):
        width, height = height, width
    shown = _as_photo(upright) if opened.format == "JPEG" else _without_loss(upright)
    about = {"width": width, "height": height, "shown_bytes": len(shown)}
    return Found(kind="image", media_type=media_type, about=about), shown


def _without_loss(image: Image.Image) -> bytes:
    """Write what was drawn rather than taken; where that is too large, as a photo after all."""
    shown = _saved(image, "PNG")
    return shown if len(shown) <= _LARGE_BYTES else _as_photo(image)


def _as_photo(image: Image.Image) -> bytes:
    return _saved(_on_white(image) if image.mode == "RGBA" else image, "JPEG", quality=_QUALITY)


def _saved(image: Image.Image, form: str, **how: int) -> bytes:
    """Write an image with nothing but its pixels."""
    plain = Image.new(image.mode, image.size)
    plain.paste(image)
    written = io.BytesIO()
    plain.save(written, form, **how)
    return written.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("RGB")


def _too_many() -> FileError:
    return FileError(f"has too many pixels: an image has at most {MOST_PIXELS // 1_000_000} million")
