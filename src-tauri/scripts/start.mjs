// `npm start`: installs what is missing, builds, and opens the workbench with the sample nodes.
import { nodeModules, openWorkbench, rustTarget, sampleNodes, systemPackages, userInterface } from './steps.mjs';

systemPackages();
nodeModules();
rustTarget();
userInterface();
sampleNodes();
openWorkbench(process.argv.slice(2));
