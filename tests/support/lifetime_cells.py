"""Cells that ask, and keep weak references to their answers."""

from __future__ import annotations

# Each question waits for its first text, so that a running answer can be stopped.
SETUP = """
import time, weakref
import ipywidgets
import pplx_widget as pplx
pplx.configure(base_url={url!r})
asked = []
def ask():
    answer = pplx.ask("q")
    while not answer.text:
        time.sleep(0.01)
    asked.append(weakref.ref(answer))
    return answer
"""


# Sends the signal of the notebook's stop button once the cell waits.
INTERRUPT = """
import os, signal, sys, threading
def interrupt(main=threading.main_thread().ident):
    names = []
    while "result" not in names:  # of a future
        time.sleep(0.01)
        frame = sys._current_frames()[main]
        names = []
        while frame is not None:
            names.append(frame.f_code.co_name)
            frame = frame.f_back
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
a.wait()
"""
