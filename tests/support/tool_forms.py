"""The events and items of the service's tools, with their expected reading."""

from __future__ import annotations

import json
from typing import Any

from .agent_servers import agent, item, over, said, words_of
from .servers import A, B, Json, Sent

IMAGE = {
    "image_url": "https://img.org/1.png",
    "origin_url": A,
    "title": "One",
    "width": 640,
    "height": 480,
}
OTHER = {"image_url": "https://img.org/2.png", "origin_url": "", "title": ""}
IMAGES = (
    ("https://img.org/1.png", A, "One", 640, 480),
    ("https://img.org/2.png", "", "", None, None),
)
PAGE = {"title": "A", "url": A, "snippet": "s"}
QUOTE = {
    "category": "company_profile",
    "tickers": ["NVDA"],
    "content": "| price |\n| 200 |",
    "sources": [A, {"url": B}],
}


def told(what: str, **fields: Any) -> Json:
    """Return an event about the work of a tool."""
    return {"type": f"response.reasoning.{what}", "call_id": "c", **fields}


def found(id_: int, url: str) -> Json:
    return {"id": id_, "title": url[8:9].upper(), "url": url, "snippet": "s"}


FETCHED = item("fetch_url_results", contents=[PAGE])
PICTURED = item("image_search_results", queries=["bees"], results=[IMAGE, OTHER, IMAGE])
QUOTED = item("finance_results", tickers=["NVDA"], categories=["company_profile"], results=[QUOTE])

TOOL_FORMS = [
    agent(
        "images",
        told("image_search_queries", queries=["bees"]),
        told("image_search_results", results=[IMAGE, OTHER]),
        PICTURED,
        said("One."),
        over(PICTURED["item"], words_of("One.")),
        text="One.",
        sources=(),
        steps=(("images", ("bees",)),),
        images=IMAGES,
    ),
    agent(
        "images in an item alone",
        PICTURED,
        said("One."),
        over(PICTURED["item"]),
        text="One.",
        steps=(("images", ("bees",)),),
        images=IMAGES,
    ),
    agent(
        "images with no web address, or impossible sizes",
        told(
            "image_search_results",
            results=[
                {"image_url": "javascript:alert(1)"},
                {"image_url": "data:image/png;base64," + "A" * 5000},
                {"image_url": "http://img.org/1.png"},
                {"image_url": "https://img.org/" + "a" * 9000},
                {"image_url": 3, "title": ["x"]},
                {"title": "no address"},
                IMAGE | {"width": 10**30, "height": -1},
                OTHER | {"width": True, "height": "9"},
            ],
        ),
        said("One."),
        over(),
        text="One.",
        images=((*IMAGES[0][:3], None, None), IMAGES[1]),
    ),
    agent(
        "people in an item alone, with queries",
        item("people_search_results", queries=["bees"], results=[found(1, A)]),
        said("One.[1]"),
        over(item("people_search_results", queries=["bees"], results=[found(1, A)])["item"]),
        text="One.[1]",
        sources=((1, A, "A"),),
        cited=(1,),
        steps=(("search", ("bees",)),),
    ),
    agent(
        "figures as the service tells of them",
        told("finance_search_queries", tickers=["NVDA"], categories=["company_profile"]),
        told("finance_search_results", results=[QUOTE]),
        QUOTED,
        said("One.[2]"),
        over(QUOTED["item"]),
        text="One.[2]",
        sources=((1, A, "NVDA company profile"), (2, B, "NVDA company profile")),
        cited=(2,),
        steps=(("search", ("NVDA", "company_profile")),),
    ),
    agent(
        "figures in an item alone, without addresses",
        item("finance_results", tickers=["NVDA"], results=[QUOTE | {"sources": []}, {}]),
        said("One."),
        over(item("finance_results", tickers=["NVDA"], results=[QUOTE | {"sources": []}])["item"]),
        text="One.",
        sources=((1, "", "NVDA company profile"),),
        steps=(("search", ("NVDA",)),),
    ),
    agent(
        "a page that was read",
        told("fetch_url_queries", urls=[A]),
        told("fetch_url_results", contents=[PAGE]),
        FETCHED,
        said("One.[web:0]"),
        over(FETCHED["item"]),
        text="One.[web:0]",
        sources=((0, A, "A"),),
        cited=(0,),
        steps=(("read", (A,)),),
    ),
    agent(
        "pages that were read after a search",
        told("search_queries", queries=["bees"]),
        told("search_results", results=[found(1, A)]),
        told("fetch_url_queries", urls=[A, B]),
        told("fetch_url_results", contents=[PAGE, PAGE | {"url": B, "title": "B"}]),
        said("One.[1] Two.[2]"),
        over(FETCHED["item"]),
        text="One.[1] Two.[2]",
        sources=((1, A, "A"), (2, B, "B")),
        cited=(1, 2),
        steps=(("search", ("bees",)), ("read", (A, B))),
    ),
    agent(
        "a page whose number the service uses later",
        told("search_results", results=[found(1, A)]),
        told("fetch_url_results", contents=[PAGE | {"url": B, "title": "B"}]),
        told("search_results", results=[found(2, "https://c.org"), found(3, "https://d.org")]),
        said("One.[2]"),
        over(),
        text="One.[2]",
        sources=(
            (1, A, "A"),
            (2, "https://c.org", "C"),
            (3, "https://d.org", "D"),
            (4, B, "B"),
        ),
        cited=(2,),
    ),
    agent(
        "a page with a number",
        told("fetch_url_results", contents=[PAGE | {"id": 7}]),
        said("One.[7]"),
        over(),
        text="One.[7]",
        sources=((7, A, "A"),),
        cited=(7,),
    ),
    Sent(
        "all tools in a response as JSON",
        "agent",
        json.dumps(
            over(
                {"type": "search_results", "queries": ["bees"], "results": [found(1, A)]},
                {"type": "people_search_results", "queries": ["Ada"], "results": [found(2, B)]},
                QUOTED["item"],
                {"type": "fetch_url_results", "contents": [PAGE, PAGE | {"url": "https://c.org"}]},
                PICTURED["item"],
                words_of("One.[2]"),
            )["response"]
        ).encode(),
        "One.[2]",
        sources=((1, A, "A"), (2, B, "B"), (3, "https://c.org", "A")),
        cited=(2,),
        steps=(
            ("search", ("bees",)),
            ("search", ("Ada",)),
            ("search", ("NVDA", "company_profile")),
            ("read", (A, "https://c.org")),
            ("images", ("bees",)),
        ),
        images=IMAGES,
        kind="application/json",
    ),
]
