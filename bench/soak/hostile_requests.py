"""The requests of `hostile`, by kind: bytes as they go on the wire."""

import gzip
import json

_GET = b"GET %s HTTP/1.1\r\nHost: qa.test\r\nConnection: close\r\n"
_POST = b"POST %s HTTP/1.1\r\nHost: qa.test\r\nConnection: close\r\nContent-Type: %s\r\n"
_JSON, _FORM = b"application/json", b"application/x-www-form-urlencoded"
_SMUGGLED = b"GET /v1/admin/feedback HTTP/1.1\r\nHost: qa.test\r\n\r\n"


def smuggling() -> list[bytes]:
    post = _POST % (b"/v1/ask", _JSON)
    body = b'{"question":"x"}'
    return [
        post + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        post + b"Transfer-Encoding: chunked\r\nContent-Length: 400\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        post + b"Content-Length: 16\r\nContent-Length: 90\r\n\r\n" + body + _SMUGGLED,
        post + b"Content-Length: 16, 16\r\n\r\n" + body,
        post + b"Content-Length : 16\r\n\r\n" + body,
        post + b"Content-Length: +16\r\n\r\n" + body,
        post + b"Content-Length: 0x10\r\n\r\n" + body,
        post + b"Content-Length: -1\r\n\r\n" + body,
        post + b"Content-Length: 99999999999999999999999\r\n\r\n" + body,
        post + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        post + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        post + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        post + b"X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 16\r\n\r\n" + body,
        post.replace(b"\r\n", b"\n") + b"Content-Length: 16\n\n" + body,
        _GET % b"/healthz" + b"Content-Length: 60\r\n\r\n" + _SMUGGLED + b" " * 60,
    ]


def chunks() -> list[bytes]:
    head = _POST % (b"/v1/ask", _JSON) + b"Transfer-Encoding: chunked\r\n\r\n"
    return [
        head + b"zz\r\nabc\r\n0\r\n\r\n",
        head + b"-1\r\nabc\r\n0\r\n\r\n",
        head + b"ffffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        head + b"3;" + b"a" * 100_000 + b"\r\nabc\r\n0\r\n\r\n",
        head + b"3\r\nabcdef\r\n0\r\n\r\n",
        head + b"3\nabc\n0\n\n",
        head + b"0\r\n" + b"X: a\r\n" * 20_000 + b"\r\n",
        head + b"0\r\nContent-Length: 5\r\nAuthorization: Bearer x\r\n\r\n",
        head + b"1\r\n{\r\n" * 1_000 + b"0\r\n\r\n",
    ]


def json_bodies() -> list[bytes]:
    deep, huge = 100_000, b"9" * 100_000
    bodies = [
        b"[" * deep + b"]" * deep,
        b'{"question":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"question":"x","context":' + b"[" * deep + b"]" * deep + b"}",
        b'{"question":"x","top_k":' + huge + b"}",
        b'{"question":"x","top_k":1e999999}',
        b'{"question":"x","top_k":NaN}',
        b'{"question":"x","top_k":18.0}',
        b'{"question":' + huge + b"}",
        b'{"question":"\xff\xfe"}',
        b'{"question":"\\ud800"}',
        b'{"question":"a\\u0000b"}',
        b'{"question":"a\x00b"}',
        b"\x00" * 1_000,
        b'{"question":"x","question":"y"}',
        b'{"question":"x","context":{"recent":' + json.dumps(["a"] * 20_000).encode() + b"}}",
        b'{"question":"x","filters":{"service":' + json.dumps(["a"] * 9_000).encode() + b"}}",
        b"{" + b",".join(b'"k%d":1' % number for number in range(20_000)) + b"}",
        "\ufeff{}".encode(),
        '{"question":"x"}'.encode("utf-16"),
        b"null",
        b"",
    ]
    return [_with_body(b"/v1/ask", _JSON, body) for body in bodies]


def bodies() -> list[bytes]:
    bomb = gzip.compress(b" " * 100_000_000)
    compressed = _POST % (b"/v1/ask", _JSON) + b"Content-Encoding: gzip\r\n"
    form = b"&".join(b"a%d=1" % number for number in range(20_000))
    multipart = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 3_000
    return [
        compressed + b"Content-Length: %d\r\n\r\n" % len(bomb) + bomb,
        _with_body(b"/v1/ask", b"text/plain", b'{"question":"x"}'),
        _with_body(b"/v1/ask", b"", b'{"question":"x"}'),
        _with_body(b"/v1/ask", b"application/json; charset=utf-7", b"+AHs-"),
        _with_body(b"/v1/ask", b"a/" + b"b" * 20_000, b"{}"),
        _with_body(b"/feedback", _FORM, form),
        _with_body(b"/feedback", _FORM, b"answer_id=%00&helpful=%ff&comment=%ED%A0%80"),
        _with_body(b"/feedback", b"multipart/form-data; boundary=x", multipart),
        _with_body(b"/feedback", b"multipart/form-data", b"--x"),
        _with_body(b"/v1/ask/batch", _JSON, b'{"questions":[]}'),
        _with_body(b"/v1/ask/batch", _JSON, json.dumps({"questions": ["x"] * 65}).encode()),
        _with_body(b"/v1/events", _JSON, b'{"answer_id":"x","event":"y"}'),
    ]


def targets() -> list[bytes]:
    paths = [
        b"/static/../../../../etc/passwd",
        b"/static/..%2f..%2f..%2fetc/passwd",
        b"/static/%2e%2e/%2e%2e/app.py",
        b"/static/..%5c..%5capp.py",
        b"/static//etc/passwd",
        b"/static/\x00",
        b"/%00",
        b"//evil.test/",
        b"/services/..%2f..%2fetc",
        b"/services/" + b"a" * 20_000,
        b"http://evil.test/v1/ask?q=x",
        b"http://qa.test:99999/",
        b"ftp://evil.test/",
        b"*",
        b"/v1/ask?q=%ff%fe&q=%00&top_k=1&top_k=2",
        b"/v1/ask?" + b"&".join(b"q=%d" % number for number in range(5_000)),
        b"/v1/ask?q=" + b"%" * 20_000,
        b"/v1/suggest?q=" + b"%D1%8F" * 4_000,
        b"/?q=%0d%0aInjected:%20yes",
        b"/en?q=%0d%0aInjected:%20yes",
        b"/services/%0d%0aInjected:yes",
        b"/?q=x y",
        b"/?q=\xd1\x8f",
        b"no-slash",
        b"/centres?q=" + b"%F0%9F%98%80" * 2_000,
    ]
    return [_GET % path + b"\r\n" for path in paths]


def methods() -> list[bytes]:
    rest = b"Host: qa.test\r\nConnection: close\r\n\r\n"
    lines = [
        b"TRACE / HTTP/1.1",
        b"CONNECT evil.test:443 HTTP/1.1",
        b"CONNECT / HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"DELETE /v1/ask HTTP/1.1",
        b"PROPFIND / HTTP/1.1",
        b"get / HTTP/1.1",
        b"A" * 5_000 + b" / HTTP/1.1",
        b"GET / HTTP/0.9",
        b"GET / HTTP/1.2",
        b"GET / HTTP/2.0",
        b"GET / HTTP/9.9",
        b"GET / HTTP/11",
        b"GET / HTTPS/1.1",
        b"GET /",
        b"GET  /  HTTP/1.1",
        b"PRI * HTTP/2.0\r\n\r\nSM",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    ]
    return [line + b"\r\n" + rest for line in lines]


def headers() -> list[bytes]:
    headers = [
        b"X-API-Key: ' OR 1=1 --",
        b"X-API-Key: \xff\xfe",
        b"X-API-Key: " + b"a" * 20_000,
        b"Authorization: Bearer " + b"a." * 5_000,
        b"Authorization: Basic \xff",
        b"X-Forwarded-For: " + b"1.2.3.4, " * 1_000,
        b"X-Forwarded-For: ::ffff:%00\r\nX-Forwarded-Proto: javascript",
        b"X-Forwarded-Host: evil.test",
        b"X-Request-Id: a\rInjected: yes",
        b"X-Request-Id: a\nInjected: yes",
        b"X-Request-Id: " + b"a" * 10_000,
        b"Origin: null",
        b"Origin: http://evil.test\r\nSec-Fetch-Site: cross-site",
        b"Range: bytes=" + b"0-1," * 3_000,
        b"If-None-Match: " + b'"a",' * 4_000,
        b"If-Modified-Since: Sat, 99 Foo 99999 99:99:99 GMT",
        b"Accept-Language: " + b"uk;q=0." * 3_000,
        b"Accept-Language: uk;q=NaN,en;q=1e309",
        b"Cookie: " + b"a=b;" * 6_000,
        b"Cookie: qa=%00; qa=\xff",
        b"Expect: 200-maybe",
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        b"X\x00Y: a",
        b": empty",
        b"Host: evil.test",
    ]
    paths = (b"/", b"/v1/ask?q=x", b"/v1/admin/feedback", b"/static/site.css")
    return [_GET % path + header + b"\r\n\r\n" for path in paths for header in headers]


def ids() -> list[bytes]:
    ids = ("x", "a" * 64, "A" * 24, "../../etc", "\u0000", "я", "A" * 23 + "=", "", "a" * 5_000)
    bodies = [{"answer_id": one, "helpful": True} for one in ids]
    bodies += [{"answer_id": "x", "passage_id": one, "helpful": True} for one in ids]
    sent = [_with_body(b"/v1/feedback", _JSON, json.dumps(body).encode()) for body in bodies]
    odd = (b"/v1/passages/%00", b"/v1/services/%ff")
    return [*sent, *(_GET % path + b"\r\n" for path in odd)]


def _with_body(path: bytes, kind: bytes, body: bytes) -> bytes:
    return _POST % (path, kind) + b"Content-Length: %d\r\n\r\n" % len(body) + body
