"""Ways of showing an answer in a cell: each the source of a cell that prepares and of one that asks.

``{url}`` is the server, ``{model}`` what to ask, ``{many}`` how many answers; answer ``i`` is asked as
``{model}-i``.
"""

from __future__ import annotations

# Colour and formulas are on the page before anything is measured, and the SDK is imported.
_OURS = """
import pplx_widget as pplx, time
from IPython.display import display
pplx.configure(api_key="x", base_url="{url}/v1")
display(pplx.ask("warm", model="bench-800-0").wait(timeout=60))
"""
_CLIENT = """
import openai, anywidget, ipywidgets, threading, time, traitlets
from IPython.display import Markdown, display
client = openai.OpenAI(api_key="x", base_url="{url}/v1")
def texts(model):
    for event in client.responses.create(model=model, input="q", stream=True):
        if event.type == "response.output_text.delta":
            yield event.delta
def beside(show, *args):
    threading.Thread(target=show, args=args, daemon=True).start()
list(texts("bench-50-0"))
"""
_FLOOR = (
    _CLIENT
    + '''
class Floor(anywidget.AnyWidget):
    _esm = """export default {{ render({{model, el}}) {{
      const text = document.createTextNode(""); el.append(text);
      model.on("msg:custom", delta => text.appendData(delta)); }} }}"""
def show(widget, model):
    deltas, over, lock = [], threading.Event(), threading.Lock()
    def send():
        while True:
            last = over.is_set()
            with lock:
                delta = "".join(deltas); deltas.clear()
            if delta: widget.send(delta)
            if last: break
            time.sleep(0.016)
    sender = threading.Thread(target=send, daemon=True); sender.start()
    for text in texts(model):
        with lock: deltas.append(text)
    over.set(); sender.join()
'''
)
_TRAIT = (
    _CLIENT
    + '''
class Whole(anywidget.AnyWidget):
    _esm = """export default {{ render({{model, el}}) {{
      const show = () => {{ el.textContent = model.get("text"); }};
      model.on("change:text", show); show(); }} }}"""
    text = traitlets.Unicode("").tag(sync=True)
def show(widget, model):
    for text in texts(model): widget.text += text
'''
)
_CHATLAS = """
from chatlas import ChatOpenAICompletions
chat = ChatOpenAICompletions(base_url="{url}/v1", api_key="x", model="{model}-0")
"""

WAYS: dict[str, tuple[str, str]] = {
    "ours": (
        _OURS,
        'for i in range({many}): display(pplx.ask("q", model=f"{model}-{{i}}"))',
    ),
    "floor": (
        _FLOOR,
        (
            "for i in range({many}):\n"
            '    widget = Floor(); display(widget); beside(show, widget, f"{model}-{{i}}")'
        ),
    ),
    "print": (_CLIENT, 'for text in texts("{model}-0"): print(text, end="", flush=True)'),
    "Markdown": (
        _CLIENT,
        (
            'whole, handle = "", display(Markdown(""), display_id=True)\n'
            'for text in texts("{model}-0"): whole += text; handle.update(Markdown(whole))'
        ),
    ),
    "HTML": (
        _CLIENT,
        (
            "widget = ipywidgets.HTMLMath(); display(widget)\n"
            "def show():\n"
            '    for text in texts("{model}-0"): widget.value += text\n'
            "beside(show)"
        ),
    ),
    "trait": (_TRAIT, 'widget = Whole(); display(widget); beside(show, widget, "{model}-0")'),
    "chatlas": (_CHATLAS, '_ = chat.chat("q")'),
}
ONE_AT_A_TIME = {"print", "Markdown", "HTML", "trait", "chatlas"}
BUSY = "\nuntil = time.time() + {seconds}\nwhile time.time() < until: pass"
