"""The stub loads the bundle once per page, loses no message, and reports a missing bundle."""

import pytest
from playwright.sync_api import Page, expect

BUNDLE = """
globalThis.loads = (globalThis.loads ?? 0) + 1;
export default () => ({
    initialize({model, held}) {
        globalThis.got = [...held];
        const listen = (message) => got.push(message);
        model.on("msg:custom", listen);
        return () => model.off("msg:custom", listen);
    },
    render({el}) { el.textContent = "rendered"; return () => { el.textContent = "gone"; }; },
});
"""


def test_the_stub_loads_the_bundle_once_a_page(page: Page) -> None:
    page.evaluate(
        """(code) => {
            const holders = {h: {get: () => code}};
            for (let i = 0; i < 3; i++) {
                const {model, widget} = answer({_bundle: "h"}, stub, holders);
                view(widget, model);
            }
        }""",
        BUNDLE,
    )
    expect(page.get_by_text("rendered")).to_have_count(3)
    assert page.evaluate("loads") == 1


def test_the_stub_delivers_each_message_once(page: Page) -> None:
    page.evaluate(
        """(code) => {
            const holders = {};
            globalThis.one = answer({_bundle: "late"}, stub, holders);
            globalThis.shown = view(one.widget, one.model);
            for (const n of [1, 2, 3]) one.model.message(n);
            setTimeout(() => { holders.late = {get: () => code}; one.model.message(4); }, 200);
        }""",
        BUNDLE,
    )
    expect(page.get_by_text("rendered")).to_have_count(1)
    page.evaluate("one.model.message(5)")
    assert page.evaluate("got") == [1, 2, 3, 4, 5]
    page.evaluate("shown.close()")
    expect(page.get_by_text("gone")).to_have_count(1)


def test_the_stub_shows_the_real_bundle(page: Page) -> None:
    page.evaluate("""async () => {
        const code = await (await fetch("/static/widget.js")).text();
        globalThis.one = answer({_bundle: "real", question: "Why?"}, stub, {real: {get: () => code}});
        one.model.message({type: "patch", seq: 1, at: 0, text: "Because", elapsed: 1});
        view(one.widget, one.model);
    }""")
    expect(page.locator(".pplx-text")).to_have_text("Because")


@pytest.mark.parametrize("holders", [None, {}])
def test_a_missing_bundle_is_reported(page: Page, holders: dict[str, object] | None) -> None:
    page.clock.install()
    page.evaluate(
        """(holders) => {
            globalThis.one = answer({_bundle: "x"}, stub, holders);
            view(one.widget, one.model);
        }""",
        holders,
    )
    for _ in range(12):
        page.clock.run_for(1000)
    expect(page.get_by_text("pplx-widget doctor")).to_have_count(1)


def test_a_failed_load_is_tried_again_by_the_next_view(page: Page) -> None:
    page.clock.install()
    page.evaluate("""() => {
        globalThis.holders = {};
        globalThis.one = answer({_bundle: "x"}, stub, holders);
        view(one.widget, one.model);
        one.model.message(1);
    }""")
    for _ in range(12):
        page.clock.run_for(1000)
    expect(page.get_by_text("pplx-widget doctor")).to_have_count(1)
    page.evaluate(
        "(code) => { holders.x = {get: () => code}; view(one.widget, one.model); }", BUNDLE
    )
    expect(page.get_by_text("rendered")).to_have_count(1)
    assert page.evaluate("got") == [1]


def test_text_is_shown_where_a_policy_forbids_to_load_the_bundle(page: Page) -> None:
    page.evaluate("""() => {
        const policy = document.createElement("meta");
        policy.httpEquiv = "Content-Security-Policy";
        policy.content = "script-src 'self' 'unsafe-eval'";
        document.head.append(policy);
        const holders = {h: {get: () => "export default 1"}};
        globalThis.one = answer({_bundle: "h", question: "Why?", text: "Be"}, stub, holders);
        globalThis.shown = view(one.widget, one.model);
        one.model.message({type: "patch", seq: 1, at: 2, text: "cause", elapsed: 1});
    }""")
    expect(page.get_by_text("Because")).to_have_count(1)
    expect(page.get_by_text("pplx-widget doctor")).to_have_count(1)
    page.evaluate(
        "one.model.message({type: 'patch', seq: 2, at: 7, text: ' <b>it</b> is', elapsed: 1})"
    )
    expect(page.get_by_text("Because <b>it</b> is")).to_have_count(1)
    page.evaluate("shown.close()")
