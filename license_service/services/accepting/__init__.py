"""Take applications, for one matter or for several: who acts, what is handed in, what comes of it."""
