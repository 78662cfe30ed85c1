// Core modules in text format, for measuring and for pictures: each is as small as its use allows.

const HEAP = 65_536;

/** A data segment and its length, for text without quotes of its own. */
function data(at, text) {
  const bytes = [...new TextEncoder().encode(text)];
  const escaped = bytes.map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
  return { code: `(data (i32.const ${at}) "${escaped}")`, at, length: bytes.length };
}

function packed({ at, length }) {
  return `(i64.or (i64.shl (i64.const ${at}) (i64.const 32)) (i64.const ${length}))`;
}

function definition(name, pin) {
  const text = (friendly, type, dataType) => ({ name: friendly, friendly_name: friendly, description: '', pin_type: type, data_type: dataType });
  return JSON.stringify({
    name,
    friendly_name: name,
    description: 'Measured',
    category: 'Measure',
    pins: [text('exec', 'Input', 'Exec'), text(pin, 'Input', 'String'), text('exec_out', 'Output', 'Exec'), text('out', 'Output', 'Generic')],
  });
}

function module({ name, pin = 'text', described: text, imports = '', pages = 2, more = '', body = '', result }) {
  const described = data(1024, text ?? definition(name, pin));
  const returned = data(16_384, result ?? '{"outputs":{},"activate_exec":["exec_out"]}');
  return `(module
  ${imports}
  (memory (export "memory") ${pages})
  ${described.code}
  ${returned.code}
  ${more}
  (global $heap (mut i32) (i32.const ${HEAP}))
  (func (export "alloc") (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (local.get $at))
  (func (export "get_node") (result i64) ${packed(described)})
  (func (export "run") (param i32 i32) (result i64)
    (local $left i32) (local $to i32)
    ${body || packed(returned)}))`;
}

function repeated(count, call, returned = packed({ at: 16_384, length: '{"outputs":{},"activate_exec":["exec_out"]}'.length })) {
  return `(local.set $left (i32.const ${count}))
    (loop $more
      ${call}
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $more (local.get $left)))
    ${returned}`;
}

export function node({ name, pin }) {
  return module({ name, ...(pin && { pin }) });
}

const LINE = data(20_480, 'a line of forty characters, as logs have');
const LOG = `(call $log (i32.const ${LINE.at}) (i32.const ${LINE.length}))`;
const IMPORT_LOG = '(import "flowlike_log" "info" (func $log (param i32 i32)))';

export function floodNode(lines) {
  return module({ name: 'flood', imports: IMPORT_LOG, more: LINE.code, body: repeated(lines, LOG) });
}

/** Logs so many lines in each second: a hundredth of them, then it sleeps until the next hundredth. */
export function steadyNode(lines, perSecond) {
  const [subscription, event] = [28_672, 28_736];
  return module({
    name: 'flood',
    imports: `${IMPORT_LOG}
  (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))`,
    more: `${LINE.code}
  ;; A clock subscription: the monotonic clock, at an absolute time.
  (func $sleep (param $nanoseconds i64)
    (i64.store offset=24 (i32.const ${subscription})
      (i64.add (i64.load offset=24 (i32.const ${subscription})) (local.get $nanoseconds)))
    (drop (call $poll (i32.const ${subscription}) (i32.const ${event}) (i32.const 1) (i32.const ${event + 32}))))`,
    body: `(i32.store offset=16 (i32.const ${subscription}) (i32.const 1))
    (i32.store16 offset=40 (i32.const ${subscription}) (i32.const 1))
    (drop (call $now (i32.const 1) (i64.const 1) (i32.const ${subscription + 24})))
    ${repeated(
      lines,
      `${LOG}
      (if (i32.eqz (i32.rem_u (local.get $left) (i32.const ${perSecond / 100})))
        (then (call $sleep (i64.const 10000000))))`,
    )}`,
  });
}

export function streamNode(events) {
  const text = data(20_480, 'word ');
  return module({
    name: 'stream',
    imports: '(import "flowlike_stream" "text" (func $text (param i32 i32)))',
    more: text.code,
    body: repeated(events, `(call $text (i32.const ${text.at}) (i32.const ${text.length}))`),
  });
}

/** Returns an array of so many megabytes. */
export function jsonNode(megabytes) {
  const head = '{"outputs":{"out":[';
  const tail = data(20_480, '0]},"activate_exec":["exec_out"]}');
  const item = data(24_576, '123456789,');
  const count = (megabytes * 1_000_000) / item.length;
  const start = 131_072;
  const end = start + head.length + count * item.length;
  return module({
    name: 'json',
    pages: Math.ceil((end + 1024) / 65_536),
    more: `${tail.code} ${item.code} ${data(start, head).code}`,
    body: `(local.set $to (i32.const ${start + head.length}))
    ${repeated(
      count,
      `(memory.copy (local.get $to) (i32.const ${item.at}) (i32.const ${item.length}))
      (local.set $to (i32.add (local.get $to) (i32.const ${item.length})))`,
      `(memory.copy (local.get $to) (i32.const ${tail.at}) (i32.const ${tail.length}))
    ${packed({ at: start, length: end - start + tail.length })}`,
    )}`,
  });
}

/** A node of which everything is as long as its author liked: names, texts, values, a log line, an address. */
export function longNode(url) {
  const words = (text) => text.replaceAll(' ', '_');
  const pin = (name, pin_type, data_type, more = {}) => ({
    name: words(name),
    friendly_name: name[0].toUpperCase() + name.slice(1),
    description: `${name}, and everything else that the author wanted to say about it in one long line`,
    pin_type,
    data_type,
    ...more,
  });
  const choices = ['one', 'another'].map((which) => `${which} choice that says in full what would happen if it were chosen`);
  const schema = JSON.stringify({
    properties: {
      the_property_whose_name_alone_needs_more_room_than_its_value_will_ever_take: { type: 'string' },
      ['x'.repeat(90)]: { type: 'integer', description: 'without a place to break' },
    },
  });
  const described = JSON.stringify({
    name: words('count the words of every document of the archive and of all that they refer to'),
    friendly_name: 'Count the words of every document of the archive and of all documents that they refer to',
    description: 'Its description is no shorter than its name, and goes on where that has long come to its end.',
    category: 'Text/Documents of the archive/Counting and measuring/Words and lines',
    permissions: ['network:http'],
    pins: [
      pin('exec', 'Input', 'Exec'),
      pin('the text in which the words are counted one by one until nothing is left of it', 'Input', 'String', {
        default_value: `${'a default value that is a sentence of its own '.repeat(4)}${'z'.repeat(120)}`,
      }),
      pin('what is done with the words that nobody has ever seen before', 'Input', 'String', {
        valid_values: choices,
        default_value: choices[0],
      }),
      pin('the options that hold whatever found no place among the other inputs', 'Input', 'Struct', { schema, default_value: {} }),
      pin('fires when all of the documents were read and counted', 'Output', 'Exec'),
      pin('the words of all documents in the order of their first appearance', 'Output', 'String'),
      pin('o'.repeat(100), 'Output', 'Struct'),
    ],
  });
  const result = JSON.stringify({
    outputs: {
      [words('the words of all documents in the order of their first appearance')]: 'w'.repeat(900),
      ['o'.repeat(100)]: { ['k'.repeat(120)]: 'v'.repeat(300), rows: [1, 2, 3] },
    },
    activate_exec: [words('fires when all of the documents were read and counted')],
  });
  const line = data(32_768, `a line that has no end in sight ${'l'.repeat(400)}`);
  const address = data(36_864, url);
  const headers = data(40_960, '{}');
  const call = [address, headers].map(({ at, length }) => `(i32.const ${at}) (i32.const ${length})`).join(' ');
  return module({
    described,
    result,
    imports: `(import "flowlike_log" "info" (func $log (param i32 i32)))
    (import "flowlike_http" "request" (func $request (param i32 i32 i32 i32 i32 i32 i32) (result i32)))`,
    more: `${line.code} ${address.code} ${headers.code}`,
    body: `(call $log (i32.const ${line.at}) (i32.const ${line.length}))
    (drop (call $request (i32.const 0) ${call} (i32.const 0) (i32.const 0)))
    ${packed({ at: 16_384, length: result.length })}`,
  });
}
