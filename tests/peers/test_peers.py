"""What `python -m bench.peers` makes of replies: quality, rates, ratios, the floor's matrices."""

import onnx
import pytest
from onnx import TensorProto, helper

from bench.peers.asking import Asked, Crowd, Plan, Unseen, judged_in_rounds
from bench.peers.floor import Floor, matrices
from bench.peers.measures import ratio, speed
from bench.peers.quality import is_asked, qualities
from bench.peers.systems import Reply
from qa_service.documents.questions import JudgedQuestion, Style


def question(*passages: str, **changes: object) -> JudgedQuestion:
    given: dict[str, object] = {
        "id": "q",
        "question": "почому номери",
        "style": Style.COLLOQUIAL,
        "services": frozenset({"plates"}),
        "passages": frozenset(passages),
        "topic": None,
        "answerable": True,
    }
    return JudgedQuestion(**(given | changes))  # type: ignore[arg-type]


def reply(*found: str) -> Reply:
    return Reply(1.0, found)


def test_a_question_that_failed_counts_as_wrong() -> None:
    judged = [(question("plates.fee"), reply("plates.fee")), (question("x"), Reply(1.0, None))]
    singles = qualities(judged, {"plates.fee": "plates"}).singles
    assert (singles.questions, singles.service_at_1, singles.answer_at_1) == (2, 0.5, 0.5)


def test_the_third_passage_counts_for_answer_at_3_and_the_fourth_does_not() -> None:
    third, fourth = reply("a", "b", "plates.fee"), reply("a", "b", "c", "plates.fee")
    asked = question("plates.fee")
    assert qualities([(asked, third), (asked, fourth)], {}).singles.answer_at_3 == 0.5


def test_wrapped_and_compound_questions_are_measured_apart() -> None:
    parts = (frozenset({"plates.fee"}), frozenset({"plates.term", "plates.term-2"}))
    compound, wrapped = question("x", parts=parts), question("plates.fee", bare="почому")
    got = qualities(
        [
            (compound, reply("plates.fee", "a", "plates.term-2")),
            (compound, reply("a", "plates.fee", "b", "c", "plates.term")),
            (wrapped, reply("plates.fee")),
        ],
        {},
    )
    assert (got.singles.questions, got.wrapped.answer_at_1) == (0, 1.0)
    compounds = got.compounds
    assert (compounds.messages, compounds.all_in_3, compounds.all_in_5) == (2, 0.5, 1.0)
    assert compounds.first_answers == 0.5


def test_only_what_a_retriever_can_answer_by_itself_is_asked() -> None:
    assert is_asked(question("x"))
    assert not is_asked(question("x", context="plates"))
    assert not is_asked(question(answerable=False))


def test_each_question_is_asked_once_and_judged_by_its_own_reply() -> None:
    plan = Plan(rounds=2, crowd_seconds=0)
    asked = Asked(alone=[[reply("a"), reply("c")], [reply("b")]])
    judged = judged_in_rounds(["a", "b", "c"], asked, plan)
    assert sorted(judged) == [(text, reply(text)) for text in "abc"]


def test_questions_of_the_crowd_never_repeat() -> None:
    unseen = Unseen(["a", "b"])
    assert len({unseen() for _ in range(10)}) == 10


def test_a_refusal_is_no_answer_of_the_crowd() -> None:
    crowd = Crowd((reply("a"), reply("b"), reply("c"), Reply(0.1, None)), seconds=2)
    got = speed(Asked(alone=[[reply("a")] * 4], cpu_s=[0.02], crowds=[crowd]))
    assert (got.rate, got.failed, got.crowd.p50, got.alone.cpu_ms) == (1.5, 0.25, 1.0, 5.0)


def test_a_ratio_is_the_median_of_the_rounds_between_its_bounds() -> None:
    got = ratio([2, 4, 90], [1, 1, 1])
    assert (got.median, got.lower, got.upper) == (4, 2, 90)


def test_the_floor_counts_8_bit_matrices_of_both_kinds_and_nothing_else() -> None:
    even = helper.make_tensor("even", TensorProto.INT8, [3, 5], bytes(15), raw=True)
    blocks = helper.make_tensor("blocks", TensorProto.UINT8, [2, 1, 7], bytes(14), raw=True)
    graph = helper.make_graph(
        [
            helper.make_node("DynamicQuantizeMatMul", ["x", "even", "scale"], ["y"]),
            helper.make_node("MatMulNBits", ["y", "blocks", "scales"], ["z"], K=7, N=2, bits=8),
            helper.make_node("MatMul", ["z", "z"], ["attention"]),
        ],
        "graph",
        [],
        [],
        [even, blocks],
    )
    assert matrices(onnx.helper.make_model(graph)) == [(3, 5), (7, 2)]


def test_the_floor_is_the_larger_of_computing_and_reading() -> None:
    computing = Floor(2, 4_000, 1e6, 2_000, 1e6)
    assert computing.ms == pytest.approx(4) and computing.reading_ms == pytest.approx(2)
    assert Floor(2, 4_000, 1e6, 2_000, 1e5).ms == pytest.approx(20)
