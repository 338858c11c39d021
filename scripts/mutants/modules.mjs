// Fresh copies of the project's modules, many times in one process. The build of the mutation run is CommonJS: each file
// is compiled once and its function called again for each copy, which costs milliseconds and leaves nothing behind;
// copies of ES modules cannot be given up. Each copy has caches of its own, so no mutant sees what another left in them.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import { pooledCrypto } from './key-pool.mjs';

const PARAMETERS = ['exports', 'require', 'module', 'importMetaUrl'];
/** How the instrumented code asks which mutant is on. */
const SWITCH = /\bstryMutAct_\w+\("(\d+)"\)/gu;
const REQUIRED = /\brequire\("([^"]+)"\)/gu;
const requireBuiltin = createRequire(import.meta.url);

export class Modules {
  #compiled = new Map();
  #packages = new Map();
  #prepared = new Set();

  /** Compiles a file and everything that it imports, and loads the packages among it. */
  async prepare(entry) {
    for (const file of this.closure(entry)) {
      if (this.#prepared.has(file)) continue;
      for (const name of this.#compile(file).imports) {
        if (!name.startsWith('.') && !isBuiltin(name) && name !== '@jest/globals')
          await this.#loadPackage(name);
      }
      this.#prepared.add(file);
    }
  }

  /** Every file that `entry` imports, itself included. */
  closure(entry) {
    const seen = new Set([entry]);
    for (const file of seen) for (const next of this.importsOf(file)) seen.add(next);
    return seen;
  }

  /** The project's files that a file imports itself. */
  importsOf(file) {
    return this.#compile(file)
      .imports.filter((name) => name.startsWith('.'))
      .map((name) => join(dirname(file), name));
  }

  /** The numbers of the mutants that the file holds. */
  mutantsOf(file) {
    return this.#compile(file).mutants;
  }

  /** A new copy of all modules, empty at first. `load(file, jestGlobals)` evaluates a file with what it imports. */
  fresh() {
    const instances = new Map();
    const crypto = pooledCrypto();
    const load = (file, globals) => {
      const known = instances.get(file);
      if (known !== undefined) return known.exports;
      const module = { exports: {} };
      instances.set(file, module);
      const compiled = this.#compile(file);
      if (compiled.json !== undefined) {
        module.exports = structuredClone(compiled.json);
        return module.exports;
      }
      const require = (name) => {
        if (name.startsWith('.')) return load(join(dirname(file), name), globals);
        if (name === '@jest/globals') return globals();
        if (name === 'node:crypto') return crypto;
        return isBuiltin(name) ? requireBuiltin(name) : this.#packages.get(name);
      };
      try {
        compiled.evaluate.call(module.exports, module.exports, require, module, pathToFileURL(file).href);
      } catch (error) {
        instances.delete(file);
        throw error;
      }
      return module.exports;
    };
    return load;
  }

  #compile(file) {
    const known = this.#compiled.get(file);
    if (known !== undefined) return known;
    if (!existsSync(file)) throw new Error(`${file} is imported and does not exist`);
    const text = readFileSync(file, 'utf8');
    const made = file.endsWith('.json')
      ? { imports: [], mutants: [], json: JSON.parse(text) }
      : {
          imports: [...text.matchAll(REQUIRED)].map(([, name]) => name),
          mutants: [...text.matchAll(SWITCH)].map(([, id]) => id),
          evaluate: compileFunction(text.replaceAll('import.meta.url', 'importMetaUrl'), PARAMETERS, {
            filename: file,
          }),
        };
    this.#compiled.set(file, made);
    return made;
  }

  async #loadPackage(name) {
    if (this.#packages.has(name)) return;
    // CommonJS made by the compiler takes `default` of what it requires only when told that it was an ES module.
    this.#packages.set(name, { ...(await import(name)), __esModule: true });
  }
}
