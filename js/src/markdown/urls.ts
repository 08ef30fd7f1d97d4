/**
 * Which addresses an answer may link to, and what a link is to say about itself. A closed grammar, so
 * that Python (`pplx_widget/render/urls.py`) decides the same and writes the same address; and what the
 * browser's own parser does not read the same way is no address.
 */

export interface Address {
  /** In ASCII, absolute. */
  href: string;
  /**
   * Where it leads, as the browser would ask for it (look-alike letters show as `xn--…`), without
   * `www.`; of a `mailto:` address whom it writes to.
   */
  host: string;
}

// Control and format characters, spaces other than the plain one inside, halves of pairs, and the
// backslash, which browsers read as a slash.
const UNSAFE =
  /[\p{Cc}\\\p{Cs}\xa0\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]|^ | $/u;
const WEB = /^(https?):\/\/([^/?#]+)(.*)$/i;
const MAIL = /^mailto:([^?#]*@[^?#]*)(.*)$/i;
const NAME = /^[a-z0-9_.\-\u0080-\u{10ffff}]{1,253}$/u;
// Not `xn--…-`: such a name says that it has letters beyond ASCII, and has none.
const HOST =
  /^(?=.{1,253}$)(?!(?:.*\.)?xn--[^.]*-(?:\.|$))[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;
const PORT = /^\d{1,5}$/;
const HIGHEST_PORT = 65535;
const DEFAULT_PORTS: Record<string, number> = { http: 80, https: 443 };
/** Nothing is seen of these (or they are a dot): a name with one looks like another name. */
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u3002]/u;
// Written from right to left. Beside others such a name reads in another order than it is, so its parts
// are wholly of one kind; browsers ask the same, in detail each in its own way.
export const LEFTWARD = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const LEFTWARD_PART = `(?:(?![\u0660-\u0669\u06f0-\u06f9])${LEFTWARD.source}+|[a-z](?:[a-z0-9-]*[a-z0-9])?)`;
const LEFTWARD_HOST = new RegExp(`^${LEFTWARD_PART}(?:\\.${LEFTWARD_PART})*$`);
const HOST_IN_TEXT =
  /^[ \t\n]*(?:https?:\/\/)?((?:[a-z0-9\x80-\u{10ffff}-]+\.)+[a-z\x80-\u{10ffff}]{2,})(?=[/:?# \t\n]|$)/iu;

/**
 * Where a link to `address` leads, if it is absolute and http, https or mailto; else null. A relative
 * one would point into the notebook server, and a name before the host only serves to deceive.
 */
export function safeUrl(address: string): Address | null {
  if (UNSAFE.test(address)) return null;
  const [, to, subject = ""] = MAIL.exec(address) ?? [];
  if (to !== undefined) {
    const host = encoded(to);
    return { href: `mailto:${host}${encoded(subject)}`, host };
  }
  const [, scheme = "", authority = "", rest = ""] = WEB.exec(address) ?? [];
  const host = hostIn(authority, DEFAULT_PORTS[scheme.toLowerCase()]);
  if (!host) return null;
  const href = `${scheme.toLowerCase()}://${host}${encoded(rest)}`;
  return URL.canParse(href) ? { href, host: host.replace(/^www\./, "") } : null;
}

export const hostOf = (address: Address): string => address.host;

/** The real host, where a link's text claims another, or where its letters may look like others. */
export function disguisedHost(text: string, { host }: Address): string | null {
  if (text.includes(`(${host})`)) return null; // said already
  const claimed = HOST_IN_TEXT.exec(text)?.[1];
  if (claimed && claimed.toLowerCase().replace(/^www\./, "") !== host) return host;
  return host.includes("xn--") && !text.includes(host) ? host : null;
}

function hostIn(authority: string, defaultPort: number | undefined): string | null {
  const [, name = "", colon, port = ""] = /^([^:]*)(:?)(.*)$/.exec(authority) ?? [];
  if (colon && (!PORT.test(port) || Number(port) > HIGHEST_PORT)) return null;
  const host = asciiName(name.toLowerCase());
  if (!host || !HOST.test(host)) return null;
  return !colon || Number(port) === defaultPort ? host : `${host}:${Number(port)}`;
}

/** A host's name as it is asked for, or null where the browser would ask for another. */
function asciiName(name: string): string | null {
  if (!NAME.test(name) || INVISIBLE.test(name) || name.normalize("NFKC") !== name) return null;
  if (LEFTWARD.test(name) && !LEFTWARD_HOST.test(name)) return null;
  const host = hostname(`https://${name}/`);
  const labels = host?.split(".");
  // What was ASCII stays as it is; a number, for one, becomes an IPv4 address.
  const kept = name
    .split(".")
    .every((label, i) => /[^\0-\x7f]/.test(label) || label === labels?.[i]);
  return kept ? host : null;
}

function hostname(url: string): string | null {
  try {
    return new URL(url).hostname;
  } catch {
    return null;
  }
}

/** Percent-encoded where it has to be, and not twice. */
function encoded(rest: string): string {
  return encodeURI(rest).replace(/%25(?=[0-9a-f]{2})/gi, "%");
}
