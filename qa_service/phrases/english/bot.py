"""What the bot says in English."""

from qa_service.phrases import chat
from qa_service.types import Reason, Topic

CHAT = {
    chat.GREETING: "Hello! This is the information bot of the service centres of the Ministry of "
    "Internal Affairs: a program, not a person. It answers in the words of official texts about "
    "driving licences, vehicle registration, plates, exams and certificates.",
    chat.HOW_TO_ASK: "Ask in your own words. The button “Operator” leads to a person. The texts of "
    "procedures are in Ukrainian.",
    chat.PRIVACY: "Do not send numbers of documents or phones: they are not needed here. /delete "
    "forgets this chat, /stop ends it, /lang changes the language. What is kept: {url}",
    chat.PRIVACY_WITHOUT_PAGE: "Do not send numbers of documents or phones: they are not needed "
    "here. This chat is forgotten after half an hour. /delete forgets it at once, /stop ends it, "
    "/lang changes the language.",
    chat.NEW_QUESTION: "Go on. What is your question?",
    chat.TEXT_ONLY: "The bot reads text only: it neither opens nor keeps photos, voice messages, "
    "stickers and files. Please write your question.",
    chat.CUT: "The message is long; only its first {chars} characters were read.",
    chat.STOPPED: "No more messages from us, and this chat is forgotten. To begin again, just ask.",
    chat.DELETED: "This chat is forgotten. The journal of questions keeps only texts without names "
    "and numbers, not linked to you.",
    chat.LANGUAGE: "Which language should our labels be in? The texts of procedures are Ukrainian.",
    chat.LANGUAGE_CHOSEN: "Done: labels are in English from now on.",
    chat.TOO_FAST: "Too many messages in a row. Wait a minute and write again.",
    chat.OLD_BUTTON: "This button is out of date. Please ask again.",
    chat.FAILED: "We cannot answer now: something failed on our side. Try again in a minute.",
    chat.CLOSED: "The bot answers no questions now.",
    chat.PERHAPS: "Is it one of these?",
    chat.NO_ANSWER_TO_PART: "“{asked}”: there is no answer to this here.",
    chat.SOURCE: "Source: {title}",
    chat.AS_OF: "as of {date}",
    chat.SOURCE_LINK: "Source",
    chat.CHOOSE: "Or choose:",
    chat.HANDOVER: "A person answers at {phone}.",
    chat.HOURS: "The contact centre works: {hours}.",
    chat.SITE: "Official site: {site}",
    chat.ASKED: "Tell the operator what you asked: “{asked}”.",
    chat.SORRY: "We are sorry. An operator can help better here.",
    chat.POLICE: "Report a theft to the police first: 102.",
    chat.ALL_RIGHT: "All right. If you have another question, just write.",
    chat.NOT_MEANT: "Then please say in other words what you mean, or call an operator.",
    chat.PASSED: "A person may answer here as well: as long as one does, the bot is silent.",
    chat.ABSTAINED: "Twice there was no answer: better ask a person.",
    chat.OTHER_QUESTION: "Another question",
    chat.OPERATOR: "Operator",
    chat.WELCOME_SCREEN: "Information bot of the service centres of the Ministry of Internal "
    "Affairs: licences, vehicles, plates, exams. A program answers; you can ask for a person.",
}
REASONS = {
    Reason.OFF_TOPIC: "This is not about the service centres of the Ministry of Internal Affairs. "
    "Ask about driving licences, vehicle registration, plates, exams and certificates.",
    Reason.NOT_COVERED: "The official texts here do not answer this.",
    Reason.NO_MATCH: "The official texts here do not answer this.",
    Reason.LOW_CONFIDENCE: "There is no certain answer. Ask in other words, or say more.",
    Reason.AMBIGUOUS: "Which service do you mean?",
    Reason.EMPTY: "Please write what you need, and for which document or vehicle.",
    Reason.PERSONAL_DATA_ONLY: "This is personal data only: nothing is looked up by it. Ask about "
    "the service in general words.",
}
FACTS = {
    Topic.FEE: "Price",
    Topic.DOCUMENTS: "Documents",
    Topic.TERM: "How long",
    Topic.WHERE: "Where",
    Topic.ONLINE: "Online",
    Topic.STEPS: "What to do",
    Topic.WHO: "For whom",
    Topic.EXAM: "Exam",
    Topic.VALIDITY: "Valid for",
    Topic.PENALTY: "Fine",
    Topic.REFUSAL: "When refused",
    Topic.RESULT: "What you get",
    Topic.CONTACT: "Contacts",
    Topic.LEGAL: "Law",
    Topic.MARTIAL_LAW: "Martial law",
    Topic.NOTE: "Good to know",
}
