import { describe, expect, it } from 'vitest';

import { visible } from './text';

describe('visible', () => {
  it.each([
    ['Ping Redis', 'Ping Redis'],
    ['Grüße 日本 🦀', 'Grüße 日本 🦀'],
    ['a\u202egnp.exe', 'a\\u{202e}gnp.exe'],
    ['pay\u200bpal\ufeff', 'pay\\u{200b}pal\\u{feff}'],
    ['\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['two\r\nlines\tand\u0000', 'two\\u{d}\\u{a}lines\\u{9}and\\u{0}'],
    ['\u2028\u2029\u00a0\u3000\u3164\u2800', '\\u{2028}\\u{2029}\\u{a0}\\u{3000}\\u{3164}\\u{2800}'],
    ['\u{e0041}\ufe0f\u{e0100}', '\\u{e0041}\\u{fe0f}\\u{e0100}'],
    ['\ud800', '\\u{d800}'],
    ['e\u0301', 'e\u0301'],
  ])('%j becomes %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('escapes the marks that would pile up on one letter', () => {
    expect(visible(`a${'\u0300'.repeat(6)}`), 'four stay').toBe(`a${'\u0300'.repeat(4)}\\u{300}\\u{300}`);
  });

  it('is bounded, and ends in an ellipsis where something is missing', () => {
    expect(visible('a'.repeat(300))).toBe(`${'a'.repeat(199)}…`);
    expect(visible('abcd', 4), 'what fits is complete').toBe('abcd');
    expect(visible('abcde', 4)).toBe('abc…');
    expect(visible('🦀🦀🦀🦀🦀', 4), 'counts characters, not code units').toBe('🦀🦀🦀…');
  });

  it('never cuts an escape in two', () => {
    expect(visible('ab\u202ecd', 6)).toBe('ab…');
    expect(visible('\u202e'.repeat(100), 20)).toBe('\\u{202e}\\u{202e}…');
  });
});
