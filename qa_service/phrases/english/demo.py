"""What the page `/chat` says in English."""

from qa_service.phrases import Advice, demo, privacy

DEMO = {
    demo.TITLE: "Chatbot of the service centres",
    demo.DESCRIPTION: "What a conversation with the bot looks like: your own words, an answer with "
    "its source.",
    demo.LEAD: "This is what a conversation in a messenger looks like. The bot answers in the "
    "words of official texts, names the source and the date, and calls a person where it does not "
    "know. The texts are in Ukrainian.",
    demo.TRY: "Try to write",
    demo.PRIVACY: "What is kept about you",
    demo.SEARCH: "Search without the chat",
    demo.NAME: "MIA service centres",
    demo.NATURE: "bot: a program, not a person",
    demo.BOX: "Your message",
    demo.HINT: "Write your question",
    demo.RESTART: "Start over",
    demo.NO_SCRIPTS: "The chat needs JavaScript. Without it, a question in the box below opens the "
    "search page.",
}
PRIVACY = (
    privacy.CHAT,
    Advice(
        "A conversation in the chat",
        "The page of the chat keeps the conversation in its own tab only, until you close it or "
        "start over. For half an hour the service remembers which procedure it was about and the "
        "last question, with personal data replaced.",
    ),
)
EXAMPLES = (
    ("how much is it to exchange a driving licence", "write as you speak"),
    ("and how long does it take?", "do not repeat what it is about"),
    ("what documents for a lost licence and how much", "ask about everything at once"),
    ("I want to talk to a person", "call an operator"),
)
WORDS = {
    "bot": "Bot",
    "me": "You",
    "waiting": "The bot is looking for an answer",
    "details": "Details",
    "newTab": "in a new tab",
    "file": "A file",
    "again": "Send again",
    "offline": "Not sent: there is no connection.",
    "busy": "Not sent: too many questions at once. Try again in a moment.",
    "limited": "Not sent: too many messages in a row. Try again in {seconds} s.",
    "failed": "Not sent: the service does not answer. Telephone of the contact centre: {phone}.",
    "silent": "Too many messages in a row, so the bot is silent. Wait a minute.",
    "tooLong": "The message is too long: please shorten it to {most} characters.",
}
