# differs: SIGWINCH and SIGCHLD arrive while it serves, and it has handlers for them.

import itertools
import os
import runpy
import signal
import threading
import time


def send_signals(to):
    """A few soon, as when a window is dragged, then one after another."""
    for count, sent in enumerate(itertools.cycle([signal.SIGWINCH, signal.SIGCHLD])):
        time.sleep(0.003 if count < 3 else 0.1)
        signal.pthread_kill(to, sent)


for handled in (signal.SIGWINCH, signal.SIGCHLD):
    signal.signal(handled, lambda *_: None)
threading.Thread(target=send_signals, args=[threading.main_thread().ident], daemon=True).start()
runpy.run_path(os.path.join(os.path.dirname(__file__), "in-python.py"))
