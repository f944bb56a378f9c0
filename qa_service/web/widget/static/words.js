/** Every word that the widget says by itself. Ukrainian texts are those of the service's own pages; a test compares them. */

/** What to show where the service itself cannot say whom to call. */
export const CONTACT = { phone: "(044) 290-19-88", site: "https://hsc.gov.ua" };

const UK_FORMS = new Intl.PluralRules("uk");

/** @param {number} n @param {Record<string, string>} forms */
const uk = (n, forms) => `${n} ${forms[UK_FORMS.select(n)] ?? forms.many}`;

/** @param {number} n @param {string} noun */
const en = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

const UKRAINIAN = {
  label: "Ваше запитання",
  placeholder: "Наприклад: скільки коштує обмін прав?",
  search: "Знайти",
  open: "Запитати про послугу",
  close: "Закрити",
  suggestions: "Підказки",
  count: (n) => (n ? uk(n, { one: "підказка", few: "підказки", many: "підказок" }) : "Підказок немає"),
  kinds: { service: "послуга", term: "термін" },
  loading: "Шукаємо відповідь…",
  answered: "Знайдено відповідь:",
  understood: "Зрозуміли так:",
  added: "Шукали також:",
  exactly: "Шукати, як написано",
  subject: "Далі про:",
  thisService: "послугу цієї сторінки",
  whichOne: "Уточніть, що саме, або почніть заново.",
  otherSubject: "Інша тема",
  perhaps: [
    "Можливо, ви про це",
    "Певної відповіді немає: відкрийте те, що підходить, запитайте докладніше або зателефонуйте.",
  ],
  parts: "Відповіді на ваші запитання",
  degraded: "Пошук тимчасово працює спрощено: відповідь може бути менш точною, ніж зазвичай.",
  glance: "Коротко про процедуру",
  more: "Докладніше",
  asOf: "станом на",
  year: "рік",
  confidences: { high: "відповідає запитанню", medium: "схоже на ваше запитання", low: "може не підійти" },
  evidence: { medium: "підтверджено частково", low: "підтверджено лише одним непрямим або давнім джерелом" },
  caveats: {
    fee: "Ціна могла змінитися: тут найновіша, яку знаємо",
    term: "Строк міг змінитися: тут найновіший, який знаємо",
    other: "Джерела розходяться: тут найновіше, що знаємо",
    doubt: "Звірте перед візитом: не всі подробиці підтверджено.",
  },
  stale: "дані давні, звірте їх",
  sources: "Джерела",
  sourceKinds: { official: "офіційно", law: "закон", media: "ЗМІ" },
  actions: "Що зробити далі",
  centres: "Усі сервісні центри за областями",
  whole: "Уся процедура",
  related: "Схожі запитання",
  guesses: "Найближче, що ми знайшли",
  specialist: "Відповість фахівець контакт-центру:",
  orSite: "або сайт",
  retry: "Спробувати ще раз",
  feedback: {
    question: "Чи це допомогло?",
    yes: "Так",
    no: "Ні",
    wrong: "Що не так? Необов’язково",
    complaints: {
      outdated: "Дані застаріли",
      other_question: "Це не про те",
      unclear: "Незрозуміло",
      broken_link: "Посилання не працює",
    },
    comment: "Чого забракло? Необов’язково",
    privacy: "Не пишіть імен, телефонів і номерів документів.",
    send: "Надіслати",
    thanks: "Дякуємо! Ваш відгук допоможе покращити відповіді.",
    failed: "Не вдалося надіслати відгук. Спробуйте ще раз.",
  },
  topics: {
    who: "Для кого",
    steps: "Порядок дій",
    documents: "Документи",
    fee: "Вартість",
    term: "Строки",
    where: "Куди звертатися",
    online: "Онлайн",
    result: "Результат",
    validity: "Строк дії",
    refusal: "Відмова",
    exam: "Іспити",
    legal: "Законодавство",
    penalty: "Відповідальність",
    "martial-law": "Воєнний стан",
    contact: "Контакти",
    note: "Варто знати",
  },
  reasons: {
    off_topic: [
      "Це запитання не про послуги сервісних центрів МВС",
      "Тут є відповіді про посвідчення водія, реєстрацію транспорту, номерні знаки, іспити та довідки. " +
        "Якщо ви питали саме про це, скажіть інакше або виберіть послугу в каталозі.",
    ],
    not_covered: [
      "Такої відповіді в нас поки немає",
      "Запитання, здається, про наші справи або близькі до них, але відповіді серед перевірених текстів немає. " +
        "Зателефонуйте в контакт-центр або погляньте на найближчі відповіді.",
    ],
    live_data: [
      "Цього ми не бачимо: відповідь знає лише реєстр або працівник",
      "Стан заяви, свій запис, вільні години, штрафи та дані про авто показують Кабінет водія, Дія та Е-запис; " +
        "решту скаже оператор контакт-центру.",
    ],
    small_talk: [
      "Запитайте про послугу сервісного центру",
      "Напишіть своїми словами, що потрібно: наприклад, «загубив права, що робити» чи «скільки коштує перереєструвати авто».",
    ],
    no_match: [
      "Такої відповіді в нас немає",
      "Спробуйте сказати простіше й назвати послугу: наприклад, «обмін посвідчення водія» чи «перереєстрація авто».",
    ],
    low_confidence: [
      "Ми не певні, що знаємо відповідь",
      "Щоб не ввести вас в оману, не показуємо здогад як готову відповідь. " +
        "Уточніть запитання, перегляньте найближчі варіанти або зателефонуйте.",
    ],
    ambiguous: [
      "Уточніть, яка послуга вам потрібна",
      "Запитання підходить одразу до кількох процедур, а відповіді в них різні.",
    ],
    empty: [
      "Напишіть запитання",
      "Поле пошуку порожнє. Кількох слів досить: що вам потрібно й про який документ або транспорт ідеться.",
    ],
    too_long: [
      "Запитання задовге",
      "Скоротіть його до одного-двох речень: назвіть послугу й те, що саме хочете дізнатися.",
    ],
    personal_data_only: [
      "Не пишіть тут особистих даних",
      "У запитанні лише особисті дані: номер документа, телефон чи подібне. За ними ми нічого не шукаємо. " +
        "Запитайте про послугу загальними словами.",
    ],
  },
  failures: {
    offline: ["Немає з’єднання з інтернетом", "Перевірте мережу й спробуйте ще раз. Ваше запитання залишилося в полі."],
    timeout: ["Пошук відповідає надто довго", "Можливо, повільна мережа. Спробуйте ще раз за мить."],
    limited: ["Забагато запитань поспіль", "Спробуйте ще раз трохи згодом."],
    refused: ["Пошук не прийняв запитання з цього сайту", "Спробуйте пізніше або зателефонуйте до контакт-центру."],
    server: ["Пошук тимчасово не працює", "Спробуйте ще раз за кілька хвилин або зателефонуйте до контакт-центру."],
    misplaced: ["Пошук на цій сторінці зараз недоступний", "Поки його налаштовують, зателефонуйте до контакт-центру."],
  },
  wait: (seconds) => `Спробуйте ще раз через ${uk(seconds, { one: "секунду", few: "секунди", many: "секунд" })}.`,
};

const ENGLISH = {
  label: "Your question",
  placeholder: "Ask in Ukrainian, Russian or English",
  search: "Search",
  open: "Ask about a service",
  close: "Close",
  suggestions: "Suggestions",
  count: (n) => (n ? en(n, "suggestion") : "No suggestions"),
  kinds: { service: "service", term: "term" },
  loading: "Searching for an answer…",
  answered: "Answer found:",
  understood: "Understood as:",
  added: "Also searched for:",
  exactly: "Search exactly as written",
  subject: "More about:",
  thisService: "the service of this page",
  whichOne: "Say which one, or begin anew.",
  otherSubject: "Another subject",
  perhaps: [
    "Perhaps you mean this",
    "There is no certain answer: open what fits, ask in more detail or call.",
  ],
  parts: "Answers to your questions",
  degraded: "Search is running in a simplified mode: the answer may be less exact than usual.",
  glance: "The procedure at a glance",
  more: "Details",
  asOf: "as of",
  year: "",
  confidences: { high: "fits the question", medium: "seems to fit the question", low: "may not fit the question" },
  evidence: { medium: "partly confirmed", low: "confirmed by one indirect or old source only" },
  caveats: {
    fee: "The price may have changed: this is the newest that we know",
    term: "The time limit may have changed: this is the newest that we know",
    other: "Sources disagree: this is the newest that we know",
    doubt: "Check before your visit: not every detail is certain.",
  },
  stale: "old data, please check",
  sources: "Sources",
  sourceKinds: { official: "official", law: "law", media: "media" },
  actions: "What to do next",
  centres: "All service centres by region",
  whole: "The whole procedure",
  related: "Similar questions",
  guesses: "The nearest that we found",
  specialist: "A specialist of the contact centre will answer:",
  orSite: "or the site",
  retry: "Try again",
  feedback: {
    question: "Did this help?",
    yes: "Yes",
    no: "No",
    wrong: "What is wrong? Optional",
    complaints: {
      outdated: "Out of date",
      other_question: "About something else",
      unclear: "Unclear",
      broken_link: "A link does not work",
    },
    comment: "What was missing? Optional",
    privacy: "Please leave out names, telephone numbers and document numbers.",
    send: "Send",
    thanks: "Thank you! Your feedback helps to improve the answers.",
    failed: "Your feedback could not be sent. Please try again.",
  },
  topics: {
    who: "Who it is for",
    steps: "Steps",
    documents: "Documents",
    fee: "Fee",
    term: "How long it takes",
    where: "Where to go",
    online: "Online",
    result: "Result",
    validity: "Validity",
    refusal: "Refusal",
    exam: "Exams",
    legal: "Legislation",
    penalty: "Penalties",
    "martial-law": "Martial law",
    contact: "Contacts",
    note: "Good to know",
  },
  reasons: {
    off_topic: [
      "This question is not about the services of the MIA service centres",
      "There are answers about driving licences, vehicle registration, number plates, exams and certificates. " +
        "If that is what you asked about, please say it in other words or choose a service in the catalogue.",
    ],
    not_covered: [
      "We have no such answer yet",
      "The question seems to be about our services or close to them, but no checked text answers it. " +
        "Call the contact centre or look at the nearest topics.",
    ],
    live_data: [
      "We cannot see this: only a register or an employee knows it",
      "The state of an application, your booking, free slots, fines and data of a car are shown by the Driver’s " +
        "Cabinet, Diia and online booking (E-zapys); an operator of the contact centre knows the rest.",
    ],
    small_talk: [
      "Ask about a service of the service centres",
      "Say in your own words what you need, such as “I lost my licence” or “cost of registering a car”.",
    ],
    no_match: [
      "We have no such answer",
      "Try to say it more simply and name the service, such as “exchange of a driving licence”.",
    ],
    low_confidence: [
      "We are not sure that we know the answer",
      "So as not to mislead you, we do not show a guess as an answer. Say more, look at the nearest topics or call.",
    ],
    ambiguous: ["Which service do you need?", "The question fits several procedures, and their answers differ."],
    empty: ["Write your question", "The box is empty. A few words are enough: what you need, and for which document or vehicle."],
    too_long: ["The question is too long", "Shorten it to a sentence or two: name the service and what you want to know."],
    personal_data_only: [
      "Please do not write personal data here",
      "There is only personal data in the question: a document’s number, a telephone or the like. " +
        "Nothing is searched by it. Ask about the service in general words.",
    ],
  },
  failures: {
    offline: ["No internet connection", "Check your network and try again. Your question is still in the box."],
    timeout: ["The search takes too long", "The network may be slow. Try again in a moment."],
    limited: ["Too many questions in a row", "Try again a little later."],
    refused: ["The search did not accept a question from this site", "Try later or call the contact centre."],
    server: ["The search is out of order for now", "Try again in a few minutes or call the contact centre."],
    misplaced: ["The search on this page is unavailable", "While it is being set up, please call the contact centre."],
  },
  wait: (seconds) => `Try again in ${en(seconds, "second")}.`,
};

/** @typedef {typeof UKRAINIAN} Words */

/** @type {Record<string, Words>} */
export const WORDS = { uk: UKRAINIAN, en: ENGLISH };

/**
 * `2025-11-03` -> 3 листопада 2025, `2025-11` -> листопад 2025, `2025` -> 2025 рік; anything else stays as it is.
 * @param {string} asOf @param {"uk" | "en"} language @param {Words} words
 */
export function dateWords(asOf, language, words) {
  const [, year, month, day] = /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?$/.exec(asOf) ?? [];
  if (!year) return asOf;
  if (!month) return `${year} ${words.year}`.trim();
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1)));
  const format = { timeZone: "UTC", month: "long", ...(day && { day: "numeric" }) };
  return `${date.toLocaleDateString(language === "en" ? "en-GB" : "uk", format)} ${year}`;
}

/** A probability in words: figures promise an exactness that people misread. @param {number} p @param {Words} words */
export function confidenceWords(p, words) {
  return words.confidences[p >= 0.8 ? "high" : p >= 0.5 ? "medium" : "low"];
}
