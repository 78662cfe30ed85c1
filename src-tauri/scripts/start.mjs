// `npm start`: installs what is missing, builds, and opens the workbench with the sample nodes.
import { nodeModules, run, rustTarget, sampleNodes, systemPackages, userInterface } from './steps.mjs';

systemPackages();
nodeModules();
rustTarget();
userInterface();
sampleNodes();
run('cargo', ['run', '-p', 'node-workbench', '--features', 'custom-protocol', '--', ...process.argv.slice(2)]);
