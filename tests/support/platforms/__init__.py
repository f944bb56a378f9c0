"""Servers of the chat platforms, as strict as the real ones, and the citizens who write there.

A platform (`telegram.Telegram`, `messenger.Messenger`, `viber.Viber`) answers the bot's calls and
keeps what it was sent. Its citizen (`telegram_citizen.Citizen` and so on) makes the deliveries to
the bot's webhook: headers, signature and bytes as the platform sends them. `deliveries.Courier`
delivers them twice, out of order, at once or cut off; `faults.Faults` makes a platform fail.
"""
