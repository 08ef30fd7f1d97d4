/** Which addresses an answer may link to, and what a link is to say about itself. */

const ABSOLUTE = /^(?:https?:\/\/|mailto:)/i;
const HOST_IN_TEXT = /^\s*(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,})(?=[/:?#\s]|$)/iu;

/**
 * The address, if it is absolute and http, https or mailto; else null. A relative one would point
 * into the notebook server, and a name before the host only serves to deceive.
 */
export function safeUrl(address: string): URL | null {
  if (!ABSOLUTE.test(address) || !URL.canParse(address)) return null;
  const url = new URL(address);
  return url.username || url.password ? null : url;
}

/** The host as the browser would ask for it: look-alike letters show as `xn--…`. */
export function hostOf(url: URL): string {
  return url.protocol === "mailto:" ? url.pathname : url.host.replace(/^www\./, "");
}

/** The real host, where the text of a link claims to lead to another. */
export function disguisedHost(text: string, url: URL): string | null {
  const claimed = HOST_IN_TEXT.exec(text)?.[1]
    ?.toLowerCase()
    .replace(/^www\./, "");
  const real = hostOf(url);
  return claimed && claimed !== real ? real : null;
}
