import { openPostgresEngine } from './postgres-engine.js';
import { describeStorage } from './storage-suite.js';

describeStorage('PostgreSQL', openPostgresEngine);
