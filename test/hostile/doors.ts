/** The ways in which evidence comes in, each with something to send that would be welcome. */
import type { RefusalCode } from '../../src/rats/refusal.js';
import type { JsonObject } from '../../src/rats/result.js';
import type { SimulatedGuest, SimulatedTd } from '../../src/simulator/index.js';
import { attestBody, evidenceOf, guestWith, takeChallenge, tdAttestBody, tdWith } from '../http/guest.js';
import { type Door, jsonTo } from './door.js';
import { type Piece, requestOf } from './wire.js';

export const TEES = ['sev-snp', 'tdx'] as const;
export type TeeName = (typeof TEES)[number];

export const JSON_DOORS = ['attest', 'appraise'] as const;
export type JsonDoor = (typeof JSON_DOORS)[number];

/** A whole good body for one of the two, and where it goes. */
export async function goodBody(
  { service }: Door,
  door: JsonDoor,
  tee: TeeName = 'sev-snp',
): Promise<{ readonly body: JsonObject; readonly request: (body: Piece | object) => Piece[] }> {
  const path = `/simulated/v1/${door}`;
  if (door === 'attest') {
    const body = await (tee === 'tdx' ? tdAttestBody(service) : attestBody(service));
    return { body, request: (changed) => jsonTo(path, changed) };
  }
  const reportData = Buffer.alloc(64, 7);
  const evidence = evidenceOf(await (tee === 'tdx' ? tdWith(reportData) : guestWith(reportData)));
  const body = { evidence, report_data: reportData.toString('hex') };
  return { body, request: (changed) => jsonTo(path, changed, service.adminKey) };
}

/** Where evidence goes as bytes, with certificates beside it where the door takes some. */
export interface EvidenceDoor {
  readonly name: string;
  /** REPORT_DATA of evidence that would be welcome. */
  readonly reportData: Uint8Array;
  readonly takesCertificates: boolean;
  submit(evidence: Uint8Array, certificates?: readonly Uint8Array[]): Piece[];
}

/** All three; challenges are not spent by evidence that is refused. */
export async function evidenceDoors(door: Door): Promise<readonly EvidenceDoor[]> {
  const { service } = door;
  const open = { audience: 'open', binding: 'raw-nonce' };
  const sealed = await takeChallenge(service, open);
  const reportData = Buffer.from(sealed.nonce, 'base64url');
  const query = new URLSearchParams({ challenge: sealed.challenge, audience: 'open' });
  return [
    {
      name: 'attest, JSON',
      reportData,
      takesCertificates: true,
      submit: (evidence, certificates = []) =>
        jsonTo('/simulated/v1/attest', {
          challenge: sealed.challenge,
          audience: 'open',
          evidence: evidenceOf({ evidence, certificates }),
        }),
    },
    {
      name: 'attest, octets',
      reportData,
      takesCertificates: false,
      submit: (evidence) =>
        requestOf(
          'POST',
          `/simulated/v1/attest?${query}`,
          { 'Content-Type': 'application/octet-stream' },
          evidence,
        ),
    },
    {
      name: 'appraise',
      reportData,
      takesCertificates: true,
      submit: (evidence, certificates = []) => {
        const body = {
          evidence: evidenceOf({ evidence, certificates }),
          report_data: reportData.toString('hex'),
        };
        return jsonTo('/simulated/v1/appraise', body, service.adminKey);
      },
    },
  ];
}

/** Evidence of the TEE that all three would take: on SNP the extended report, which brings its certificates. */
export function welcome(tee: TeeName, reportData: Uint8Array): Promise<SimulatedGuest | SimulatedTd> {
  return tee === 'tdx' ? tdWith(reportData) : guestWith(reportData, { envelope: 'extended' });
}

/** What may be said to bytes that are no evidence, or not quite: that they cannot be read, or are not genuine. */
export const NOT_GENUINE: RegExp = /^(?:evidence_|member_|json_too_deep|snp_|tdx_|vtpm_|request_invalid)/;

export const isNotGenuine = (code: RefusalCode | string): boolean => NOT_GENUINE.test(code);
