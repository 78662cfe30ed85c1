import { describe, expect, it } from 'vitest';

import type { QuestionRow } from '../lib/ipc/generated';
import { basisWords, classWords, ruleWords, targetWords } from './words';

describe('ruleWords', () => {
  it.each([
    ['tcp:127.0.0.1:6379', 'Only 127.0.0.1 port 6379'],
    ['tcp:127.0.0.1:*', '127.0.0.1, any port'],
    ['tcp:@loopback:*', 'Any loopback address'],
    ['tcp:[2001:db8::1]:443', 'Only 2001:db8::1 port 443'],
    ['tcp:cache.internal@private:6379', 'Only cache.internal port 6379'],
    ['udp:*.example.com@internet:53', 'Any name below example.com, port 53'],
    ['udp:10.0.0.0/8:*', 'Any address in 10.0.0.0/8'],
    ['tcp:*', 'Any TCP connection'],
    ['dns:example.com', 'Only example.com'],
    ['dns:*.example.com', 'Any name below example.com'],
    ['dns:*', 'Any name'],
    ['http:GET https://api.example.com/v1', 'GET https://api.example.com/v1 and below'],
    ['http:GET https://api.example.com/', 'GET https://api.example.com/ and below'],
    ['http:https://api.example.com/', 'Anything at https://api.example.com'],
    ['http:http://localhost@loopback:8080/', 'Anything at http://localhost:8080'],
    ['http:https://[::1]:8443/a', 'https://[::1]:8443/a and below'],
    ['http:https://api.example.com:*/', 'api.example.com by https, any port'],
    ['http:https://@internet:*/', 'Any address on the internet by https, any port'],
    ['http:GET *', 'Any GET request'],
    ['websocket:wss://example.com/', 'Anything at wss://example.com'],
    ['oauth:git%20hub', 'Only git%20hub'],
    ['models', 'Any model'],
    ['all', 'Everything'],
    ['what:\u202eis this', 'Only \\u{202e}is this'],
  ])('%s is "%s"', (rule, words) => {
    expect(ruleWords(rule)).toBe(words);
  });
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
  scopes: ['tcp:*'],
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
  expect(basisWords({ basis: 'grant', rule: 'dns:*', lifetime: 'always' })).toBe(
    'remembered answer · Any name · always, this node',
  );
  expect(basisWords({ basis: 'default', rule: null, lifetime: null })).toBe('nobody answered');
});
