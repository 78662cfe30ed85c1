import { expect, test } from 'vitest';

import type { LinesPage, LinesQuery, LogLine } from '../lib/ipc/generated';
import { Folds, PAGE } from './folds';
import { EVERYTHING, Lines } from './lines.svelte';
import { Scroll } from './scroll';

function line(seq: number, text = `row ${String(seq)}`): LogLine {
  return { seq, ms: seq / 10, kind: 'log', level: 'info', source: 'node', name: null, text, cut: false };
}

/** Answers when it is told to. */
class Backend {
  total: number;
  calls: { query: LinesQuery; offset: number; limit: number }[] = [];
  running = 0;
  most = 0;
  failure: Error | null = null;
  /** How far a search has come; null: to the end. */
  found: number | null = null;
  text: (seq: number) => string = (seq) => `row ${String(seq)}`;
  /** From where on all lines are equal. */
  same: number | null = null;

  constructor(total: number) {
    this.total = total;
  }

  fetch = async (query: LinesQuery, offset: number, limit: number): Promise<LinesPage> => {
    this.calls.push({ query, offset, limit });
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    await Promise.resolve();
    this.running -= 1;
    if (this.failure) throw this.failure;
    const found = this.found ?? this.total;
    const count = Math.max(0, Math.min(limit, found - offset));
    const lines = Array.from({ length: count }, (_, at) => line(offset + at, this.text(offset + at)));
    return { total: found, searching: found < this.total, offset, same_from: Math.min(offset, this.same ?? offset), lines };
  };
}

async function frames(number = 6): Promise<void> {
  for (let frame = 0; frame < number; frame += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

test('of a million lines only the pages in view are fetched, one at a time', async () => {
  const backend = new Backend(1_000_000);
  const lines = new Lines(backend.fetch);
  lines.following = false;
  lines.ask(EVERYTHING, true);
  lines.reach(1_000_000);
  await frames();
  expect(lines.rows, 'the list is as long as the run').toBe(1_000_000);
  lines.look(500_190, 500_230);
  await frames();
  expect(backend.calls.map((call) => call.offset)).toEqual([0, 500_000, 500_200]);
  expect(lines.line(500_229)?.text).toBe('row 500229');
  expect(lines.line(600_000), 'what was never in view is not there').toBeUndefined();
  expect(backend.most, 'requests at one time').toBe(1);
});

test('a million equal lines are one row without being fetched', async () => {
  const backend = new Backend(1_000_000);
  backend.same = 30;
  backend.text = (seq) => (seq < 30 ? `row ${String(seq)}` : 'again');
  const lines = new Lines(backend.fetch);
  lines.folded = true;
  lines.ask(EVERYTHING, true);
  lines.reach(1_000_000);
  for (let turn = 0; turn < 10; turn += 1) {
    await frames(2);
    lines.look(Math.max(0, lines.rows - 12), lines.rows);
  }
  expect(lines.rows).toBe(31);
  expect(lines.place(30)).toEqual({ index: 30, count: 999_970 });
  expect(lines.line(30)?.text, 'the line that the fold shows is there').toBe('again');
  expect(backend.calls.map((call) => call.offset), 'the end and the beginning').toEqual([999_800, 0]);
});

test('the page that was shown longest ago is forgotten first', async () => {
  const backend = new Backend(100_000);
  const lines = new Lines(backend.fetch);
  lines.following = false;
  lines.ask(EVERYTHING, true);
  lines.reach(100_000);
  await frames(2);
  for (let page = 1; page <= 40; page += 1) {
    lines.look(page * PAGE, page * PAGE + 10);
    await frames(2);
  }
  expect(lines.line(0), 'the first page went').toBeUndefined();
  expect(lines.line(40 * PAGE)?.seq, 'the last one is there').toBe(40 * PAGE);
});

test('what a long search has found is shown while it goes on', async () => {
  const backend = new Backend(1000);
  backend.found = 300;
  const lines = new Lines(backend.fetch);
  lines.reach(5000);
  lines.ask({ ...EVERYTHING, text: 'row' }, false);
  await frames();
  expect([lines.known, lines.searching], 'the first part').toEqual([300, true]);
  expect(lines.line(0)?.text).toBe('row 0');
  backend.found = null;
  await frames();
  expect([lines.known, lines.searching], 'to the end, without another wish').toEqual([1000, false]);
  expect(lines.rows, 'a list that follows is at the end').toBe(1000);
  const asked = backend.calls.length;
  await frames();
  expect(backend.calls.length, 'and then it is quiet').toBe(asked);
});

test('a list that follows ends in rows that are there', async () => {
  const backend = new Backend(50_000);
  const lines = new Lines(backend.fetch);
  lines.ask(EVERYTHING, true);
  lines.reach(50_000);
  await frames();
  expect(backend.calls[0]?.offset, 'the end comes first').toBe(49_800);
  expect(lines.rows).toBe(50_000);
  backend.total = 90_050;
  lines.reach(90_050);
  await frames();
  expect(lines.rows).toBe(90_050);
  expect(lines.line(90_049)?.seq).toBe(90_049);
});

test('who reads further up learns how many lines are new, and gets none of them', async () => {
  const backend = new Backend(1000);
  const lines = new Lines(backend.fetch);
  lines.ask(EVERYTHING, true);
  lines.reach(1000);
  await frames();
  lines.follow(false);
  lines.look(0, 20);
  await frames();
  const before = backend.calls.length;
  backend.total = 2243;
  lines.reach(2243);
  await frames();
  expect(lines.fresh).toBe(1243);
  expect(backend.calls.slice(before).map((call) => call.limit)).toEqual([1]);
  lines.follow(true);
  await frames();
  expect(lines.fresh).toBe(0);
  expect(lines.line(2242)?.seq).toBe(2242);
});

test('another query leaves the rows until its answer is there, and an error leaves them for good', async () => {
  const backend = new Backend(1000);
  const lines = new Lines(backend.fetch);
  lines.ask(EVERYTHING, true);
  lines.reach(1000);
  await frames();
  backend.failure = new Error('the expression ends too early');
  lines.ask({ ...EVERYTHING, text: '(', regex: true }, false);
  expect(lines.line(999)?.seq).toBe(999);
  await frames();
  expect(lines.error).toContain('the expression ends too early');
  expect(lines.line(999)?.seq).toBe(999);
  const calls = backend.calls.length;
  await frames();
  expect(backend.calls.length, 'what failed is not asked again and again').toBe(calls);
  backend.failure = null;
  backend.total = 3;
  lines.ask({ ...EVERYTHING, text: 'x' }, false);
  await frames();
  expect(lines.error).toBeNull();
  expect(lines.rows).toBe(3);
});

test('an end that is nearer than was told is found', async () => {
  const backend = new Backend(150);
  const lines = new Lines(backend.fetch);
  lines.ask(EVERYTHING, true);
  lines.reach(5000);
  await frames(10);
  expect(lines.rows).toBe(150);
  const calls = backend.calls.length;
  await frames();
  expect(backend.calls.length, 'and it is not asked again and again').toBe(calls);
});

test('equal lines fold, across pages too', () => {
  const folds = new Folds();
  const same = (from: number, to: number) => (seq: number) => (seq >= from && seq < to ? 'same' : `row ${String(seq)}`);
  const text = same(100, 500);
  const page = (number: number) => Array.from({ length: PAGE }, (_, at) => line(number * PAGE + at, text(number * PAGE + at)));
  folds.set(0, page(0));
  folds.set(1, page(1));
  folds.set(2, page(2));
  expect(folds.rows(600)).toBe(100 + 1 + 100);
  expect(folds.at(99, 600)).toEqual({ index: 99, count: 1 });
  expect(folds.at(100, 600)).toEqual({ index: 100, count: 400 });
  expect(folds.at(101, 600)).toEqual({ index: 500, count: 1 });
  expect(folds.rowOf(100, 600)).toBe(100);
  expect(folds.rowOf(399, 600), 'a line inside the fold').toBe(100);
  expect(folds.rowOf(599, 600)).toBe(200);
});

test('pages that are not known count line by line', () => {
  const folds = new Folds();
  folds.set(1, Array.from({ length: PAGE }, (_, at) => line(PAGE + at, 'same')));
  expect(folds.rows(700)).toBe(200 + 1 + 300);
  expect(folds.at(200, 700)).toEqual({ index: 200, count: 200 });
  expect(folds.at(201, 700)).toEqual({ index: 400, count: 1 });
  for (const index of [0, 199, 200, 399, 400, 699]) {
    const { index: start, count } = folds.at(folds.rowOf(index, 700), 700);
    expect(index >= start && index < start + count, `line ${String(index)} is in its row`).toBe(true);
  }
});

test('a list that is too long for the browser is scrolled step by step, and its ends can be reached', () => {
  const scroll = new Scroll(100_000_000, 400);
  expect(scroll.space).toBe(16_000_000);
  const bar = scroll.barFor(50_000_000);
  expect(scroll.topAfter(50_000_000, bar, bar + 100), 'a step is a step').toBe(50_000_100);
  expect(scroll.topAfter(0, 0, 16_000_000 - 400)).toBe(100_000_000 - 400);
  expect(scroll.topAfter(300, 50, 0)).toBe(0);
  const short = new Scroll(20_000, 400);
  expect(short.topAfter(100, 100, 150)).toBe(150);
});
