"""A live answer in a page whose simulated kernel sends chunks of the page's code."""

from __future__ import annotations

# An answer whose kernel sends chunks on request, and `add(text)`, which appends text.
START = """(traits) => {
    globalThis.one = answer({ status: "streaming", ...traits });
    const { model } = one;
    const send = model.send.bind(model);
    globalThis.sends = async (name) => {
        const code = await (await fetch(`/static/${name}.js`)).text();
        model.message({ type: "chunk", name, code });
    };
    model.send = (message) => {
        send(message);
        if (message.type === "chunk" && !globalThis.silent) sends(message.name);
    };
    for (const { type, name } of model.sent) if (type === "chunk" && !globalThis.silent) sends(name);
    globalThis.shown = view(one.widget, model);
    let seq = 0, at = 0;
    globalThis.add = (text, rest = {}) => {
        model.message({ type: "patch", seq: ++seq, at, elapsed: 0, text, ...rest });
        at += text.length;
    };
}"""
