// The steps that `npm start` and `npm test` share: each does nothing where its work is done already.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
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

/**
 * Builds the sample nodes that need only npm and the Rust target, each by its own command. A sample that does not build
 * is reported and left out: it never stops the start.
 */
export function sampleNodes() {
  const folder = join(root, 'sample-nodes');
  for (const name of readdirSync(folder)) {
    const sample = join(folder, name);
    const commands = existsSync(join(sample, 'Cargo.toml'))
      ? [['cargo', 'build', '--release', '--quiet']]
      : existsSync(join(sample, 'package.json'))
        ? [['npm', 'ci', '--silent'], ['npm', 'run', '--silent', 'build']]
        : [];
    if (commands.length === 0 || isBuilt(sample)) continue;
    console.log(`\n> building the sample ${name}`);
    const env = { ...process.env };
    delete env.CARGO_TARGET_DIR;
    const failed = commands.find(([command, ...args]) => {
      const { status } = spawnSync(command, args, { cwd: sample, stdio: 'inherit', env });
      return status !== 0;
    });
    if (failed) console.error(`the sample ${name} is left out: "${failed.join(' ')}" failed`);
  }
}

/** Whether the file that the manifest names is newer than every source. */
function isBuilt(sample) {
  const [, path] = /^wasm_path = "(.*)"$/m.exec(readFileSync(join(sample, 'flow-like.toml'), 'utf8')) ?? [];
  const built = path && join(sample, path);
  return Boolean(built) && existsSync(built) && newest(sample) <= statSync(built).mtimeMs;
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
