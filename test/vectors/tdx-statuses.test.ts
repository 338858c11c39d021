/** Genuine TDX quotes under policy `standard` with their own registers as reference values: wanted or not, and why. */
import { expect, test } from '@jest/globals';
import { describeWithVectors } from '../vectors-home.js';
import { checkOf, judgeQuote, ownReference, type TdxSample, tdxSamples } from './tdx-samples.js';

describeWithVectors('what genuine TDX quotes are worth', (home) => {
  const samples = tdxSamples(home);
  const bySlug = (slug: string): TdxSample => {
    const sample = samples.find((one) => one.slug === slug);
    if (sample === undefined) throw new Error(`${slug} is missing`);
    return sample;
  };
  /** Policy `standard`, its own documents, bound. */
  const judged = (sample: TdxSample, references?: ReturnType<typeof ownReference>) =>
    judgeQuote(sample.quote, {
      at: sample.pinned,
      collateral: sample.collateral,
      reportData: sample.expected.report_data,
      ...(references === undefined ? {} : { references }),
    });

  test.each(['v4-gcp-cos-ccel', 'v5-tdx15-a', 'v4-dstack-uptodate', 'v4-near-gas'])(
    '%s is affirming with MRTD, RTMR1 and RTMR2, and a warning with MRTD alone',
    async (slug) => {
      const sample = bySlug(slug);
      const whole = await judged(sample, ownReference(sample));
      expect(whole.verdict).toMatchObject({ status: 'affirming', code: null, binding: 'verified' });
      expect(whole.verdict.checks.filter(({ outcome }) => outcome === 'fail')).toEqual([]);

      const firmware = await judged(sample, ownReference(sample, ['mrtd']));
      expect(firmware.verdict).toMatchObject({ authentic: true, status: 'warning', code: null });
      const { outcome, remedy } = checkOf(firmware, 'measurement_not_allowed');
      expect(outcome).toBe('pass');
      expect(remedy).toContain(`Register \`rtmr1\` (here ${sample.expected.rtmrs[1]})`);
      expect(remedy).toContain(`\`rtmr2\` (here ${sample.expected.rtmrs[2]})`);

      // Nobody said what REPORTDATA must be: genuine, and of unknown age.
      const unbound = await judgeQuote(sample.quote, {
        at: sample.pinned,
        collateral: sample.collateral,
        references: ownReference(sample),
      });
      expect(unbound.verdict).toMatchObject({ status: 'warning', code: null, binding: 'not_checked' });
    },
  );

  test('an empty RTMR2 matches and does not count', async () => {
    const sample = bySlug('v4-edgeless-tdx10');
    expect(sample.expected.rtmrs[2]).toBe('00'.repeat(48));
    const whole = await judged(sample, ownReference(sample));
    expect(whole.verdict).toMatchObject({ authentic: true, status: 'warning', code: null });
    expect(checkOf(whole, 'measurement_not_allowed')).toMatchObject({
      outcome: 'pass',
      remedy: expect.stringMatching(/^Boot .*: nothing was measured into `rtmr2` \(48 zero bytes\)/),
    });
    // The operator may say that MRTD holds the kernel.
    const runtime = await judged(sample, ownReference(sample, ['mrtd', 'rtmr1', 'rtmr2'], 'runtime'));
    expect(runtime.verdict).toMatchObject({ status: 'affirming', code: null });
  });

  test('SEPT_VE_DISABLE clear is against policy `standard`, whatever was measured', async () => {
    for (const slug of ['v4-azure-ita', 'v4-azure-hcl']) {
      const sample = bySlug(slug);
      const whole = await judged(sample, ownReference(sample));
      expect(whole.verdict).toMatchObject({ authentic: true, status: 'contraindicated' });
      expect(checkOf(whole, 'tdx_attributes_forbidden')).toMatchObject({
        outcome: 'fail',
        observed: 'sept_ve_disable clear, TDATTRIBUTES 0x0000000000000000',
      });
    }
  });

  test('genuine, and not wanted: out of date, or open to its host', async () => {
    for (const [slug, codes] of [
      ['v4-debug-td', ['tdx_tcb_status_not_accepted', 'tdx_debug_td']],
      ['v4-granite-rapids', ['tdx_tcb_status_not_accepted']],
      ['v4-onchain-gcp', ['tdx_tcb_status_not_accepted']],
      ['v4-azure-hcl', ['tdx_tcb_status_not_accepted', 'tdx_attributes_forbidden']],
    ] as const) {
      const { verdict } = await judged(bySlug(slug), ownReference(bySlug(slug)));
      expect(verdict).toMatchObject({ authentic: true, status: 'contraindicated', code: codes[0] });
      const failing = verdict.checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
      expect([slug, failing]).toEqual([slug, codes]);
    }
  });
});
