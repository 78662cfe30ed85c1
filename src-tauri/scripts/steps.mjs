// The steps that `npm start` and `npm test` share: each does nothing where its work is done already.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a command in the project's folder; a failure ends the program with its exit code. */
export function run(command, args, options = {}) {
  console.log(`\n> ${[command, ...args].join(' ')}`);
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) {
    console.error(`cannot start "${command}": ${result.error.message}`);
    process.exit(1);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** What a command prints, or undefined where it cannot run. */
export function output(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return result.status === 0 ? result.stdout : undefined;
}

export function systemPackages(...args) {
  run('bash', [join('src-tauri', 'scripts', 'system-packages.sh'), ...args]);
}

export function nodeModules() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) run('npm', ['ci']);
}

export function rustTarget() {
  const installed = output('rustup', ['target', 'list', '--installed']);
  if (installed === undefined) {
    console.error('rustup is needed to build nodes: install Rust from rustup.rs and start again');
    process.exit(1);
  }
  if (!installed.split('\n').includes('wasm32-wasip2')) run('rustup', ['target', 'add', 'wasm32-wasip2']);
}

export function userInterface() {
  run('npm', ['run', '--silent', 'build:ui', '--', '--logLevel', 'warn']);
}

/** Builds the workbench and opens it with these files and folders. A test in the real window starts it by this. */
export function openWorkbench(paths) {
  run('cargo', ['run', '-p', 'node-workbench', '--features', 'custom-protocol', '--', ...paths]);
}

/** Languages whose samples need nothing but npm and the Rust target. */
const STARTERS = ['assemblyscript', 'rust', 'typescript'];

/**
 * Builds the sample nodes of these languages, if not told otherwise those that need only npm and the Rust target; each by the command that its manifest names. A sample
 * that does not build is reported and left out: it never stops the start.
 */
export function sampleNodes(languages = STARTERS) {
  const folder = join(root, 'sample-nodes');
  const env = { ...process.env };
  delete env.CARGO_TARGET_DIR;
  for (const name of readdirSync(folder)) {
    if (!languages.includes(name.split('-')[0])) continue;
    const sample = join(folder, name);
    const manifest = readFileSync(join(sample, 'flow-like.toml'), 'utf8');
    const build = named('build', manifest);
    const built = join(sample, named('wasm_path', manifest));
    if (existsSync(built) && newest(sample) <= statSync(built).mtimeMs) continue;
    console.log(`\n> building the sample ${name}`);
    const commands = existsSync(join(sample, 'package-lock.json')) ? ['npm ci --silent', build] : [build];
    const failed = commands.find((command) => {
      return spawnSync('sh', ['-c', command], { cwd: sample, stdio: 'inherit', env }).status !== 0;
    });
    if (failed) console.error(`the sample ${name} is left out: "${failed}" failed`);
    // What had nothing to do leaves an older file, which is up to date all the same.
    else utimesSync(built, new Date(), new Date());
  }
}

/** A text of a manifest. */
function named(key, manifest) {
  const [, value] = new RegExp(`^${key} = "(.*)"$`, 'm').exec(manifest) ?? [];
  if (value === undefined) throw new Error(`a manifest of a sample lacks "${key}"`);
  return value;
}

function newest(folder) {
  const times = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !['target', 'build', 'node_modules'].includes(entry.name))
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
    });
  return Math.max(0, ...times);
}
