"""The demo of a chat, in a browser and without any platform: what the core says, seen."""
