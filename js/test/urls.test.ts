import assert from "node:assert/strict";
import { test } from "node:test";
import { disguisedHost, hostOf, safeUrl } from "../src/stream/urls";

test("absolute http, https and mailto are links", () => {
  for (const address of ["http://a.org", "HTTPS://a.org/x?y#z", "mailto:a@b.org"]) {
    assert.ok(safeUrl(address), address);
  }
});

test("anything else is text", () => {
  const hostile = [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.org/1",
    "/tree?token=1",
    "../x",
    "//evil.org/x",
    "#top",
    "http:evil.org",
    "https:/evil.org",
    "https://",
    "https://bank.com@evil.org/",
    "https://user:secret@evil.org/",
    "",
  ];
  for (const address of hostile) assert.equal(safeUrl(address), null, address);
});

const disguised = (text: string, address: string) => disguisedHost(text, new URL(address));

test("a text that names another host is given away", () => {
  assert.equal(disguised("bank.com", "https://evil.org/bank.com"), "evil.org");
  assert.equal(disguised("https://bank.com/login", "https://evil.org"), "evil.org");
  assert.equal(disguised("bank.com", "https://bank.com.evil.org"), "bank.com.evil.org");
});

test("look-alike letters show as what they are", () => {
  assert.match(disguised("apple.com", "https://аpple.com") ?? "", /^xn--/);
});

test("an honest text needs no word", () => {
  assert.equal(disguised("www.bank.com/a", "https://bank.com/b"), null);
  assert.equal(disguised("the report", "https://bank.com"), null);
  assert.equal(disguised("bank.com", "https://www.bank.com/x"), null);
});

test("the host, without what says nothing", () => {
  assert.equal(hostOf(new URL("https://www.a.org/x")), "a.org");
  assert.equal(hostOf(new URL("mailto:a@b.org")), "a@b.org");
});
