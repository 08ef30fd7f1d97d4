import assert from "node:assert/strict";
import { test } from "node:test";
import { disguisedHost, hostOf, safeUrl } from "../src/markdown/urls";
import { random } from "./random";

const href = (address: string) => safeUrl(address)?.href;

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
    "https:///evil.org",
    "https://bank.com@evil.org/",
    "https://user:secret@evil.org/",
    "https://bank.com\\@evil.org/",
    "https://bank.com%2f@evil.org/",
    "https://b%61nk.com/",
    "https://a.org:x/",
    "https://a.org:65536/",
    "https://1.2.3/",
    "https://0x7f.0.0.1/",
    "https://2130706433/",
    "https://127.0.0.01/",
    "https://[::1]/",
    "https://a..org/",
    "https://xn--a/",
    "https://a\u200b.org/",
    "https://a.org/\u202egpj.exe",
    "https://a.org/\ud800",
    "https://a\u3002org/",
    "https://\uff41.org/",
    "mailto:",
    "",
  ];
  for (const address of hostile) assert.equal(safeUrl(address), null, address);
});

test("an address is normalised, and not encoded twice", () => {
  assert.equal(href("HTTPS://A.org:443"), "https://a.org");
  assert.equal(
    href("http://a.org:8080/x y?q=ä|b#%zz"),
    "http://a.org:8080/x%20y?q=%C3%A4%7Cb#%25zz",
  );
  assert.equal(href("https://Bücher.example/%20%e4"), "https://xn--bcher-kva.example/%20%e4");
  assert.equal(href("MAILTO:a@b.org?subject=x y"), "mailto:a@b.org?subject=x%20y");
});

/**
 * The browser must read each accepted address as we do, and accepting our result again must not
 * change it.
 */
test("every accepted address leads to the host that we show", () => {
  const parts =
    "https:// http:// mailto: HTTP:// // / \\ @ : :80 :443 :0 . .. www. a.org bank.com ä ß ü é xn-- xn--bcher-kva 127.0.0.1 0x7f 1 08 [::1] % %2f %00 %zz ? # & = _ - ~ ' \" < > | ^ ` { } ; , ! ( ) * + $ \u00a0 \u00ad \u200b \u202e \u3002 \uff0e \uff0f \ud83d\ude00 \ud83d א ١"
      .split(" ")
      .concat(" ", "\t", "\n");
  const next = random(7);
  let accepted = 0;
  for (let n = 0; n < 60_000; n++) {
    const length = 1 + next(5);
    const start = next(3) ? "https://" : "";
    const text = start + Array.from({ length }, () => parts[next(parts.length)]).join("");
    const address = safeUrl(text);
    if (!address) continue;
    accepted += 1;
    const url = new URL(address.href);
    assert.ok(["http:", "https:", "mailto:"].includes(url.protocol), text);
    assert.equal(url.username + url.password, "", text);
    const host = url.protocol === "mailto:" ? url.pathname : url.host.replace(/^www\./, "");
    assert.equal(host, address.host, text);
    assert.match(address.href, /^[!-~]+$/, text);
    assert.deepEqual(safeUrl(address.href), address, text);
  }
  assert.ok(accepted > 1_000, String(accepted));
});

function disguised(text: string, address: string): string | null {
  const target = safeUrl(address);
  assert.ok(target, address);
  return disguisedHost(text, target);
}

test("a text that names another host discloses the real one", () => {
  assert.equal(disguised("bank.com", "https://evil.org/bank.com"), "evil.org");
  assert.equal(disguised("https://bank.com/login", "https://evil.org"), "evil.org");
  assert.equal(disguised("bank.com", "https://bank.com.evil.org"), "bank.com.evil.org");
});

test("look-alike letters are disclosed", () => {
  assert.match(disguised("apple.com", "https://аpple.com") ?? "", /^xn--/);
});

test("an honest text needs no disclosure", () => {
  assert.equal(disguised("www.bank.com/a", "https://bank.com/b"), null);
  assert.equal(disguised("the report", "https://bank.com"), null);
  assert.equal(disguised("pay", "https://\u0440\u0430\u0443.org/x"), "xn--80a5ak.org");
  assert.equal(disguised("see xn--80a5ak.org", "https://\u0440\u0430\u0443.org/x"), null);
  assert.equal(disguised("bank.com", "https://www.bank.com/x"), null);
});

test("the host is shown without www. and mailto:", () => {
  const host = (address: string) => hostOf(safeUrl(address) ?? { href: "", host: "" });
  assert.equal(host("https://www.a.org/x"), "a.org");
  assert.equal(host("mailto:a@b.org?subject=x"), "a@b.org");
});
