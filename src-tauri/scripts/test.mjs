// `npm test`: installs what is missing and runs every test, also those in the real window.
// Arguments after `--` go to `cargo test`.
import { nodeModules, run, rustTarget, systemPackages, userInterface } from './steps.mjs';

// Root may do what stops everybody else: its tests run without its powers. PostgreSQL refuses root all the same, so CI
// runs as an account of its own.
const ordinary = process.getuid?.() === 0 ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all', '--'] : [];

function test(...command) {
  const [program, ...args] = [...ordinary, ...command];
  run(program, args);
}

systemPackages('--tests');
nodeModules();
rustTarget();
userInterface();
test('npm', 'run', '--silent', 'test:ui');
test('cargo', 'test', '--workspace', '--features', 'node-workbench/custom-protocol', ...process.argv.slice(2));
