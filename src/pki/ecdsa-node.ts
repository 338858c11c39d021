/** ECDSA by the OpenSSL that Node was built with, on the thread pool. */
import { verify } from 'node:crypto';
import type { EcdsaVerifier } from './ecdsa.js';

export const NODE_ECDSA: EcdsaVerifier = {
  name: `node openssl/${process.versions.openssl}`,
  verify: ({ key, hash, message, signature }) =>
    new Promise((resolve, reject) => {
      verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature, (error, holds) =>
        error === null ? resolve(holds) : reject(error),
      );
    }),
};
