"""What the tests share. Every program is started with an environment of its own: nothing of the user's reaches it."""
