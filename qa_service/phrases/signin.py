"""What the pages say on which staff sign in and out."""

ROLE_TOO_LOW = "Ця сторінка не для вашої ролі"
NEEDED_ROLE = "Потрібна роль:"
YOUR_ROLE = "Ваша роль:"
ASK_FOR_ROLE = (
    "Якщо вам потрібна ця сторінка для роботи, зверніться до адміністратора довідкової системи."
)
SIGN_IN_AS_ANOTHER = "Увійти під іншим обліковим записом"
