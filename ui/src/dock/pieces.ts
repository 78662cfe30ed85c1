// What a stream's events say as text, and how fast they come.
import type { LogLine } from '../lib/ipc/generated';

/** The text that an event adds: text events, and the pieces of a model's answer. */
export function pieceOf(line: LogLine): string {
  if (line.name === 'text') return stringOf(line.text, line.cut);
  if (line.name !== 'llm_chunk') return '';
  const content = /^\{"content":(".*")\}$/s.exec(line.text)?.[1];
  return content === undefined ? '' : stringOf(content, line.cut);
}

/** A JSON string as text; one that was cut ends in `…`. Text that is no JSON string stands for itself. */
function stringOf(json: string, cut: boolean): string {
  if (!json.startsWith('"')) return cut ? `${json}…` : json;
  try {
    // An escape that was cut in two goes.
    const whole = cut ? `${json.replace(/\\(u[\da-fA-F]{0,3})?$/, '')}…"` : json;
    const text: unknown = JSON.parse(whole);
    return typeof text === 'string' ? text : json;
  } catch {
    return json;
  }
}

const BARS = 24;
/** A rate is worked out from no shorter time than this. */
const LEAST_MS = 200;

/** Events in equal spans of time since the first; spans grow with the stream, so there are never more than fit. */
export class Rate {
  first: number | null = null;
  last = 0;
  events = 0;
  bars: number[] = [];
  #span = 5;

  add(ms: number): void {
    this.first ??= ms;
    this.last = Math.max(this.last, ms);
    this.events += 1;
    while (ms - this.first >= this.#span * BARS) this.#widen();
    const bar = Math.max(0, Math.floor((ms - this.first) / this.#span));
    while (this.bars.length <= bar) this.bars.push(0);
    this.bars[bar] = (this.bars[bar] ?? 0) + 1;
  }

  /** Events in a second; null where they came in so short a time that it would say nothing. */
  get perSecond(): number | null {
    const ms = this.last - (this.first ?? 0);
    return this.events < 3 || ms < LEAST_MS ? null : ((this.events - 1) * 1000) / ms;
  }

  #widen(): void {
    this.#span *= 2;
    const half: number[] = [];
    this.bars.forEach((events, at) => {
      half[at >> 1] = (half[at >> 1] ?? 0) + events;
    });
    this.bars = half;
  }
}

/** Characters that the view keeps; after how many a part is closed. */
const KEPT = 1_000_000;
const PART = 8_000;

/** A paragraph: its parts stand behind one another on the same lines. */
export interface Block {
  id: number;
  parts: string[];
}

/**
 * Text that grows at its end, in blocks that end at line breaks, and those in parts: so a new piece makes the window lay
 * out only the last block, and escape only the last part.
 */
export class Assembled {
  blocks: Block[] = [];
  /** Characters that went from the beginning. */
  above = 0;
  #length = 0;
  #next = 0;

  add(piece: string): void {
    if (piece === '') return;
    this.#length += piece.length;
    const full = (this.blocks.at(-1)?.parts[0]?.length ?? 0) > PART;
    const lineEnd = full ? piece.indexOf('\n') + 1 : 0;
    if (lineEnd > 0) {
      this.#append(piece.slice(0, lineEnd));
      this.#begin(piece.slice(lineEnd));
    } else if (this.blocks.length === 0) this.#begin(piece);
    else this.#append(piece);
    this.#trim();
  }

  #begin(text: string): void {
    this.#next += 1;
    this.blocks.push({ id: this.#next, parts: [text] });
  }

  #append(text: string): void {
    const block = this.blocks.at(-1);
    if (!block) return;
    const last = block.parts.at(-1) ?? '';
    const parts = last.length > PART ? [...block.parts, text] : [...block.parts.slice(0, -1), last + text];
    this.blocks[this.blocks.length - 1] = { id: block.id, parts };
  }

  #trim(): void {
    for (let first = this.blocks[0]; first && this.#length > KEPT; first = this.blocks[0]) {
      const [gone = '', ...parts] = first.parts;
      if (this.blocks.length === 1 && parts.length === 0) return;
      this.#length -= gone.length;
      this.above += gone.length;
      if (parts.length === 0) this.blocks.shift();
      else this.blocks[0] = { id: first.id, parts };
    }
  }
}
