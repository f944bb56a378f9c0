"""DOCX -> Extract, by way of HTML: mammoth knows Word's styles, lists and merged cells."""

from io import BytesIO
from typing import Any

import mammoth

from qa_service.documents.importers import Extract
from qa_service.documents.importers import html as pages


def read(content: bytes, charset: str | None) -> Extract:
    """Headings, paragraphs, lists and tables; pictures are left out. `charset` is not needed."""
    converted = mammoth.convert_to_html(
        BytesIO(content),
        convert_image=mammoth.images.img_element(_no_picture),
        include_embedded_style_map=False,
        external_file_access=False,
    )
    return pages.extract(converted.value)


def _no_picture(picture: Any) -> dict[str, str]:
    return {}
