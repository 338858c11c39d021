// `npm run equality`: test/native/equality.ts, built.
import { prepareAndBuild } from './build.mjs';

prepareAndBuild();
await import('../build/test/native/equality.js');
