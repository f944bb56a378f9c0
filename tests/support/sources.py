"""Sources to import: a web server on this machine, and documents written by hand."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Event, Thread
from zipfile import ZIP_DEFLATED, ZipFile

HTML_TYPE = "text/html; charset=utf-8"

Body = bytes | Callable[[], Iterator[bytes]]
"""All of a body, or its parts one by one, without its length in the head."""


@dataclass(frozen=True)
class Reply:
    body: Body = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", HTML_TYPE),)


@dataclass
class Web:
    """What is served by path, and which paths were asked for with which headers."""

    pages: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    sent_bytes: int = 0
    port: int = 0
    closed: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, body: Body | str, status: int = 200, **headers: str) -> str:
        """Serve `body` at `path`; the address. `content_type="x"` is a header, and so on."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        given = tuple(({"Content-Type": HTML_TYPE} | named).items())
        self.pages[path] = Reply(body.encode() if isinstance(body, str) else body, status, given)
        return self.url + path


@contextmanager
def served_pages() -> Iterator[Web]:
    """A server of pages that the test puts there while it runs."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            web.agents.append(self.headers["User-Agent"])
            reply = web.pages.get(self.path, Reply(b"gone", 404))
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            if isinstance(reply.body, bytes):
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            parts = [reply.body] if isinstance(reply.body, bytes) else reply.body()
            try:
                for part in parts:
                    self.wfile.write(part)
                    web.sent_bytes += len(part)
            except OSError:
                pass  # the client has seen enough

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        web.closed.set()
        server.shutdown()
        server.server_close()
        thread.join()


def page(body: str, title: str = "Обмін посвідчення водія") -> str:
    return f"<!doctype html><title>{title}</title><main><h1>{title}</h1>{body}</main>"


PARAGRAPH = "<w:p><w:pPr>{style}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="word/document.xml" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/officeDocument"/></Relationships>'
)
_STYLES = (
    f'<w:styles xmlns:w="{_WORD}"><w:style w:type="paragraph" w:styleId="1">'
    '<w:name w:val="heading 1"/></w:style></w:styles>'
)


def heading(text: str) -> str:
    return PARAGRAPH.format(style='<w:pStyle w:val="Heading1"/>', text=text)


def paragraph(text: str) -> str:
    return PARAGRAPH.format(style="", text=text)


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table; line ends part the paragraphs of a cell."""
    cells = (
        "".join(
            f"<w:tc>{''.join(map(paragraph, cell.splitlines() or ['']))}</w:tc>" for cell in row
        )
        for row in rows
    )
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def docx(*blocks: str, **members: bytes) -> bytes:
    """A Word file of `blocks`; `members` are further files in it, by name."""
    body = f'<w:document xmlns:w="{_WORD}"><w:body>{"".join(blocks)}</w:body></w:document>'
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS)
        archive.writestr("word/document.xml", body)
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def pdf(*pages: Sequence[str], title: str = "", picture: bool = False) -> bytes:
    """A PDF with these lines on its pages, in windows-1251 with a table to Unicode.

    picture: each page shows a picture and no text, as a scanner makes it.
    """
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>"
        % (len(pages), b" ".join(b"%d 0 R" % (6 + 2 * number) for number in range(len(pages)))),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 4 0 R>>",
        _stream(_to_unicode()),
        _stream(
            b"\xff", b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8"
            b"/ColorSpace/DeviceGray"
        ),
    ]  # fmt: skip
    for number, lines in enumerate(pages):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>/XObject<</I1 5 0 R>>>>>>" % (7 + 2 * number)
        )
        objects.append(_stream(b"q 500 0 0 700 0 0 cm /I1 Do Q" if picture else _shown(lines)))
    info = b"<</Title<%s>>>" % ("\ufeff" + title).encode("utf-16-be").hex().encode()
    return _file([*objects, info])


def _shown(lines: Sequence[str]) -> bytes:
    told = b"".join(b"<%s> Tj T*\n" % line.encode("cp1251").hex().encode() for line in lines)
    return b"BT /F1 10 Tf 14 TL 40 800 Td\n%sET" % told


def _to_unicode() -> bytes:
    pairs = b"\n".join(
        b"<%02X> <%04X>" % (code, ord(bytes([code]).decode("cp1251")))
        for code in range(32, 256)
        if code != 0x98
    )
    head = b"/CIDInit /ProcSet findresource begin begincmap\n"
    space = b"1 begincodespacerange <00> <FF> endcodespacerange\n"
    return head + space + b"223 beginbfchar\n" + pairs + b"\nendbfchar endcmap end"


def _stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), more, content)


def _file(objects: Sequence[bytes]) -> bytes:
    file = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, len(objects), start,
    )  # fmt: skip
    return bytes(file)
