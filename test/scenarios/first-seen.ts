/**
 * A fleet that nobody saw before attests while AMD gives one certificate in ten seconds and turns everybody else away. The
 * service and the vendor live by one clock, which moves from one promised return to the next.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type SimulatedGuest, startVendorService, type VendorService } from '../../src/simulator/index.js';
import { bodyFor, guestWith, register } from '../http/guest.js';
import { startTestService, type TestService } from '../http/service.js';
import { SIMULATED_AT, simulatedIntel, simulatedVendor } from '../simulated-vendor.js';

const ATTEST = '/simulated/v1/attest';
const RATION = 10;
/** Attesters that are served at a time. */
const TOGETHER = 16;
/** Returns in vain that a guest may be asked for. */
const MOST_IN_VAIN = 3;
/** Of REPORT_DATA and CHIP_ID in a report (56860, table 23). */
const REPORT_DATA_AT = 0x50;
const CHIP_ID_AT = 0x1a0;

const ROWS = 'SELECT count(*)::integer AS n FROM vendor_requests';
/** Asked for at this moment, or due to be. */
const UNDER_WAY = `SELECT count(*)::integer AS n FROM vendor_requests LEFT JOIN vendor_services USING (realm, service)
  WHERE state = 'asked' OR (state = 'waiting' AND rationed AND next_at <= $1)`;

export interface FirstSeenSite {
  readonly databaseUrl: string;
  /** Of the ledger of what vendors are asked, with its values. */
  readonly ledger: (sql: string, values: readonly unknown[]) => Promise<number>;
  drop(): Promise<void>;
}

interface Arrival {
  readonly chip: Buffer;
  /** On the shared clock, in milliseconds. */
  readonly at: number;
  readonly inVain: number;
  /** As it was at its first visit; null before. */
  readonly guest: SimulatedGuest | null;
}

/** `chips`: of the fleet; as many forged reports follow. */
export function describeFirstSeen(chips: number, open: () => Promise<FirstSeenSite>): void {
  describe(`${chips} chips that nobody saw before`, () => {
    let site: FirstSeenSite;
    let vendors: VendorService;
    let service: TestService;
    beforeAll(async () => {
      site = await open();
      const vendor = { amd: await simulatedVendor(), intel: await simulatedIntel() };
      // The clock of the service, once there is one.
      const clock = { now: () => service?.clock.now() ?? SIMULATED_AT };
      vendors = await startVendorService({ vendor, clock, behaviour: ['vcek:rate=1/10s'] });
      service = await startTestService({
        ASSAY_DATABASE_URL: site.databaseUrl,
        ASSAY_VENDOR_FETCH: 'on',
        ASSAY_SIMULATED_VENDOR_URL: vendors.url,
      });
      await register(service);
    }, 120_000);
    afterAll(async () => {
      await service.close();
      await vendors.close();
      await site.drop();
    }, 60_000);

    const now = (): number => service.clock.now().getTime();
    const vceks = () => vendors.requests.filter(({ vcek }) => vcek);

    /** Until the line has had its turn: a clock that moved on would make its request late at the vendor, and the next early. */
    async function settled(): Promise<void> {
      while ((await site.ledger(UNDER_WAY, [service.clock.now()])) > 0) await delay(20);
    }

    /** Evidence of the chip for a fresh challenge, alone or with its certificates. */
    async function submit(
      chip: Buffer,
      { before, carries }: { readonly before: SimulatedGuest | null; readonly carries: boolean },
    ) {
      let guest: SimulatedGuest | null = before;
      const body = await bodyFor(service, {
        mint: async (reportData) => {
          guest = await guestWith(reportData, {
            at: service.clock.now(),
            signingKey: 'VCEK',
            chipId: chip,
            ...(before === null ? {} : { sameMachineAs: before }),
          });
          return { ...guest, certificates: carries ? guest.certificates : [] };
        },
      });
      const reply = await service.post(ATTEST, body);
      return { reply, guest };
    }

    test('are served in turn at the times they were told, and nobody who brings a certificate waits', async () => {
      const begun = now();
      const told: number[] = [];
      const inVain = new Map<number, number>();
      let carried = 0;

      /** Null once it has its token. */
      async function visit(arrival: Arrival): Promise<Arrival | null> {
        const { reply, guest } = await submit(arrival.chip, { before: arrival.guest, carries: false });
        if (reply.status === 200) {
          inVain.set(arrival.inVain, (inVain.get(arrival.inVain) ?? 0) + 1);
          return null;
        }
        expect([reply.status, reply.body.code]).toEqual([
          503,
          expect.stringMatching(/^snp_kds_(rate_limited|unavailable)$/),
        ]);
        const wait = Number(reply.headers['retry-after']);
        expect(wait).toBeGreaterThan(0);
        told.push(wait);
        return { ...arrival, guest, at: now() + wait * 1000, inVain: arrival.inVain + 1 };
      }

      // All at once, as after a power cut.
      const fleet = Array.from({ length: chips }, () => randomBytes(64));
      let waiting: Arrival[] = [];
      for (let start = 0; start < chips; start += TOGETHER) {
        const group = fleet.slice(start, start + TOGETHER);
        const visits = await Promise.all(
          group.map((chip) => visit({ chip, at: begun, inVain: 0, guest: null })),
        );
        waiting.push(...visits.filter((left) => left !== null));
      }
      expect(waiting.length).toBeGreaterThanOrEqual(chips - 1);
      expect(vceks().length).toBeLessThanOrEqual(1);

      for (let turn = 0; waiting.length > 0; turn += 1) {
        waiting.sort((one, other) => one.at - other.at);
        const [next, ...rest] = waiting;
        if (next === undefined) break;
        service.clock.set(new Date(Math.max(now(), next.at)));
        if (turn % 20 === 0) {
          // Another machine, just as new, whose certificate comes along.
          const { reply } = await submit(randomBytes(64), { before: null, carries: true });
          expect(reply.status).toBe(200);
          carried += 1;
        }
        const again = await visit(next);
        waiting = again === null ? rest : [...rest, again];
        if (again === null) continue;
        await settled();
        expect(again.inVain).toBeLessThanOrEqual(1 + MOST_IN_VAIN);
      }

      const elapsed = (now() - begun) / 1000;
      const asked = vceks();
      expect(asked.filter(({ status }) => status !== 200)).toEqual([]);
      expect(new Set(asked.map(({ path }) => path)).size).toBe(asked.length);
      expect(asked).toHaveLength(chips);
      expect(asked.length).toBeLessThanOrEqual(elapsed / RATION + 1);
      asked.reduce((before, each) => {
        expect(each.at.getTime() - before.at.getTime()).toBeGreaterThanOrEqual(RATION * 1000);
        return each;
      });
      // What is not rationed was asked for once, however many needed it.
      const others = vendors.requests.filter(({ vcek }) => !vcek).map(({ path }) => path);
      expect(new Set(others).size).toBe(others.length);

      const returns = [...inVain].map(([times, many]) => `${many} after ${times} waits`).join(', ');
      say(`${chips} first-seen chips: all have tokens after ${elapsed} s of the shared clock (${returns})`);
      say(`${asked.length} VCEKs and ${others.length} other documents asked for, none refused, none twice`);
      say(
        `longest Retry-After ${Math.max(...told)} s; ${carried} of ${carried} with their VCEK had 200 at once`,
      );
    }, 600_000);

    test('that are made up, with REPORT_DATA of something else, cause no request and no row', async () => {
      const asked = vendors.requests.length;
      const rows = await site.ledger(ROWS, []);
      const { reply, guest } = await submit(randomBytes(64), { before: null, carries: true });
      expect(reply.status).toBe(200);
      if (guest === null) throw new Error('no guest was minted');
      const genuine = guest.report;
      const forge = (): Uint8Array => {
        const report = Uint8Array.from(genuine);
        report.set(randomBytes(64), CHIP_ID_AT);
        report.set(randomBytes(64), REPORT_DATA_AT);
        return report;
      };
      const codes = new Map<string, number>();
      for (let start = 0; start < chips; start += TOGETHER) {
        await Promise.all(
          Array.from({ length: Math.min(TOGETHER, chips - start) }, async () => {
            const body = await bodyFor(service, {
              mint: async () => ({ evidence: forge(), certificates: [] }),
            });
            const forged = await service.post(ATTEST, body);
            codes.set(forged.body.code, (codes.get(forged.body.code) ?? 0) + 1);
          }),
        );
      }
      expect([...codes]).toEqual([['report_data_mismatch', chips]]);
      expect(vendors.requests).toHaveLength(asked);
      expect(await site.ledger(ROWS, [])).toBe(rows);
      say(`${chips} forged reports with random chip ids: 0 requests to the vendor, 0 rows of the ledger`);
    }, 300_000);
  });
}

/** Figures that somebody may want to quote. */
function say(line: string): void {
  process.stdout.write(`[scenario] ${line}\n`);
}
