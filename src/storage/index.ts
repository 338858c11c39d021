/** What the rest of the program may use of storage. */
export { createKeyWrap, WrongKek } from './key-wrap.js';
export { type MigrationOptions, migrateDatabase } from './migrate.js';
export { openStores } from './open.js';
export { StorageRefused } from './refused.js';
