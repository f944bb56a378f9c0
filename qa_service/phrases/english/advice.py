"""What a person reads instead of an answer."""

from qa_service import phrases
from qa_service.phrases import Advice, privacy
from qa_service.types import Reason

REASONS = {
    Reason.OFF_TOPIC: Advice(
        "This question is not about the services of the MIA service centres",
        "There are answers about driving licences, vehicle registration, number plates, exams and "
        "certificates. If that is what you asked about, please say it in other words "
        "or choose a service in the catalogue.",
    ),
    Reason.NOT_COVERED: Advice(
        "We have no such answer yet",
        "The question seems to be about our services or close to them, but no checked text answers "
        "it. "
        "Call the contact centre or look at the nearest topics.",
    ),
    Reason.LIVE_DATA: Advice(
        "We cannot see this: only a register or an employee knows it",
        "The state of an application, your booking, free slots, fines and data of a car are shown "
        "by the Driver’s Cabinet, Diia and online booking (E-zapys); an operator of the contact "
        "centre "
        "knows the rest.",
    ),
    Reason.SMALL_TALK: Advice(
        "Ask about a service of the service centres",
        "Say in your own words what you need, such as “I lost my licence” or “cost of registering "
        "a car”.",
    ),
    Reason.NO_MATCH: Advice(
        "We have no such answer",
        "Try to say it more simply and name the service, such as “exchange of a driving licence”.",
    ),
    Reason.LOW_CONFIDENCE: Advice(
        "We are not sure that we know the answer",
        "So as not to mislead you, we do not show a guess as an answer. Say more, look at the "
        "nearest "
        "topics or call.",
    ),
    Reason.AMBIGUOUS: Advice(
        "Which service do you need?",
        "The question fits several procedures, and their answers differ.",
    ),
    Reason.EMPTY: Advice(
        "Write your question",
        "The box is empty. A few words are enough: what you need, and for which document or "
        "vehicle.",
    ),
    Reason.TOO_LONG: Advice(
        "The question is too long",
        "Shorten it to a sentence or two: name the service and what you want to know.",
    ),
    Reason.PERSONAL_DATA_ONLY: Advice(
        "Please do not write personal data here",
        "There is only personal data in the question: a document’s number, a telephone or the "
        "like. Nothing is searched by it. Ask about the service in general words.",
    ),
}
_JOURNAL = (
    "To know what the texts lack, the service keeps questions with personal data replaced, the "
    "answer that was shown and what was done with it: whether it was opened or copied, whether "
    "another question followed. Questions of one conversation share a code that tells nobody who "
    "asked. All of it is {}; only those who answer for the texts and the service read it."
)
PRIVACY = (
    (
        privacy.QUESTION,
        Advice(
            "Your question",
            "A program reads it to find the answer. It stands in the address of the page and so "
            "stays in your browser’s history. The service’s log of requests has the time, the "
            "address of the page without the question and how long the answer took; neither the "
            "question nor a network address is there. While it runs, a process remembers the last "
            "questions without personal data, to answer faster; newer ones take their place.",
        ),
    ),
    (
        privacy.JOURNAL,
        Advice(
            "The journal of questions",
            _JOURNAL.format("removed after {days}"),
        ),
    ),
    (
        privacy.JOURNAL_WITHOUT_END,
        Advice(
            "The journal of questions",
            _JOURNAL.format("kept until somebody removes it"),
        ),
    ),
    (
        privacy.CHATS,
        Advice(
            "Chats in messengers",
            "What a messenger learns of you is up to its owner. For half an hour we remember which "
            "procedure the chat is about, your last question with personal data replaced, and the "
            "language you chose, by a code that nobody can know a person by. No names, numbers, "
            "photos or voice messages are kept. The command /delete forgets the chat at once.",
        ),
    ),
    (
        privacy.PERSONAL,
        Advice(
            "Personal data",
            "Please leave it out: no answer needs it. Numbers of telephones, documents, cards, "
            "cars and taxpayers, dates of birth and e-mail addresses are replaced by placeholders "
            "before "
            "anything is kept. Names are not recognised.",
        ),
    ),
    (
        privacy.FEEDBACK,
        Advice(
            "Your feedback",
            "If you answered “Did this help?”, the journal of questions also keeps your "
            "vote, the reason and the comment, personal data replaced there too. Editors of the "
            "texts read it. Who answered is not known.",
        ),
    ),
    (
        privacy.EVENTS,
        Advice(
            "What is done with an answer",
            "The service counts how often answers are opened, copied, shared or printed, links "
            "followed and questions asked again. Who did it is not known.",
        ),
    ),
    (
        privacy.RECENT,
        Advice(
            "Recent questions",
            "The start page offers the last five questions that had an answer. They are in your "
            "browser alone until you press “Forget them”; the service never gets them. Questions "
            "with personal data are not kept.",
        ),
    ),
    (
        privacy.ADDRESS,
        Advice(
            "Network address",
            "It is needed so that no single machine takes up the whole service: for a short while, "
            "usually a minute, the requests from it are counted. Then the count is gone.",
        ),
    ),
)
OTHER_ADVICE = (
    (
        phrases.PERHAPS,
        Advice(
            "Perhaps you mean this",
            "There is no certain answer: open what fits, ask in more detail or call.",
        ),
    ),
    (
        phrases.FEEDBACK_THANKS,
        Advice("Thank you for your feedback", "It helps to make answers more exact and clearer."),
    ),
    (
        phrases.FEEDBACK_LOST,
        Advice(
            "Your feedback is not kept yet",
            "Something went wrong on our side. Try to send it again in a few minutes: all that you "
            "wrote is still below.",
        ),
    ),
    (
        phrases.FEEDBACK_TOO_LATE,
        Advice(
            "This answer is out of date",
            "The service has been updated since you got it. Ask again and give your feedback "
            "under the "
            "new answer.",
        ),
    ),
    (
        phrases.COMMENT_TOO_LONG,
        Advice(
            "The comment is too long",
            "Shorten it to 1,000 characters and send it again. Your whole text is still below.",
        ),
    ),
    (
        phrases.FORM_UNREADABLE,
        Advice(
            "The feedback could not be read",
            "The form came incomplete. Ask again and give your feedback under the answer.",
        ),
    ),
    (
        phrases.FORM_FROM_ELSEWHERE,
        Advice(
            "The feedback came from another site",
            "Feedback is taken from our own pages only. Ask here and give your feedback under the "
            "answer.",
        ),
    ),
    (
        phrases.NO_SUCH_SERVICE,
        Advice(
            "There is no such page",
            "The service may have been renamed, or the address is mistyped. Ask in your own words: "
            "we will find it.",
        ),
    ),
    (
        phrases.PROBLEMS[404],
        Advice(
            "There is no such page",
            "The address may be mistyped. Ask in your own words or open the list of all services.",
        ),
    ),
    (
        phrases.PROBLEMS[405],
        Advice("This address is not for viewing", "Begin with the search: ask in your own words."),
    ),
    (
        phrases.PROBLEMS[413],
        Advice(
            "The request is too large", "Shorten the question or the comment and send it again."
        ),
    ),
    (
        phrases.TOO_MANY,
        Advice(
            "Too many questions in a row",
            "Reload the page in {seconds}: the question is still in the box.",
        ),
    ),
    (
        phrases.REFUSED,
        Advice(
            "The request was not accepted",
            "Something is wrong with it. Begin with the search: ask in your own words.",
        ),
    ),
    (
        phrases.FAILED,
        Advice(
            "Something went wrong on our side",
            "Try again in a few minutes or call the contact centre.",
        ),
    ),
)
