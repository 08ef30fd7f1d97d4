/**
 * Replaces markdown-it's `entities` package (`&copy;`). Its table of 2,000 names would be a fifth
 * of the bundle, so we ask the browser for one name at a time, and never for anything but a name.
 */

const NAME = /^&[a-z][a-z0-9]{1,31};$/i;
const known = new Map<string, string>();
/** In a separate document, which loads and runs nothing. */
let reader: HTMLElement | undefined;

/** Returns the character, or the text unchanged if the name is unknown. */
export function decodeHTMLStrict(entity: string): string {
  if (!NAME.test(entity)) return entity;
  let found = known.get(entity);
  if (found === undefined) {
    found = asked(entity);
    known.set(entity, found);
  }
  return found;
}

export const decodeHTML = decodeHTMLStrict;

function asked(entity: string): string {
  let text: string | null = null;
  try {
    reader ??= document.implementation.createHTMLDocument("").body;
    reader.innerHTML = entity;
    text = reader.textContent;
  } catch {
    // A page may forbid it (Trusted Types): show the name as written.
  }
  // Browsers also read `&notit;` as `¬it;`, because HTML's oldest names need no semicolon.
  return text && (entity === "&semi;" || !text.endsWith(";")) ? text : entity;
}
