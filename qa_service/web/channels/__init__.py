"""Where chat platforms deliver: verified, taken, acknowledged; the reply comes later."""
