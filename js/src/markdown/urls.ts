/**
 * Decides which addresses an answer may link to, and what a link must disclose. The grammar is
 * closed, so that Python (`pplx_widget/markdown/urls.py`) accepts the same addresses and writes
 * them the same way. Addresses that the browser's own parser reads differently are rejected.
 */
import {
  DEFAULT_PORTS,
  HIGHEST_PORT,
  HOST,
  HOST_IN_TEXT,
  LEFTWARD,
  LEFTWARD_DIGIT,
  LONGEST_HOST,
  MAIL_ADDRESS,
  pattern,
  UNSAFE,
  WEB_ADDRESS,
} from "../tables";
import { LEFTWARD_SIGN } from "./visible";

export interface Address {
  /** Absolute, in ASCII. */
  href: string;
  /**
   * The host as the browser would request it (look-alike letters as `xn--…`), without `www.`. For
   * `mailto:`, the recipient.
   */
  host: string;
}

const UNSAFE_SIGN = pattern(UNSAFE, "u");
const WEB = pattern(`^${WEB_ADDRESS}$`, "i");
const MAIL = pattern(`^${MAIL_ADDRESS}$`, "i");
const NAME = pattern(`^[a-z0-9_.\\-\\u0080-\\u{10ffff}]{1,${LONGEST_HOST}}$`, "u");
// Not `xn--…-`: such a name claims to have letters beyond ASCII, but has none.
const HOST_NAME = pattern(`^(?!(?:.*\\.)?xn--[^.]*-(?:\\.|$))${HOST}$`);
const PORT = /^\d{1,5}$/;
const PORTS: Record<string, number> = DEFAULT_PORTS;
/** Invisible characters (or ones that look like a dot), which make one name look like another. */
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u3002]/u;
// Next to left-to-right letters, a right-to-left name is displayed in a misleading order. So each
// of its parts must be entirely of one direction. Browsers have similar rules, which differ in
// detail.
const LEFTWARD_PART = `(?:(?!${LEFTWARD_DIGIT})${LEFTWARD}+|[a-z](?:[a-z0-9-]*[a-z0-9])?)`;
const LEFTWARD_HOST = pattern(`^${LEFTWARD_PART}(?:\\.${LEFTWARD_PART})*$`);
const CLAIMED_HOST = pattern(`^${HOST_IN_TEXT}`, "iu");

/**
 * Returns the normalized address if it is absolute and http, https or mailto, else null. A relative
 * address would point into the notebook server, and user information before the host serves only to
 * deceive.
 */
export function safeUrl(address: string): Address | null {
  if (UNSAFE_SIGN.test(address)) return null;
  const [, to, subject = ""] = MAIL.exec(address) ?? [];
  if (to !== undefined) {
    const host = encoded(to);
    return { href: `mailto:${host}${encoded(subject)}`, host };
  }
  const [, scheme = "", authority = "", rest = ""] = WEB.exec(address) ?? [];
  const host = hostIn(authority, PORTS[scheme.toLowerCase()]);
  if (!host) return null;
  const href = `${scheme.toLowerCase()}://${host}${encoded(rest)}`;
  return URL.canParse(href) ? { href, host: host.replace(/^www\./, "") } : null;
}

export const hostOf = (address: Address): string => address.host;

/** Returns the real host if a link's text claims another, or if its letters may look like others. */
export function disguisedHost(text: string, { host }: Address): string | null {
  if (text.includes(`(${host})`)) return null; // already shown
  const claimed = CLAIMED_HOST.exec(text)?.[1];
  if (claimed && claimed.toLowerCase().replace(/^www\./, "") !== host) return host;
  return host.includes("xn--") && !text.includes(host) ? host : null;
}

function hostIn(authority: string, defaultPort: number | undefined): string | null {
  const [, name = "", colon, port = ""] = /^([^:]*)(:?)(.*)$/.exec(authority) ?? [];
  if (colon && (!PORT.test(port) || Number(port) > HIGHEST_PORT)) return null;
  const host = asciiName(name.toLowerCase());
  if (!host || host.length > LONGEST_HOST || !HOST_NAME.test(host)) return null;
  return !colon || Number(port) === defaultPort ? host : `${host}:${Number(port)}`;
}

/** Returns a host's name as the browser requests it; null if the browser would request another. */
function asciiName(name: string): string | null {
  if (!NAME.test(name) || INVISIBLE.test(name) || name.normalize("NFKC") !== name) return null;
  if (LEFTWARD_SIGN.test(name) && !LEFTWARD_HOST.test(name)) return null;
  const host = hostname(`https://${name}/`);
  const labels = host?.split(".");
  // ASCII parts must stay unchanged. A number, for example, would become an IPv4 address.
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

/** Percent-encodes characters that need it, but none twice. */
function encoded(rest: string): string {
  return encodeURI(rest).replace(/%25(?=[0-9a-f]{2})/gi, "%");
}
