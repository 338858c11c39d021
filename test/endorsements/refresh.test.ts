import { openPgliteEngine } from '../contract/engine.js';
import { describeRefresh } from './refresh-suite.js';

describeRefresh('PGlite', openPgliteEngine);
