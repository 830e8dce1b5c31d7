"""Events told to other programs: signed, tried again, never to this machine unless a setting allows it."""
