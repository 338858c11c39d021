/**
 * Keys at rest: AES-256-GCM under a key derived from the key-encryption key (KEK).
 *
 * Layout: version 0x01 | KEK id (8 bytes) | IV (12 random bytes) | ciphertext | tag (16 bytes).
 * Additional data: tenant, purpose, kid and, of a key that is one audience's alone, that audience, each after its
 * length as u32 big endian, so that a wrapped key opens only in the row it was made for.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyWrap, WrapContext } from '../verifier/key-ports.js';

const VERSION = 1;
const KEY_LENGTH = 32;
const ID_LENGTH = 8;
const IV_LENGTH = 12;
const TAG_LENGTH = 16;
const HEADER_LENGTH = 1 + ID_LENGTH + IV_LENGTH;

/** The key-encryption key does not open what is stored, or is no such key. In words for the operator. */
export class WrongKek extends Error {
  override readonly name = 'WrongKek';
}

/**
 * `kek`: 32 bytes, what everything is encrypted under. `previous`: one more that opens what is there. Throws WrongKek for
 * any other length.
 */
export function createKeyWrap(kek: Uint8Array, previous: Uint8Array | null = null): KeyWrap {
  const present = deriveKek(kek, 'ASSAY_KEK');
  const known = previous === null ? [present] : [present, deriveKek(previous, 'ASSAY_KEK_PREVIOUS')];
  const wrap: KeyWrap['wrap'] = (context, plaintext) => seal(present, context, plaintext);
  const unwrap: KeyWrap['unwrap'] = (context, wrapped) => open(known, context, Buffer.from(wrapped));
  return {
    wrap,
    unwrap,
    rewrap: (context, wrapped) =>
      present.id.equals(idOf(Buffer.from(wrapped))) ? null : wrap(context, unwrap(context, wrapped)),
  };
}

interface Kek {
  readonly key: Buffer;
  /** Derived apart from the key, so that the id in every row says nothing about it. */
  readonly id: Buffer;
}

function deriveKek(kek: Uint8Array, name: string): Kek {
  if (kek.length !== KEY_LENGTH) {
    throw new WrongKek(
      `The key-encryption key (${name} or ${name}_FILE) must have ${KEY_LENGTH} bytes, not ${kek.length}.`,
    );
  }
  return {
    key: derive(kek, 'assay key-wrap v1', KEY_LENGTH),
    id: derive(kek, 'assay key-wrap id v1', ID_LENGTH),
  };
}

function idOf(wrapped: Buffer): Buffer {
  return wrapped.subarray(1, 1 + ID_LENGTH);
}

function derive(kek: Uint8Array, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', kek, '', purpose, length));
}

function seal({ key, id }: Kek, context: WrapContext, plaintext: Uint8Array): Uint8Array {
  const iv = randomBytes(IV_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_LENGTH });
  cipher.setAAD(additionalData(context));
  const parts = [Buffer.of(VERSION), id, iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
  return new Uint8Array(Buffer.concat(parts));
}

function open(known: readonly Kek[], context: WrapContext, wrapped: Buffer): Uint8Array {
  if (wrapped.length < HEADER_LENGTH + TAG_LENGTH || wrapped[0] !== VERSION) {
    throw new WrongKek(
      'A stored key has a form that this build does not know. Run the version of Assay that wrote it, or a newer one; ASSAY_KEK or ASSAY_KEK_FILE may still be right.',
    );
  }
  const storedId = idOf(wrapped);
  const kek = known.find(({ id }) => id.equals(storedId));
  if (kek === undefined) {
    const given = known.map(({ id }) => id.toString('hex')).join(' and ');
    throw new WrongKek(
      `The stored keys are encrypted under another key-encryption key (id ${storedId.toString('hex')}, given: ${given}). Set ASSAY_KEK or ASSAY_KEK_FILE to the one that this database was made with.`,
    );
  }
  const tagAt = wrapped.length - TAG_LENGTH;
  const iv = wrapped.subarray(1 + ID_LENGTH, HEADER_LENGTH);
  const decipher = createDecipheriv('aes-256-gcm', kek.key, iv, { authTagLength: TAG_LENGTH });
  decipher.setAAD(additionalData(context));
  decipher.setAuthTag(wrapped.subarray(tagAt));
  try {
    const plaintext = [decipher.update(wrapped.subarray(HEADER_LENGTH, tagAt)), decipher.final()];
    return new Uint8Array(Buffer.concat(plaintext));
  } catch {
    throw new WrongKek(
      `The stored key ${context.kid} of tenant ${context.tenant} does not open, though ASSAY_KEK or ASSAY_KEK_FILE is the key it names: it was altered, or moved from another row. Restore the database from a backup.`,
    );
  }
}

function additionalData({ tenant, purpose, kid, audience }: WrapContext): Buffer {
  const names = [tenant, purpose, kid, ...(audience === undefined ? [] : [audience])];
  const parts = names.map((text) => {
    const bytes = Buffer.from(text, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(parts);
}
