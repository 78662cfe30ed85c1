// The first lines of a value of which only the beginning is here.
import { indent } from '../../lib/json';

/** More than any box shows at once. */
const SEED = 60;
/** Characters of the text that these lines are made of at most. */
const LONGEST = 8000;

/** The last line is left out: it may be cut. */
export function beginningLines(text: string): string[] {
  const lines = indent(text.slice(0, LONGEST)).split('\n');
  return lines.slice(0, Math.max(1, Math.min(SEED, lines.length - 1)));
}
