"""What the pages of operators, editors and managers say in common; keyed by the names of roles."""

PRODUCT = "Довідка сервісних центрів МВС"
SKIP = "До основного вмісту"
MENU = "Робочі сторінки"
SIGN_OUT = "Вийти"
ROLES = {
    "site": "сайт",
    "operator": "оператор",
    "editor": "редактор",
    "supervisor": "керівник",
    "admin": "адміністратор",
}
ROOMS = {"/operator": "Консоль", "/queue": "Черга редактора", "/insights": "Огляд"}

WRONG_ADDRESS = (
    "Такої сторінки немає",
    "В адресі є те, чого ця сторінка не знає, або посилання застаріло. Почніть із розділу:",
)
FAILED = (
    "Не вдалося",
    "Сервіс зараз не виконав цього. Спробуйте за хвилину; якщо не минає, скажіть адміністраторові.",
)
