import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHTML } from "entities";
import { decodeHTMLStrict } from "../src/markdown/entities";

/** Texts that were parsed as HTML. */
const read: string[] = [];

const body = {
  textContent: "",
  set innerHTML(html: string) {
    read.push(html);
    // Like browsers, which need no semicolon after HTML's oldest names.
    this.textContent = decodeHTML(html);
  },
};

Object.assign(globalThis, {
  document: { implementation: { createHTMLDocument: () => ({ body }) } },
});

test("a name gives its character", () => {
  assert.equal(decodeHTMLStrict("&copy;"), "©");
  assert.equal(decodeHTMLStrict("&Auml;"), "Ä");
  assert.equal(decodeHTMLStrict("&frac12;"), "½");
  assert.equal(decodeHTMLStrict("&CounterClockwiseContourIntegral;"), "∳");
  assert.equal(decodeHTMLStrict("&semi;"), ";");
});

test("an unknown name stays, even if it begins like an old one", () => {
  for (const name of ["&nothing;", "&notit;", `&${"a".repeat(32)};`]) {
    assert.equal(decodeHTMLStrict(name), name);
  }
});

test("only names are parsed as HTML", () => {
  read.length = 0;
  const others = ["&<b>;", "<b>", "&copy", "copy;", "x&copy;", "&copy;x", "&1a;", "&a;", "&a-b;"];
  for (const other of [...others, `&${"a".repeat(33)};`]) {
    assert.equal(decodeHTMLStrict(other), other);
  }
  assert.deepEqual(read, []);
});
