// `npm test`: installs what is missing and runs every test, also those in the real window.
// Arguments after `--` go to `cargo test`.
import { nodeModules, run, rustTarget, systemPackages, userInterface } from './steps.mjs';

systemPackages('--tests');
nodeModules();
rustTarget();
userInterface();
run('npm', ['run', '--silent', 'test:ui']);
const extra = process.argv.slice(2);
run('cargo', ['test', '--workspace', '--features', 'node-workbench/custom-protocol', ...extra]);
