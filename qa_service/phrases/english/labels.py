"""Labels of the pages, by their Ukrainian originals."""

from qa_service import phrases
from qa_service.phrases import embedding, privacy, talk
from qa_service.types import SmallTalk, Topic

LABELS = {
    "uk_UA": "en_GB",
    "Інша тема": "Another subject",
    "Адреса сторінки:": "Address of the page:",
    "Ваш коментар": "Your comment",
    "Ваша відповідь на «Чи це допомогло?»:": "Your answer to “Did this help?”:",
    "Ваше запитання": "Your question",
    "Ви питали:": "You asked:",
    "Власних графіків чи телефонів деяких центрів у відкритих джерелах немає, тож перед візитом "
    "перевірте їх:": "Open sources do not give the hours or telephones of some centres: please "
    "check before your visit:",
    "Відповіді на ваші запитання": "Answers to your questions",
    "Відповіді — це короткий виклад процедур із джерелами й датою. Перед візитом звірте суми та "
    "строки з джерелом.": "Answers are short accounts of procedures, with sources and a date. "
    "Check sums and time limits against the source before your visit.",
    "Відповість фахівець контакт-центру:": "A specialist of the contact centre will answer:",
    "Головне меню": "Main menu",
    "Далі про:": "More about:",
    "Де ви зараз": "Where you are",
    "Де надають": "Where it is provided",
    "Джерела": "Sources",
    "Джерела тут розходяться. Звірте ці дані перед візитом:": "Sources disagree here. Check this "
    "before your visit:",
    "Джерела:": "Sources:",
    "До основного вмісту": "Skip to the main content",
    "Докладніше": "Details",
    "Загальний графік центрів": "Usual hours of the centres",
    "Запитайте далі": "Ask a follow-up",
    "Запитання та відповіді": "Questions and answers",
    "Знайти": "Search",
    "Зрозуміли так:": "Understood as:",
    "Каталог порожній.": "The catalogue is empty.",
    "Контакт-центр сервісних центрів МВС:": "Contact centre of the MIA service centres:",
    "Коротко": "At a glance",
    "Коротко про цю процедуру": "The procedure at a glance",
    "Можливо, це відповідь:": "Perhaps this is the answer:",
    "Місто, область, номер центру або вулиця": "Town, region, number of a centre or street, in "
    "Ukrainian or Latin letters",
    "На карті": "On the map",
    "На початок": "To the start page",
    "На цій сторінці": "On this page",
    "Надіслати": "Send",
    "Надіслати ще раз": "Send again",
    "Назад до відповіді": "Back to the answer",
    "Найближче, що ми знайшли": "The nearest that we found",
    "Не знайшли відповіді?": "No answer found?",
    "Не пишіть імен, телефонів і номерів документів.": "Please leave out names, telephone numbers "
    "and document numbers.",
    "Номер у реєстрі послуг": "Number in the register of services",
    "Ні": "No",
    "Області": "Regions",
    "Офіційна сторінка": "Official page",
    "Офіційної сторінки саме з цим фактом не знайдено.": "No official page with this very fact was "
    "found.",
    "Посвідчення водія, реєстрація авто, номерні знаки, іспити. Пишіть як говорите — покажемо "
    "відповідь, її джерело й дату.": "Driving licences, vehicle registration, number plates, "
    "exams. Write as you speak: we show the answer, its source and its date. The texts of the "
    "procedures are in Ukrainian.",
    "Посилання на розділ": "Link to the section",
    "Послуги за темами": "Services by subject",
    "Потребує уточнення": "Needs checking",
    "Пошук": "Search",
    "Пошук відповіді": "Search for an answer",
    "Пошук сервісного центру": "Search for a service centre",
    "Пошук тимчасово працює спрощено: відповідь може бути менш точною, ніж зазвичай.": "Search is "
    "running in a simplified mode: the answer may be less exact than usual.",
    "Про цю послугу": "About this service",
    "Раніше в цій розмові:": "Earlier in this talk:",
    "Сервісні центри МВС": "MIA service centres",
    "Сторінка послуги:": "Page of the service:",
    "Схожі запитання": "Similar questions",
    "Так": "Yes",
    "Також кажуть": "Also called",
    "Також може стати в пригоді": "May be of use too",
    "Тексти переглянуто": "Texts reviewed",
    "Теми": "Subjects",
    "У застосунку карт": "In a map application",
    "У тексті названо:": "The text names:",
    "Уся процедура": "The whole procedure",
    "Усі послуги": "All services",
    "Усі послуги на одній сторінці": "All services on one page",
    "Усі сервісні центри": "All service centres",
    "Усі сервісні центри за областями": "All service centres by region",
    "Уточніть, що саме, або почніть заново.": "Say which one, or begin anew.",
    "Центри": "Centres",
    "Часто запитують": "Often asked",
    "Чи це допомогло?": "Did this help?",
    "Чого забракло? (необов’язково)": "What was missing? (optional)",
    "Шукали також:": "Also searched for:",
    "Шукати в усіх": "Search in all",
    "Шукати саме": "Search exactly for",
    "Шукаємо лише в процедурі": "Searching only in the procedure",
    "Ще джерела:": "More sources:",
    "Ще про цю процедуру": "More about this procedure",
    "Що зробити далі": "What to do next",
    "Що не так? (необов’язково)": "What is wrong? (optional)",
    "км": "km",
    "лише частина:": "only a part:",
    "Перевірте перед візитом.": "Check before your visit.",
    "а скільки це коштує?": "and how much is it?",
    "або сайт": "or the site",
    "адреса станом на": "address as of",
    "дані давні, звірте їх": "old data, please check",
    "ні": "no",
    "сайт": "site",
    "сервісні центри МВС": "MIA service centres",
    "станом на": "as of",
    "так": "yes",
    "послуга": "service",
    "послуг": "services",
    "розділ потребує уточнення": "section needs checking",
    "розділів потребують уточнення": "sections need checking",
    "Мова підписів": "Language of the labels",
    "Кольори": "Colours",
    "як на сторінці": "as on the page",
    "світлі": "light",
    "темні": "dark",
    "Про яку послугу починати розмову": "Which service the talk begins with",
    "про будь-яку": "any",
    "Приклад у порожньому полі": "Example in the empty box",
    "Кнопка, що відкриває пошук у вікні": "A button that opens the search in a window",
    "Показати рядки": "Show the lines",
    "Ваші рядки": "Your lines",
    "Ось як це виглядає": "This is what it looks like",
    embedding.TITLE: "The search on your site",
    embedding.DESCRIPTION: "Two lines that put the search for answers on any page.",
    embedding.LEAD: "Two lines put the search on any page. Choose its looks, copy the lines and "
    "put them where the box should go.",
    embedding.ORIGINS: "The service’s administrator has to allow your site: add its address, such "
    "as https://example.gov.ua, to QA_CORS_ORIGINS. Until then the browser’s console says so.",
    embedding.CHAT_TITLE: "Chatbot",
    embedding.CHAT_LEAD: "The same answers can be given in a chat.",
    embedding.CHAT_LINK: "See what a conversation looks like",
    privacy.TITLE: "Privacy",
    privacy.DAYS[0]: "day",
    privacy.DAYS[2]: "days",
    privacy.DESCRIPTION: "What the service keeps about people who ask, where and for how long.",
    privacy.LEAD: "Asking needs no account and no consent: the pages set no cookies and load "
    "nothing from other sites.",
    "секунду": "second",
    "секунд": "seconds",
    phrases.SEARCH_NAME: "MIA services",
    phrases.SITE_NAME: "MIA service centres: questions and answers",
    phrases.SITE_DESCRIPTION: "Ask in your own words about driving licences, vehicle registration, "
    "number plates, exams or certificates. The answer comes from the text of a procedure, with its "
    "source and date.",
    phrases.START_TITLE: "Ask about a service",
    phrases.CATALOGUE_DESCRIPTION: "All services of the MIA service centres by subject: steps, "
    "documents, fee and time limits of each.",
    phrases.CENTRES_TITLE: "Addresses of the MIA service centres",
    phrases.CENTRES_DESCRIPTION: "Addresses of the MIA service centres by region, with a search by "
    "town, number and street.",
    phrases.ASK_TOWN: "In which town? Add its name to your question.",
    phrases.CENTRES_OF: "Service centres: {place}",
    phrases.NO_CENTRE_THERE: "{place} has no service centre of its own in the directory. The "
    "nearest in the region",
    phrases.NO_CENTRE_AROUND: "{place}: the directory has no service centre there or anywhere in "
    "that region. Name a town of another region.",
    phrases.NO_SUCH_PLACE: "The directory has no such town, region, number or street. Try the name "
    "of the region or of a town nearby.",
    phrases.SEARCH_TOO_LONG: "That is too long: name only a town, a region, the number of a centre "
    "or a street.",
    phrases.CAVEAT: "Sources disagree: this is the newest that we know",
    phrases.CAVEATS[Topic.FEE]: "The price may have changed: this is the newest that we know",
    phrases.CAVEATS[Topic.TERM]: "The time limit may have changed: this is the newest that we know",
    phrases.DOUBT: "Check before your visit: not every detail is certain.",
    phrases.WITH_SOURCES: "With sources and dates.",
    phrases.TOO_MANY_FOR_NOW: "Reload the page a little later: the question is still in the box.",
    talk.SMALL_TALK[SmallTalk.GREETING]: "Welcome! Ask about driving licences, vehicle "
    "registration, number plates, exams or certificates, in your own words.",
    talk.SMALL_TALK[SmallTalk.THANKS]: "You are welcome! If there is another question, just ask.",
    talk.SMALL_TALK[SmallTalk.FAREWELL]: "All the best!",
    talk.SMALL_TALK[SmallTalk.PERSON]: "An operator can be reached at the contact centre: {phone}.",
    talk.SMALL_TALK[SmallTalk.EMERGENCY]: "If a life is in danger or a crime was committed, call "
    "112, 102 (police) or 103 (ambulance). This is the inquiry programme of the MIA service "
    "centres.",
    talk.SMALL_TALK[SmallTalk.BOT]: "I am the inquiry programme of the MIA service centres: I find "
    "answers in official texts about driving licences, vehicle registration, number plates, exams "
    "and certificates.",
    talk.SMALL_TALK[SmallTalk.OTHER]: "I look for answers about the services of the MIA service "
    "centres. Ask in your own words or call the contact centre: {phone}.",
    talk.LIVE_DATA: "We cannot see this. The state of an application and your documents are shown "
    "by the Driver’s Cabinet, bookings by online booking (E-zapys), fines and restrictions by the "
    "Driver’s Cabinet and Diia. If it is not there, ask an operator of the contact centre.",
}
