import { describe, expect, it } from 'vitest';

import type { QuestionRow } from '../lib/ipc/generated';
import { basisWords, classWords, ruleText, ruleWords, targetWords } from './words';

it('shows the program\'s words for a rule, with nothing in them that acts', () => {
  const rule = { rule: 'oauth:a\u202eb', words: 'Only a\u202eb', breadth: 'one' };
  expect(ruleWords(rule)).toBe('Only a\\u{202e}b');
  expect(ruleText(rule)).toBe('oauth:a\\u{202e}b');
});

const question = (change: Partial<QuestionRow>): QuestionRow => ({
  run: 'r',
  id: 1,
  file: '/n.wasm',
  node: 'n',
  friendly_name: 'N',
  build: 'b',
  capability: 'tcp',
  label: 'network:tcp',
  wish: 'wants to open a TCP connection',
  target: 'cache.internal:6379 at 10.1.7.20:6379',
  host: 'cache.internal',
  address: '10.1.7.20',
  port: 6379,
  class: 'private',
  declared: true,
  changed: null,
  call_site: [],
  scopes: [{ rule: 'tcp:*', words: 'Any TCP connection', breadth: 'everything' }],
  asked_at: 0,
  ...change,
});

describe('targetWords', () => {
  it('names host, address and port of a socket', () => {
    expect(targetWords(question({}))).toBe('cache.internal → 10.1.7.20 port 6379');
    expect(targetWords(question({ host: null }))).toBe('10.1.7.20 port 6379');
  });
  it('names a look-up by its name', () => {
    const row = question({ capability: 'dns', target: 'a.example', host: null, address: null, port: null });
    expect(targetWords(row)).toBe('a.example');
  });
  it('names a request by method and URL', () => {
    const row = question({ capability: 'http', target: 'GET https://a.example/x', host: 'a.example', port: 443 });
    expect(targetWords(row)).toBe('GET https://a.example/x → 10.1.7.20');
    expect(targetWords({ ...row, target: 'GET https://a.example/?10.1.7.20' }), 'a URL cannot hide the address').toBe(
      'GET https://a.example/?10.1.7.20 → 10.1.7.20',
    );
    expect(targetWords({ ...row, target: 'GET http://[::1]/', host: '[::1]', address: '::1' })).toBe('GET http://[::1]/');
  });
});

it('says what a class means, and when there is none', () => {
  expect(classWords({ class: 'loopback', capability: 'tcp' })).toBe('loopback · this machine');
  expect(classWords({ class: null, capability: 'dns' })).toBe('not known before the look-up');
  expect(classWords({ class: null, capability: 'oauth' })).toBeNull();
});

it('says why something was decided', () => {
  expect(basisWords({ basis: 'grant', rule: { rule: 'dns:*', words: 'Any name', breadth: 'everything' }, lifetime: 'always' })).toBe(
    'remembered answer · Any name · always, this node',
  );
  expect(basisWords({ basis: 'default', rule: null, lifetime: null })).toBe('nobody answered');
});
