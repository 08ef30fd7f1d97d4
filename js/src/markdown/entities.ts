/**
 * `&copy;` and its like, as markdown-it asks for them. The table of all 2,000 would be a fifth of the
 * bundle, and the browser has it; it is asked for one name at a time, and for nothing but a name.
 */

const NAME = /^&[a-z][a-z0-9]{1,31};$/i;
const known = new Map<string, string>();
/** In a document of its own that loads and runs nothing. */
let reader: HTMLElement | undefined;

/** The character, or the text as it was where the name means nothing. */
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
    // A page may forbid it (Trusted Types): the name is shown as it was written.
  }
  // Browsers also read `&notit;` as `¬it;`, for HTML's oldest names need no semicolon.
  return text && (entity === "&semi;" || !text.endsWith(";")) ? text : entity;
}
