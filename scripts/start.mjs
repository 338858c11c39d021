// `npm start`: installs, builds and migrates if needed, then serves on http://localhost:8080 with the embedded
// database in ./data. Whatever is set in the environment wins over these settings.
import { prepareAndBuild } from './build.mjs';
import { ROOT } from './prepare.mjs';

process.chdir(ROOT);
prepareAndBuild();

const SETTINGS = {
  ASSAY_DATA_DIR: './data',
  ASSAY_DATABASE_URL: `pglite:${process.env.ASSAY_DATA_DIR || './data'}/db`,
  ASSAY_LISTEN: 'localhost:8080',
  ASSAY_SIMULATED_VENDORS: '1',
};
for (const [name, value] of Object.entries(SETTINGS)) process.env[name] ||= value;

const { main } = await import('../build/src/cli/main.js');
// The embedded database is migrated as it is opened; a server's waits for somebody to ask.
const embedded = process.env.ASSAY_DATABASE_URL.startsWith('pglite:');
process.exitCode = (embedded ? 0 : await main(['migrate'])) || (await main(['serve']));
