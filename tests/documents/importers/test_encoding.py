"""Pages in every encoding that Ukrainian was ever put on the web in."""

import pytest

from qa_service.documents.importers.encoding import decoded

TEXT = "Обмін посвідчення водія коштує 572 гривні. Її підписують у сервісному центрі, ґречно."
PAGE = f"<title>Ціни</title><p>{TEXT}"
CHARSETS = ["utf-8", "windows-1251", "koi8-u", "iso-8859-5", "utf-16", "utf-8-sig"]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize(
    "declared", [None, "utf-8", "iso-8859-1", "us-ascii", "nonsense", "hex", "idna"]
)
def test_the_text_is_found_whatever_is_declared(charset: str, declared: str | None) -> None:
    page = PAGE.replace("ґ", "г") if charset == "iso-8859-5" else PAGE
    assert decoded(page.encode(charset), declared) == page


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-u"])
@pytest.mark.parametrize("said", ["", "<meta charset=koi8-u>", '<meta content="charset=cp1251">'])
def test_a_wrong_declaration_inside_of_the_page_misleads_nobody(charset: str, said: str) -> None:
    assert decoded((said + PAGE).encode(charset)) == said + PAGE


def test_a_page_in_another_alphabet_is_believed() -> None:
    page = "<meta charset=iso-8859-1><p>Déjà vu à Kyïv"
    assert decoded(page.encode("iso-8859-1")) == page


def test_one_broken_letter_does_not_change_the_encoding() -> None:
    broken = PAGE.encode().replace("ц".encode(), b"\xd1", 1)
    assert decoded(broken, "utf-8").endswith(TEXT.replace("ц", "\ufffd", 1))


def test_bytes_that_are_no_text_are_no_crash() -> None:
    assert decoded(bytes(range(256)) * 4)
    assert decoded(b"") == ""
