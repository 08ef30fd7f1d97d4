/**
 * Which addresses an answer may link to, and what a link is to say about itself. A closed grammar, so
 * that Python (`pplx_widget/markdown/urls.py`) decides the same and writes the same address; and what the
 * browser's own parser does not read the same way is no address.
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
  /** In ASCII, absolute. */
  href: string;
  /**
   * Where it leads, as the browser would ask for it (look-alike letters show as `xn--…`), without
   * `www.`; of a `mailto:` address whom it writes to.
   */
  host: string;
}

const UNSAFE_SIGN = pattern(UNSAFE, "u");
const WEB = pattern(`^${WEB_ADDRESS}$`, "i");
const MAIL = pattern(`^${MAIL_ADDRESS}$`, "i");
const NAME = pattern(`^[a-z0-9_.\\-\\u0080-\\u{10ffff}]{1,${LONGEST_HOST}}$`, "u");
// Not `xn--…-`: such a name says that it has letters beyond ASCII, and has none.
const HOST_NAME = pattern(`^(?!(?:.*\\.)?xn--[^.]*-(?:\\.|$))${HOST}$`);
const PORT = /^\d{1,5}$/;
const PORTS: Record<string, number> = DEFAULT_PORTS;
/** Nothing is seen of these (or they are a dot): a name with one looks like another name. */
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u3002]/u;
// Beside letters from left to right such a name reads in another order than it is, so its parts are
// wholly of one kind; browsers ask the same, in detail each in its own way.
const LEFTWARD_PART = `(?:(?!${LEFTWARD_DIGIT})${LEFTWARD}+|[a-z](?:[a-z0-9-]*[a-z0-9])?)`;
const LEFTWARD_HOST = pattern(`^${LEFTWARD_PART}(?:\\.${LEFTWARD_PART})*$`);
const CLAIMED_HOST = pattern(`^${HOST_IN_TEXT}`, "iu");

/**
 * Where a link to `address` leads, if it is absolute and http, https or mailto; else null. A relative
 * one would point into the notebook server, and a name before the host only serves to deceive.
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

/** The real host, where a link's text claims another, or where its letters may look like others. */
export function disguisedHost(text: string, { host }: Address): string | null {
  if (text.includes(`(${host})`)) return null; // said already
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

/** A host's name as it is asked for, or null where the browser would ask for another. */
function asciiName(name: string): string | null {
  if (!NAME.test(name) || INVISIBLE.test(name) || name.normalize("NFKC") !== name) return null;
  if (LEFTWARD_SIGN.test(name) && !LEFTWARD_HOST.test(name)) return null;
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
