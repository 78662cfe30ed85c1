// `npm run package`: a .deb and an AppImage of the workbench with the sample nodes in it. What a machine lacks for one of
// them is said, and the other is made all the same.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { nodeModules, root, rustTarget, sampleNodes, systemPackages, userInterface } from './steps.mjs';

// Only here: a build of the program alone must not need built samples.
const RESOURCES = JSON.stringify({ bundle: { resources: { 'target/samples/': 'samples/' } } });

/** Fetched when a package is made: nothing else needs it. */
const PACKAGER = '@tauri-apps/cli@2.12.5';

systemPackages();
nodeModules();
rustTarget();
userInterface();
sampleNodes();
collectSamples();

const made = [];
const missing = [];
for (const [bundle, needs] of [
  ['deb', 'the build above must pass'],
  ['appimage', 'its tools (linuxdeploy and a runtime) are fetched by the packager from the network at the first time'],
]) {
  const tauri = ['--yes', PACKAGER, 'build', '--config', RESOURCES, '--bundles', bundle];
  const { status } = spawnSync('npx', tauri, { cwd: root, stdio: 'inherit' });
  if (status === 0) made.push(bundle);
  else missing.push(`${bundle}: ${needs}`);
}
console.log(`\nmade: ${made.join(', ') || 'nothing'}`);
for (const line of missing) console.error(`not made: ${line}`);
process.exit(made.length > 0 ? 0 : 1);

/** The samples' built files, by name, where the packager looks for them. */
function collectSamples() {
  const out = join(root, 'src-tauri', 'target', 'samples');
  rmSync(out, { recursive: true, force: true });
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
}
