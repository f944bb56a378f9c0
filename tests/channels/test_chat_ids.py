"""By what the journal knows a chat. Each test name is the rule."""

from support.chats import Chats, said
from support.fakes import HANDOFF, FakeEngine, fake_service, fake_serving

from qa_service.channels.conversation import Conversation


def test_a_chat_has_a_random_id_that_ends_with_it_and_tells_nothing_of_the_person() -> None:
    engine = FakeEngine()
    conversation = Conversation(fake_service(fake_serving(engine)), HANDOFF)
    told = [said("olena", text) for text in ("обмін", "а ціна", "/delete", "номери")]
    Chats(conversation=conversation).run(*told, said("petro", "довідка"))
    known_by = {query.question: query.conversation for query in engine.asked}
    assert known_by["обмін"] == known_by["а ціна"]
    assert len({known_by["обмін"], known_by["номери"], known_by["довідка"]}) == 3
    assert "olena" not in str(known_by["обмін"])
