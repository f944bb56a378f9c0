"""Replicas behind a balancer: whichever a client's next request meets, also one of another version
while that is being published. Each test name is the rule.
"""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.app import client, over
from support.corpus import EXAM, EXCHANGE, FEE_QUESTION, tiny_index, tiny_settings, write_corpus

from qa_service.bootstrap import build

SECRET = "a secret that all of the replicas share"
ASK = f"/v1/ask?q={FEE_QUESTION}"

Replicas = tuple[TestClient, TestClient]


@pytest.fixture
def same(tmp_path: Path) -> Replicas:
    """Two replicas of one version."""
    settings = tiny_index(tmp_path, session_secret=SECRET)
    one, other = (client(over(settings)) for _ in range(2))
    return one, other


@pytest.fixture
def both(tmp_path: Path) -> Replicas:
    """One of a version, and one of the next: another fee, one procedure less."""
    shared = {"session_secret": SECRET, "journal": f"sqlite:///{tmp_path}/journal.sqlite"}
    old = tiny_index(tmp_path / "old", **shared)
    texts = {"licence-exchange": EXCHANGE.replace("572", "999"), "exam-practical": EXAM}
    write_corpus(tmp_path / "new", texts)
    new = tiny_settings(tmp_path / "new", **shared)
    build(new)
    return client(over(old)), client(over(new))


def test_who_holds_an_answer_of_one_replica_need_not_get_it_again_from_another(
    same: Replicas,
) -> None:
    one, other = same
    tag = one.get(ASK).headers["etag"]
    assert other.get(ASK, headers={"If-None-Match": tag}).status_code == 304


def test_who_holds_an_answer_of_one_version_gets_that_of_another_in_full(both: Replicas) -> None:
    old, new = both
    held = old.get(ASK)
    changed = new.get(ASK, headers={"If-None-Match": held.headers["etag"]})
    assert changed.status_code == 200
    texts = [reply.json()["passages"][0]["text"] for reply in (held, changed)]
    assert "572" in texts[0] and "999" in texts[1]
    versions = [reply.json()["index_version"] for reply in (held, changed)]
    assert len(set(versions)) == 2
    again = old.get(ASK, headers={"If-None-Match": held.headers["etag"]})
    assert again.status_code == 304


def test_all_answers_of_a_batch_are_of_the_version_that_it_names(both: Replicas) -> None:
    for replica in both:
        batch = replica.post("/v1/ask/batch", json={"questions": [FEE_QUESTION] * 3}).json()
        assert {one["index_version"] for one in batch["answers"]} == {batch["index_version"]}


def test_a_vote_on_an_answer_counts_whichever_replica_gets_it(both: Replicas) -> None:
    old, new = both
    for gave, takes in ((old, new), (new, old)):
        answer = gave.get(ASK).json()
        vote = {"answer_id": answer["answer_id"], "helpful": True}
        passage = vote | {"passage_id": answer["passages"][0]["id"]}
        assert takes.post("/v1/feedback", json=vote).status_code == 202
        assert takes.post("/v1/feedback", json=passage).status_code == 202


def test_a_talk_goes_on_at_a_replica_that_does_not_know_its_procedure(both: Replicas) -> None:
    old, new = both
    question = "Що робити, якщо загублено номерний знак?"
    talk = old.post("/v1/ask", json={"question": question}).json()["context"]
    assert talk["service"] == "plates-lost"
    asked = {"question": "а скільки це коштує?", "context": talk}
    assert old.post("/v1/ask", json=asked).json()["passages"][0]["service"] == "plates-lost"
    assert new.post("/v1/ask", json=asked).status_code == 200
