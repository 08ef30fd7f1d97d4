"""A live view in a page, and the messages that a test sends it."""

from playwright.sync_api import Page

START = """(traits) => {
    globalThis.one = answer({status: "streaming", ...traits});
    globalThis.shown = view(one.widget, one.model);
    let seq = 0, length = one.model.get("text").length;
    globalThis.patch = (rest) => {
        one.model.message({type: "patch", seq: ++seq, at: length, elapsed: seq / 10, ...rest});
        length += (rest.text ?? "").length;
    };
}"""

SOURCES = [
    {"id": 11, "title": "On ants", "url": "https://ants.org/1", "site": "ants.org", "date": None},
    {
        "id": 3,
        "title": "On bees",
        "url": "https://bees.org/2",
        "site": "bees.org",
        "date": "2026-11-01",
    },
    {"id": 5, "title": "On wasps", "url": "javascript:alert(1)", "site": "wasps.org", "date": None},
]

FAILURE = {
    "kind": "x",
    "lines": {"what": "No."},
    "request_id": None,
    "retry": True,
}
CITATIONS = [{"number": 1, "id": 3, "count": 1}, {"number": 2, "id": 11, "count": 1}]
SEARCH = {"kind": "search", "at": 0.1, "items": ["bee dance", "a  b"], "found": None}
READ = {"kind": "read", "at": 1, "items": ["https://www.bees.org/2", "javascript:x"], "found": 2}
THOUGHT = {"kind": "thought", "at": 2, "items": ["So they do."], "found": None}


def start(page: Page, **traits: object) -> None:
    page.evaluate(START, traits)


def patch(page: Page, **rest: object) -> None:
    page.evaluate("(rest) => patch(rest)", rest)


def whole(page: Page, **traits: object) -> None:
    page.evaluate("(traits) => one.model.update(traits)", traits)


def sent(page: Page) -> list[dict[str, object]]:
    return page.evaluate("one.model.sent")
