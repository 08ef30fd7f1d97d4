/**
 * Patterns, limits and names that the page and Python share, from one file.
 * `pplx_widget/core/tables.py` reads the same file and documents each of them. The patterns are
 * sources of regular expressions. The code that uses one adds the anchors and flags.
 */
export {
  BARE_ADDRESS,
  BLOCKS_PER_GROUP,
  COMMON_WORDS,
  DEEPEST,
  DEEPEST_BRACKETS,
  DEFAULT_PORTS,
  DIRECTION_MARK,
  ENDS_EMPHASIS,
  FORMULAS,
  HALF_MARKER,
  HEADINGS,
  HIDDEN,
  HIDDEN_NAMES,
  HIGHEST_PORT,
  HOST,
  HOST_IN_TEXT,
  IN_MESSAGE,
  INLINE_STYLES,
  JOINED,
  JSON_FENCE,
  LANGUAGE,
  LEFTWARD,
  LEFTWARD_DIGIT,
  LETTER_OR_DIGIT,
  LIKE_MARKER,
  LINE_BREAK,
  LINK_ATTRIBUTES,
  LONGEST_ADDRESS,
  LONGEST_HOST,
  LONGEST_LINK_TEXT,
  LONGEST_QUERY,
  LONGEST_RANGE,
  LONGEST_SNIPPET,
  LONGEST_THOUGHT,
  LONGEST_TITLE,
  MAIL_ADDRESS,
  MARKED,
  MARKER_ID,
  MARKER_PREFIX,
  MARKER_SEPARATOR,
  MOST_IMAGES,
  MOST_PAGES,
  MOST_SITES,
  MOST_STEPS,
  NO_MATH,
  NOTE_INDENT,
  NOTE_LABEL,
  REFERENCE,
  SENTENCE_MARKS,
  SHORTEST_LATIN_WORD,
  SHORTEST_OTHER_WORD,
  STEPS,
  TAG,
  TASK,
  TASK_DONE,
  TASK_OPEN,
  UNSAFE,
  WEB_ADDRESS,
} from "../../pplx_widget/core/tables.json";

/**
 * Compiles a pattern. The annotation lets the bundler remove unused patterns, as it does with
 * literals.
 */
/* @__NO_SIDE_EFFECTS__ */
export function pattern(source: string, flags = ""): RegExp {
  return new RegExp(source, flags);
}
