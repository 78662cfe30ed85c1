// The steps that `npm start` and `npm test` share: each does nothing where its work is done already.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
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
