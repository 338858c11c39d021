/** What each peer is asked about a quote and its documents. */
import { parseEvidence } from '../../src/tee/registry.js';
import { endorsementsFrom, type Material, splitDocument } from '../vectors/differential/opinions.js';
import { type Objections, objectionsOf } from './opinion.js';
import type { Question } from './peer.js';

export type { Material as TdxMaterial };

export function askAssay({ evidence, documents, anchors, at }: Material): Promise<Objections> {
  return objectionsOf(() => parseEvidence('tdx', evidence, []), {
    endorsements: endorsementsFrom(documents),
    anchors,
    at,
    revocation: 'required',
  });
}

export function questionForGo({ evidence, documents, anchors, at }: Material): Question {
  const files = Object.entries(documents).map(([name, bytes]) => [name, base64(bytes)]);
  return {
    evidence: base64(evidence),
    at: at.toISOString(),
    root: base64(rootOf(anchors)),
    ...Object.fromEntries(files),
  };
}

/** The library wants body and signature of the documents apart; null: they cannot be told apart. */
export function questionForRust({ evidence, documents, anchors, at }: Material): Question | null {
  try {
    const info = splitDocument(documents.tcbInfo, 'tcbInfo');
    const identity = splitDocument(documents.qeIdentity, 'enclaveIdentity');
    return {
      evidence: base64(evidence),
      seconds: Math.max(0, Math.floor(at.getTime() / 1000)),
      root: base64(rootOf(anchors)),
      tcbInfoBody: base64(Buffer.from(info.text)),
      tcbInfoSignature: base64(Buffer.from(info.signature, 'hex')),
      qeIdentityBody: base64(Buffer.from(identity.text)),
      qeIdentitySignature: base64(Buffer.from(identity.signature, 'hex')),
      tcbSigningChain: base64(documents.tcbSigningChain),
      pckCrl: base64(documents.pckCrl),
      pckCrlIssuerChain: base64(documents.pckCrlIssuerChain),
      rootCrl: base64(documents.rootCrl),
    };
  } catch {
    return null;
  }
}

export function rootOf({ vendors }: Material['anchors']): Uint8Array {
  const [root] = vendors.intel?.roots ?? [];
  if (root === undefined) throw new TypeError('no root of Intel');
  return root;
}

export function base64(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString('base64');
}
