// Text that a node made, safe to be put into the window's own sentences.

/**
 * Controls (line breaks and tabs as well), bidi and other format characters, lone surrogates, unassigned and private code
 * points, every separator but the space, zero-width characters, variation selectors, and the blanks that are no separators.
 */
const INVISIBLE = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\ufffc]/u;

/** Those that reorder what is around them, or take no room; joiners of emoji and scripts are not among them. */
const UNSEEN = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]/;

/** Whether a text that is shown as it is, in a field, may read as something else. */
export function hasUnseen(text: string): boolean {
  return UNSEEN.test(text);
}

/** More combining marks than this on one letter would paint over the lines around it. */
const MARKS = 4;

/**
 * `text` with everything that cannot be seen written as `\u{…}`, at most `max` characters long: a longer one ends in `…`.
 * Escapes are never cut in two. The result still needs a `<bdi dir="ltr">` around it, because right-to-left letters stay.
 */
export function visible(text: string, max = 200): string {
  let out = '';
  let length = 0;
  let marks = 0;
  // What would be left if the next piece did not fit any more: room for the `…` is kept.
  let kept = '';
  for (const char of text) {
    marks = /\p{M}/u.test(char) ? marks + 1 : 0;
    const piece = INVISIBLE.test(char) || marks > MARKS ? escaped(char) : char;
    const size = piece === char ? 1 : piece.length;
    if (length + size > max) return `${kept}…`;
    out += piece;
    length += size;
    if (length < max) kept = out;
  }
  return out;
}

function escaped(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

/** As `visible`, but lines and tabs stay: for blocks of text of their own. */
export function visibleLines(text: string, max = 4000): string {
  // Bounded before it is cut, so that a text of a million lines costs no more than one that is shown.
  const lines = text.slice(0, max).split('\n');
  const shown = lines.map((line) => line.split('\t').map((part) => visible(part, max)).join('\t')).join('\n');
  return text.length > max ? `${shown}…` : shown;
}
