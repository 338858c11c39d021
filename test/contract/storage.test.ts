import { openPgliteEngine } from './engine.js';
import { describeStorage } from './storage-suite.js';

describeStorage('PGlite', openPgliteEngine);
