// `npm run measure`: what the window costs, measured in the real window and printed as a table. Each figure stands beside
// its aim, and beside an empty Tauri window of the same run where the machine itself is what is measured.
// `--release` measures a release build, `--built` what was built before. Nothing here is a test: it prints.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { Desktop } from './desktop.mjs';
import { floodNode, jsonNode, node, steadyNode, streamNode } from './measured-nodes.mjs';
import { nodeModules, root, run, userInterface } from './steps.mjs';

const release = process.argv.includes('--release');
const NODES = 50;
const LINES = 500_000;
const SECONDS = 10;
const FILTERED = 1_000_000;
const EVENTS = 50_000;
const OUTPUT_MB = 100;

if (!process.argv.includes('--built')) {
  nodeModules();
  userInterface();
  const profile = release ? ['--release'] : [];
  run('cargo', ['build', ...profile, '-p', 'node-workbench', '--features', 'custom-protocol', '--bins']);
}
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', release ? 'release' : 'debug');
const workbench = join(target, 'node-workbench');
const empty = join(target, 'empty_window');

/** Gives a node five minutes: a dev build is slow. */
const MANIFEST = `manifest_version = 1
id = "measure"
name = "Measure"
version = "0.1.0"
description = "Measured"

[permissions]
timeout = "long_running"

[[nodes]]
id = "flood"
name = "flood"
description = "Measured"
category = "Measure"
`;

const rows = [];
const add = (what, found, aim) => {
  console.log(`${what}: ${found}`);
  rows.push({ what, found, aim });
};
const folder = mkdtempSync(join(tmpdir(), 'node-workbench-measured-'));
const desktop = await Desktop.start();
const api = 'const invoke = window.__TAURI_INTERNALS__.invoke;';

try {
  await measureStartAndMemory();
  await measureReload();
  await measureLines();
  await measureStream();
  await measureOutput();
  await measureQuestion();
} finally {
  await desktop.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${release ? 'release' : 'dev'} build`);
console.table(rows);

function put(name, text) {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  return path;
}

async function measureStartAndMemory() {
  await desktop.open(empty, {});
  await desktop.until('return document.readyState === "complete"');
  await settle();
  const bare = memory();
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let at = 0; at < NODES; at += 1) writeFileSync(join(many, `node-${at}.wat`), node({ name: `node_${at}` }));
  const args = readdirSync(many).map((name) => join(many, name));
  await desktop.open(workbench, { args });
  await ready(NODES);
  await settle();
  const loaded = memory();
  add(`memory with ${NODES} nodes, PSS of all processes`, `${mb(sum(loaded))} (empty window ${mb(sum(bare))}, ratio ${ratio(sum(loaded), sum(bare))})`, '≤ 1.25 × empty');
  for (const [process, size] of loaded) add(`  of it ${process}`, `${mb(size)} (empty window ${mb(bare.get(process) ?? 0)})`, '');
  await desktop.open(workbench);
  const at = await ready(NODES);
  add('start to usable catalog', `${Math.round(at - startOf('node-workbench'))} ms`, '≤ 1000 ms');
  await desktop.close();
  rmSync(desktop.data, { recursive: true, force: true });
}

/** When the catalog was usable, as milliseconds since 1970. */
async function ready(count) {
  await desktop.until(`return document.querySelectorAll('[role="treeitem"]').length >= ${count}`);
  return desktop.execute("return performance.timeOrigin + performance.getEntriesByName('catalog')[0].startTime");
}

async function measureReload() {
  const path = put('reload.wat', node({ name: 'reload', pin: 'before' }));
  await desktop.open(workbench, { args: [path] });
  await desktop.until("return document.body.innerText.includes('before')");
  const times = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const pin = `after ${turn}`;
    await desktop.execute(`window.seen = new Promise((found) => {
      const look = () => document.body.innerText.includes('${pin}') ? found(Date.now()) : requestAnimationFrame(look);
      look();
    })`);
    const saved = Date.now();
    put('reload.wat', node({ name: 'reload', pin }));
    times.push((await desktop.execute('return window.seen')) - saved);
  }
  add('save to new definition on screen', `${median(times)} ms (compile included)`, '≤ 300 ms + compile');
}

async function measureLines() {
  const measured = async (name, text, what, aim) => {
    const path = put(`${name}.wat`, text);
    put(`${name}.toml`, MANIFEST);
    await desktop.open(workbench, { args: [path] });
    await selected('flood');
    const { total, took, longest } = await watched('flood', path);
    add(what, `${perSecond(total, took)} lines/s, ${LINES - total} lost, longest frame ${Math.round(longest)} ms`, aim);
  };
  const aim = 'none lost, frame ≤ 100 ms';
  await measured('steady', steadyNode(LINES, LINES / SECONDS), `${LINES} log lines in ${SECONDS} s`, aim);
  await measured('flood', floodNode(LINES), `${LINES} log lines as fast as they come`, `≥ ${LINES / SECONDS} lines/s, ${aim}`);

  await new Promise((done) => setTimeout(done, 1000));
  add('  and a second after its end', `${Math.round(await idle(3))} % of a core`, '');

  const million = put('million.wat', floodNode(FILTERED));
  put('million.toml', MANIFEST);
  await desktop.open(workbench, { args: [million] });
  await selected('flood');
  const { id } = await watched('flood', million);
  const filter = await desktop.execute(`${api}
    const query = { min_level: null, kinds: [], text: 'a line', regex: false };
    const began = performance.now();
    let page = await invoke('run_lines', { run: arguments[0], query, offset: 0, limit: 50 });
    const first = performance.now() - began;
    while (page.searching) page = await invoke('run_lines', { run: arguments[0], query, offset: 0, limit: 50 });
    return { first, took: performance.now() - began, total: page.total };`, id);
  const times = `${Math.round(filter.first)} ms to the first of them, ${Math.round(filter.took)} ms to all`;
  add(`filter over ${filter.total} rows`, times, '≤ 150 ms');
}

async function measureStream() {
  const path = put('stream.wat', streamNode(EVENTS));
  await desktop.open(workbench, { args: [path] });
  await selected('stream');
  const { took, longest } = await watched('stream', path);
  add(`${EVENTS} stream events`, `${perSecond(EVENTS, took)} events/s, longest frame ${Math.round(longest)} ms`, '≥ 5000 events/s');
}

async function measureOutput() {
  const path = put('json.wat', jsonNode(OUTPUT_MB));
  await desktop.open(workbench, { args: [path] });
  await selected('json');
  const { id } = await watched('json', path);
  const first = await desktop.execute(`${api}
    const began = performance.now();
    const page = await invoke('output_lines', { run: arguments[0], pin: 'out', from: 0, to: 60 });
    return { took: performance.now() - began, lines: page.lines.length };`, id);
  add(`first ${first.lines} lines of ${OUTPUT_MB} MB of JSON`, `${Math.round(first.took)} ms`, '≤ 300 ms');
}

/** The TCP sample against a server that only listens, where the sample is built. */
async function measureQuestion() {
  const sample = join(root, 'sample-nodes/rust-redis-ping/target/wasm32-wasip2/release/rust_redis_ping.wasm');
  if (!existsSync(sample)) {
    add('question to dialog', 'left out: build sample-nodes/rust-redis-ping first (npm start does)', '≤ 150 ms');
    return;
  }
  const server = createServer().listen(0, '127.0.0.1');
  await desktop.open(workbench, { args: [sample] });
  await selected('redis');
  const shown = await desktop.execute(`${api}
    const shown = new Promise((found) => {
      const look = () => document.querySelector('[role="alertdialog"]') ? found(Date.now()) : requestAnimationFrame(look);
      look();
    });
    const inputs = '{"host":"127.0.0.1"}';
    const row = await invoke('start_run', { file: arguments[0], node: 'redis_ping', inputs, force: true });
    const at = await shown;
    const query = { min_level: null, kinds: ['question'], text: '', regex: false };
    const { lines } = await invoke('run_lines', { run: row.run, query, offset: 0, limit: 1 });
    return at - (row.started_at + lines[0].ms);`, sample);
  add('question to dialog', `${Math.round(shown)} ms`, '≤ 150 ms');
  server.close();
}

async function selected(word) {
  await desktop.until(`return document.querySelector('h1')?.innerText.toLowerCase().includes('${word}')`);
}

/** Runs a node in the window; how long it took until the window knew its end, and the longest frame meanwhile. */
function watched(name, file) {
  return desktop.execute(
    `${api}
    let longest = 0, last = performance.now(), on = true;
    const frame = (now) => { longest = Math.max(longest, now - last); last = now; if (on) requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    const began = performance.now();
    const row = await invoke('start_run', { file: arguments[1], node: arguments[0], inputs: '{}', force: true });
    for (;;) {
      await new Promise((next) => setTimeout(next, 100));
      const [newest] = await invoke('runs', { file: arguments[1], node: arguments[0], before: null, limit: 1 });
      if (newest && newest.run === row.run && newest.figures) break;
    }
    const took = performance.now() - began;
    on = false;
    const query = { min_level: null, kinds: ['log'], text: '', regex: false };
    let page;
    do page = await invoke('run_lines', { run: row.run, query, offset: 0, limit: 1 });
    while (page.searching);
    return { id: row.run, took, longest, total: page.total };`,
    name,
    file,
  );
}

/** Until the compile workers have ended for want of work. */
function settle() {
  return new Promise((done) => setTimeout(done, 12_000));
}

function processes() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended meanwhile.
    return '';
  }
}

/** Processes whose program has this name; names in /proc are cut at 15 characters. */
function named(name) {
  return processes().filter((pid) => read(`/proc/${pid}/comm`).trim() === name.slice(0, 15));
}

/** The open program and all that it started. */
function ours() {
  const parents = new Map(processes().map((pid) => [pid, /^\S \d+/.exec(read(`/proc/${pid}/stat`).replace(/^.*\) /, ''))?.[0].slice(2)]));
  const driver = String(desktop.driver.pid);
  const belongs = (pid) => pid !== undefined && (parents.get(pid) === driver || belongs(parents.get(pid)));
  return processes().filter(belongs);
}

/** Bytes of these, by the name of each process. */
function memory() {
  const sizes = new Map();
  for (const pid of ours()) {
    const size = Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
    const process = read(`/proc/${pid}/comm`).trim();
    sizes.set(process, (sizes.get(process) ?? 0) + size);
  }
  return sizes;
}

/** Per cent of one core that these take while nothing happens. */
async function idle(seconds) {
  // In hundredths of a second: the program's own and the kernel's for it.
  const stats = () => ours().map((pid) => read(`/proc/${pid}/stat`));
  const spent = () => stats().reduce((total, stat) => total + ticks(stat, 11) + ticks(stat, 12), 0);
  const before = spent();
  await new Promise((done) => setTimeout(done, seconds * 1000));
  return Math.max(0, spent() - before) / seconds;
}

function ticks(stat, field) {
  return Number(stat.replace(/^.*\) /, '').split(' ')[field] ?? 0);
}

function sum(sizes) {
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}

/** When the newest program of this name was started, as milliseconds since 1970, in steps of 10 ms. */
function startOf(name) {
  const boot = Number(/^btime (\d+)/m.exec(read('/proc/stat'))?.[1]) * 1000;
  const uptime = Number(read('/proc/uptime').split(' ')[0]) * 1000;
  const precise = Math.abs(Date.now() - uptime - boot) < 2000 ? Date.now() - uptime : boot;
  const started = named(name).map((pid) => ticks(read(`/proc/${pid}/stat`), 19));
  return precise + Math.max(...started) * 10;
}

function mb(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}

function ratio(value, base) {
  return (value / base).toFixed(2);
}

function perSecond(count, ms) {
  return Math.round((count / ms) * 1000);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
