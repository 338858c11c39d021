// RSA keys are slow to make: each fresh copy of the modules gets the same ones again, in the order of asking. Within a
// copy they differ from each other, as keys should.
import * as crypto from 'node:crypto';
import { promisify } from 'node:util';

const pools = new Map();

/** The pair that was made as the `number`th of this kind. */
function pairOf(number, options) {
  const kind = JSON.stringify(options);
  if (!pools.has(kind)) pools.set(kind, []);
  const pool = pools.get(kind);
  while (pool.length <= number) pool.push(crypto.generateKeyPairSync('rsa', options));
  return pool[number];
}

const isPlainRsa = (type, options) =>
  type === 'rsa' && Object.keys(options).every((name) => name === 'modulusLength');

/** `node:crypto`, with RSA keys from the pool. */
export function pooledCrypto() {
  let asked = 0;
  const take = (options) => {
    asked += 1;
    return pairOf(asked - 1, options);
  };
  const generate = (type, options) =>
    isPlainRsa(type, options)
      ? Promise.resolve(take(options))
      : promisify(crypto.generateKeyPair)(type, options);
  const generateKeyPair = (type, options, callback) => {
    generate(type, options).then(
      ({ publicKey, privateKey }) => callback(null, publicKey, privateKey),
      callback,
    );
  };
  generateKeyPair[promisify.custom] = generate;
  const generateKeyPairSync = (type, options) =>
    isPlainRsa(type, options) ? take(options) : crypto.generateKeyPairSync(type, options);
  return { ...crypto, generateKeyPair, generateKeyPairSync };
}
