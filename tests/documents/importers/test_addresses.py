"""Which addresses may be asked, and which are the same page."""

import pytest

from qa_service.documents.importers.addresses import (
    DEFAULT_HOSTS,
    Access,
    allowed_hosts,
    is_public,
    page_key,
)
from qa_service.errors import SourceError


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_no_address_inside_of_a_network_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["gov.ua", "hsc.gov.ua", "zakon.rada.gov.ua", "HSC.gov.ua."])
def test_the_default_hosts_are_allowed_with_their_subdomains(host: str) -> None:
    assert Access().target(f"https://{host}/a").host == host.lower().rstrip(".")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://notgov.ua/",
        "https://gov.ua.example.com/",
        "https://example.com/?hsc.gov.ua",
        "https://example.com#.gov.ua",
        "https://example.com\\.gov.ua/",
        "https://hsc.gov.ua@example.com/",
        "https://user:word@hsc.gov.ua/",
        "ftp://hsc.gov.ua/",
        "file:///etc/passwd",
        "https://",
        "https://[::1",
        "https://hsc.gov.ua:port/",
        "https://" + "a" * 70 + ".gov.ua/",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(SourceError):
        Access().target(url)


def test_a_refused_host_is_named_with_the_option_that_allows_it() -> None:
    with pytest.raises(SourceError, match=r"^news\.ua is not .*: add --allow news\.ua$"):
        Access().target("https://news.ua/1")
    assert Access(allowed_hosts(["News.ua "])).target("https://a.news.ua/1").host == "a.news.ua"


@pytest.mark.parametrize("host", ["https://news.ua", "news.ua/a", "*", ""])
def test_a_host_to_allow_is_a_name_alone(host: str) -> None:
    with pytest.raises(SourceError, match="--allow"):
        allowed_hosts([host])
    assert allowed_hosts([]) == DEFAULT_HOSTS


def test_an_address_is_asked_for_in_ascii() -> None:
    access = Access(("xn--80aikifvh.xn--j1amh",))
    target = access.target("http://приклад.укр:8080/права води%D1%96я?q=їжак я#b")
    assert (target.scheme, target.host, target.port) == ("http", "xn--80aikifvh.xn--j1amh", 8080)
    assert target.path == (
        "/%D0%BF%D1%80%D0%B0%D0%B2%D0%B0%20%D0%B2%D0%BE%D0%B4%D0%B8%D1%96%D1%8F"
        "?q=%D1%97%D0%B6%D0%B0%D0%BA%20%D1%8F"
    )


@pytest.mark.parametrize(
    "spelt",
    [
        "https://hsc.gov.ua/a/b?id=7",
        "http://hsc.gov.ua/a/b?id=7",
        "https://www.hsc.gov.ua/a/b?id=7",
        "https://HSC.gov.ua./a/b/?id=7",
        "https://hsc.gov.ua:443/a//b/?id=7#part",
        "https://amp.hsc.gov.ua/a/b?id=7",
        "https://hsc.gov.ua/amp/a/b?id=7",
        "https://hsc.gov.ua/a/b/amp/?id=7&amp=1",
        "https://hsc.gov.ua/a/amp-page/b?id=7",
        "https://hsc.gov.ua/%61/b?utm_source=x&id=7&fbclid=y",
    ],
)
def test_a_page_is_the_same_however_its_address_is_spelt(spelt: str) -> None:
    assert page_key(spelt) == "hsc.gov.ua/a/b?id=7"


def test_other_pages_are_others() -> None:
    others = ["a/b?id=8", "a/b", "a/B?id=7", "a/b/c?id=7", "ample/a/b?id=7"]
    keys = {page_key(f"https://hsc.gov.ua/{path}") for path in others}
    assert len(keys) == len(others) and "hsc.gov.ua/a/b?id=7" not in keys
    assert page_key("http://hsc.gov.ua:8080/a") != page_key("http://hsc.gov.ua/a")


@pytest.mark.parametrize("text", ["", "not an address", "https://[", "https://a:b/"])
def test_what_is_no_address_is_its_own_page(text: str) -> None:
    assert page_key(text) == page_key(text)
