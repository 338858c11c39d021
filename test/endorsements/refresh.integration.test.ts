import { openPostgresEngine } from '../contract/postgres-engine.js';
import { describeRefresh } from './refresh-suite.js';

describeRefresh('PostgreSQL', openPostgresEngine);
