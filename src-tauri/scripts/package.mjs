// `npm run package`: a .deb and an AppImage of the workbench with nodewb and the sample nodes in it. What a machine lacks
// for one of them is said, and the other is made all the same. `-- --deb` makes only the .deb, and then a failure is
// one; `-- --debug` packages a dev build.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { nodeModules, root, run, rustTarget, sampleNodes, systemPackages, userInterface } from './steps.mjs';

/** Fetched when a package is made: nothing else needs it. */
const PACKAGER = '@tauri-apps/cli@2.12.5';

const debug = process.argv.includes('--debug');
const onlyDeb = process.argv.includes('--deb');
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const built = join(target, debug ? 'debug' : 'release');
/** What is put into the packages beside the window's program. */
const parts = join(target, 'package');

// Packages are for everybody, whoever makes them.
process.umask(0o022);
systemPackages();
nodeModules();
rustTarget();
userInterface();
// A dev build is for trying the package: one sample does.
sampleNodes(debug ? ['assemblyscript'] : undefined);
programs();
rmSync(parts, { recursive: true, force: true });
const config = JSON.stringify({ bundle: { resources: samples(), linux: { deb: { files: companion() } } } });

const made = [];
const missing = [];
for (const [bundle, needs] of [
  ['deb', 'the build above must pass'],
  ['appimage', 'its tools (linuxdeploy and a runtime) are fetched by the packager from the network at the first time'],
].slice(0, onlyDeb ? 1 : 2)) {
  const profile = debug ? ['--debug'] : [];
  const tauri = ['--yes', PACKAGER, 'bundle', ...profile, '--config', config, '--bundles', bundle];
  const { status } = spawnSync('npx', tauri, { cwd: root, stdio: 'inherit' });
  if (status === 0) made.push(bundle);
  else missing.push(`${bundle}: ${needs}`);
}
console.log(`\nmade: ${made.join(', ') || 'nothing'}, in "${join(built, 'bundle')}"`);
for (const line of missing) console.error(`not made: ${line}`);
process.exit(made.length > 0 ? 0 : 1);

/** Builds the window's program and nodewb. */
function programs() {
  const profile = debug ? [] : ['--release'];
  const packages = ['-p', 'node-workbench', '-p', 'nodewb', '--bin', 'node-workbench', '--bin', 'nodewb'];
  run('cargo', ['build', ...profile, ...packages, '--features', 'node-workbench/custom-protocol']);
}

/** nodewb with what belongs to it: a file in `parts` for each path in the package. */
function companion() {
  const files = {};
  const put = (path, content) => {
    const file = join(parts, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
    files[path] = file;
  };
  mkdirSync(join(parts, 'usr/bin'), { recursive: true });
  copyFileSync(join(built, 'nodewb'), join(parts, 'usr/bin/nodewb'));
  files['/usr/bin/nodewb'] = join(parts, 'usr/bin/nodewb');

  for (const [shell, path] of [
    ['bash', '/usr/share/bash-completion/completions/nodewb'],
    ['zsh', '/usr/share/zsh/vendor-completions/_nodewb'],
    ['fish', '/usr/share/fish/vendor_completions.d/nodewb.fish'],
  ]) {
    put(path, nodewb('completions', shell));
  }
  const manual = join(parts, 'manual');
  mkdirSync(manual, { recursive: true });
  nodewb('man', manual);
  for (const page of readdirSync(manual)) {
    put(`/usr/share/man/man${page.split('.').at(-1)}/${page}.gz`, gzipSync(readFileSync(join(manual, page)), { level: 9 }));
  }
  const licences = ['LICENSE', 'LICENSE-MIT', 'LICENSE-APACHE'].map((name) => readFileSync(join(root, name), 'utf8'));
  put('/usr/share/doc/node-workbench/copyright', licences.join('\n'));
  return files;
}

/** What nodewb prints; a failure ends the packaging. */
function nodewb(...args) {
  const { status, stdout, error } = spawnSync(join(built, 'nodewb'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status === 0) return stdout;
  console.error(`"nodewb ${args.join(' ')}" failed: ${error?.message ?? `exit code ${status}`}`);
  process.exit(1);
}

/** The samples' built files, by name. */
function samples() {
  const out = join(parts, 'samples');
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(join(root, 'sample-nodes')).filter((name) => !name.startsWith('.'))) {
    const sample = join(root, 'sample-nodes', name);
    const manifest = readFileSync(join(sample, 'flow-like.toml'), 'utf8');
    const [line, path] = /^wasm_path = "(.*)"$/m.exec(manifest) ?? [];
    if (!path || !existsSync(join(sample, path))) continue;
    copyFileSync(join(sample, path), join(out, `${name}.wasm`));
    // Its limits and permissions stand in the manifest beside it, which need not say where and how it was built.
    const workbench = /^\[workbench\]\n(?:[^[\n].*\n|\n)*/m;
    writeFileSync(join(out, `${name}.toml`), manifest.replace(line, '').replace(workbench, ''));
  }
  return { [`${out}/`]: 'samples/' };
}
