// Jest runs the compiled tests: nothing is transformed, and source maps lead back to the TypeScript lines.
import { fileURLToPath } from 'node:url';

const shared = {
  rootDir: fileURLToPath(new URL('..', import.meta.url)),
  roots: ['<rootDir>/build'],
  transform: {},
  // What all tests share is made once.
  globalSetup: '<rootDir>/build/test/before-all.js',
  // Who verifies signatures: ASSAY_CRYPTO.
  setupFiles: ['<rootDir>/build/test/chosen-crypto.js'],
  testTimeout: 240_000,
};

/** Tests that need no outside server. */
export const unit = {
  ...shared,
  testMatch: ['<rootDir>/build/test/**/*.test.js'],
  testPathIgnorePatterns: ['\\.integration\\.test\\.js$'],
  maxWorkers: '100%',
};

/** Tests against a real PostgreSQL, one after another: several of them race processes on purpose. */
export const integration = {
  ...shared,
  testMatch: ['<rootDir>/build/test/**/*.integration.test.js'],
  testTimeout: 600_000,
  maxWorkers: 1,
};

export default unit;
