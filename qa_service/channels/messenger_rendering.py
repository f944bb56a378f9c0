"""A reply -> Messenger's messages, within the limits of its Send API. Pure.

Messages are plain text. Addresses become buttons of a button template, which holds less text, so
that no long address stands in the chat; what can be pressed becomes quick replies below the last
message. Labels that these would cut stand in the text in full, numbered.
"""

from collections.abc import Iterator, Mapping, Sequence

from qa_service.channels import Block, Button, Choices, Reply, Sources, Text, plain
from qa_service.phrases import chat
from qa_service.phrases.languages import Language, language_for

MOST_TEXT, MOST_TEMPLATE_TEXT = 2_000, 640
"""https://developers.facebook.com/docs/messenger-platform/reference/send-api and
`/reference/templates/button`; counted in UTF-16, which is never less than characters.
"""

MOST_QUICK_REPLIES, MOST_LINKS, MOST_LABEL = 13, 3, 20
"""https://developers.facebook.com/docs/messenger-platform/reference/buttons/quick-replies and
`/reference/buttons/url`.
"""

_LAST_BUTTONS = 2  # another question, and a person: never left out
_MORE = "…"

Message = Mapping[str, object]


def messages(reply: Reply, is_passed: bool) -> list[Message]:
    """Nothing for a reply without words. is_passed: a person takes the thread over, where whatever
    is pressed would get no answer.
    """
    language = language_for(reply.language)
    pressed = [] if is_passed else [button for button in reply.buttons if not button.url]
    links = list(_links(reply, language))
    linked = [link for link in links if len(link.label) <= MOST_LABEL][:MOST_LINKS]
    numbers = _numbers(reply.blocks, pressed)
    above, below = _paragraphs(reply.blocks, language)
    below += [
        *_lines([f"{link.label}: {link.url}" for link in links if link not in linked]),
        *_offered(reply.blocks, numbers, language),
        *([language.say(chat.PASSED)] if is_passed else ()),
    ]
    written = _written(above, below, linked)
    if replies := [_quick_reply(button, numbers) for button in _most(pressed)]:
        written[-1:] = [{**last, "quick_replies": replies} for last in written[-1:]]
    return written


def _written(above: list[str], below: list[str], links: Sequence[Button]) -> list[Message]:
    """The last message carries the links; where not all has room in one, it begins with `below`."""
    if not links or not (above or below):
        return [{"text": text} for text in _cut([*above, *below], MOST_TEXT)]
    if len(whole := _cut([*above, *below], MOST_TEMPLATE_TEXT)) == 1:
        return [_template(whole[0], links)]
    if not below:
        above, below = above[:-1], above[-1:]
    *more, last = _cut(below, MOST_TEMPLATE_TEXT)
    texts = [*_cut(above, MOST_TEXT), *more]
    return [*({"text": text} for text in texts), _template(last, links)]


def _cut(paragraphs: Sequence[str], most: int) -> list[str]:
    """Texts of so many in UTF-16. However the letters that count twice are spread, fewer have room
    than there would be without them.
    """
    twice = sum(letter > "\uffff" for text in paragraphs for letter in text)
    return plain.messages(paragraphs, max(most - twice, most // 2))


def _template(text: str, links: Sequence[Button]) -> Message:
    buttons = [{"type": "web_url", "title": link.label, "url": link.url} for link in links]
    payload = {"template_type": "button", "text": text, "buttons": buttons}
    return {"attachment": {"type": "template", "payload": payload}}


def _quick_reply(button: Button, numbers: Mapping[str, int]) -> Message:
    number = numbers.get(button.label)
    title = f"{number}. {button.label}" if number else button.label
    if len(title) > MOST_LABEL:
        title = title[: MOST_LABEL - 1].rstrip() + _MORE
    return {"content_type": "text", "title": title, "payload": button.payload}


def _most(pressed: Sequence[Button]) -> Sequence[Button]:
    if len(pressed) <= MOST_QUICK_REPLIES:
        return pressed
    return [*pressed[: MOST_QUICK_REPLIES - _LAST_BUTTONS], *pressed[-_LAST_BUTTONS:]]


# Text


def _paragraphs(blocks: Sequence[Block], language: Language) -> tuple[list[str], list[str]]:
    """Those above the last source, and those from there on."""
    labels, written = iter(_source_labels(blocks, language)), list[Block]()
    end = len(blocks)
    for place, block in enumerate(blocks):
        if isinstance(block, Sources):
            end, block = place, Text(_source(block, next(labels), language))
        written.append(block)
    parts = (written[:end], written[end:])
    texts = [map(str.strip, plain.paragraphs(part, language)) for part in parts]
    above, below = (list(filter(None, part)) for part in texts)
    return above, below


def _source(source: Sources, label: str, language: Language) -> str:
    title = f"{label}: {source.title}" if source.title else ""
    return ", ".join(filter(None, (title, plain.dated(source, language))))


def _lines(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "\n".join(lines)


def _numbers(blocks: Sequence[Block], pressed: Sequence[Button]) -> dict[str, int]:
    """The numbers of labels: of choices, and of others that a quick reply would cut."""
    choices = _choices(blocks)
    labels = dict.fromkeys(one.label for one in pressed if len(one.label) > MOST_LABEL)
    longer = [label for label in labels if label not in choices]
    return {label: number for number, label in enumerate((*choices, *longer), 1)}


def _choices(blocks: Sequence[Block]) -> list[str]:
    return [title for block in blocks if isinstance(block, Choices) for title in block.titles]


def _offered(
    blocks: Sequence[Block], numbers: Mapping[str, int], language: Language
) -> Iterator[str]:
    """The numbered labels that no block says."""
    choices = _choices(blocks)
    if longer := [f"{numbers[label]}. {label}" for label in numbers if label not in choices]:
        yield "\n".join((language.say(chat.CHOOSE), *longer))


# Links


def _links(reply: Reply, language: Language) -> Iterator[Button]:
    """Sources, what can be done next, and the page of ours that says the same, if it is one."""
    sources = [block for block in reply.blocks if isinstance(block, Sources)]
    for label, source in zip(_source_labels(sources, language), sources, strict=True):
        if source.url:
            yield Button(label, url=source.url)
    yield from (button for button in reply.buttons if button.url)
    for source in sources if len(sources) == 1 else ():
        if source.page:
            yield Button(language.say(chat.DETAILS), url=source.page)


def _source_labels(blocks: Sequence[Block], language: Language) -> list[str]:
    """Of each source, numbered where there are several."""
    label, count = language.say(chat.SOURCE_LINK), sum(isinstance(one, Sources) for one in blocks)
    return [label] if count == 1 else [f"{label} {number}" for number in range(1, count + 1)]
