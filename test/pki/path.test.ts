import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Certificate } from '../../src/pki/certificate.js';
import { parseCertificate } from '../../src/pki/certificate.js';
import { examinePath, type PathFindings } from '../../src/pki/path.js';
import { forgetVerifiedSignatures } from '../../src/pki/signature.js';
import { mintCertificate } from '../../src/simulator/amd/certificate.js';
import { derOf, nothing } from '../../src/simulator/asn1.js';
import { makeRsaKey } from '../../src/simulator/key-pair.js';
import {
  AT,
  anchorsWith,
  constraints,
  extension,
  mint,
  mintAuthority,
  mintRoot,
  NOT_AFTER,
  NOT_BEFORE,
  objections,
  SIGNS_BOTH,
  SIGNS_CERTIFICATES,
  usage,
} from './miniature.js';

const GOOD = { untrusted: null, badSignature: null, expired: null, notYetValid: null };

function names({ path }: PathFindings): (string | null)[] | null {
  return path?.map(({ subjectCn }) => subjectCn) ?? null;
}

describe('a path', () => {
  let root: Certificate;
  let middle: Certificate;
  let leaf: Certificate;

  beforeAll(async () => {
    root = await mintRoot();
    middle = await mintAuthority('middle', 'root');
    leaf = await mint({ subject: 'leaf', issuer: 'middle' });
  });
  beforeEach(() => forgetVerifiedSignatures());

  const examine = (changes: {
    leaf?: Certificate;
    sent?: readonly Certificate[];
    pinned?: readonly Certificate[];
    root?: Certificate;
    at?: Date;
  }) =>
    examinePath(
      {
        leaf: changes.leaf ?? leaf,
        intermediates: changes.sent ?? [middle],
        anchors: anchorsWith(changes.root ?? root, ...(changes.pinned ?? [])),
      },
      changes.at ?? AT,
    );

  test('leads from the leaf to the root, whatever the order and whatever is repeated', async () => {
    for (const sent of [[middle], [middle, root], [root, middle], [middle, middle, root, leaf]]) {
      const findings = await examine({ sent });
      expect(findings).toMatchObject(GOOD);
      expect(names(findings)).toEqual(['leaf', 'middle', 'root']);
    }
  });

  test('is completed from the anchors’ intermediates', async () => {
    expect(names(await examine({ sent: [], pinned: [middle] }))).toEqual(['leaf', 'middle', 'root']);
    const without = await examine({ sent: [] });
    expect(without.path).toBeNull();
    expect(objections(without)).toEqual(['untrusted']);
  });

  test('goes through what was sent rather than what is pinned', async () => {
    const renewed = await mintAuthority('middle', 'root', { serialNumber: 8n });
    const findings = await examine({ sent: [middle], pinned: [renewed] });
    expect(findings.path?.[1]?.sha256).toBe(middle.sha256);
  });

  test('self_made_ark_fails', async () => {
    const impostor = await mint({
      subject: 'root',
      issuer: 'root',
      key: 'impostor',
      signedWith: 'impostor',
      extensions: [constraints(true, null), usage(SIGNS_BOTH)],
    });
    const forged = await mintAuthority('middle', 'root', { signedWith: 'impostor' });
    const findings = await examine({ sent: [forged, impostor] });
    expect(findings.path).toBeNull();
    expect(findings.untrusted).toContain('root is its own issuer and not a trusted root');
    expect(findings.badSignature).not.toBeNull();
    expect(objections(await examine({ sent: [middle, impostor] }))).toEqual(['untrusted']);
  });

  test('a root with the pinned key and name but other bytes is not the pinned one', async () => {
    const twin = await mint({
      subject: 'root',
      issuer: 'root',
      serialNumber: 8n,
      extensions: [constraints(true, null), usage(SIGNS_BOTH)],
    });
    expect(objections(await examine({ sent: [middle, twin] }))).toEqual(['untrusted']);
  });

  test('a leaf that the named authority did not sign', async () => {
    const findings = await examine({
      leaf: await mint({ subject: 'leaf', issuer: 'middle', signedWith: 'root' }),
    });
    expect(findings.path).toBeNull();
    expect(objections(findings)).toEqual(['badSignature']);
  });

  test('an authority that the root did not sign does not lend its key', async () => {
    const forged = await mintAuthority('middle', 'root', { key: 'thief', signedWith: 'thief' });
    const stolen = await mint({ subject: 'leaf', issuer: 'middle', signedWith: 'thief' });
    const findings = await examine({ leaf: stolen, sent: [forged] });
    expect(findings.path).toBeNull();
    expect(objections(findings)).toEqual(['untrusted', 'badSignature']);
    expect(objections(await examine({ leaf: stolen, sent: [forged], pinned: [middle] }))).toEqual([
      'badSignature',
    ]);
  });

  test('junk beside a good chain is not ignored', async () => {
    const stranger = await mintAuthority('stranger', 'nobody');
    const forged = await mintAuthority('neighbour', 'root', { signedWith: 'nobody' });
    expect(objections(await examine({ sent: [middle, stranger] }))).toEqual(['untrusted']);
    expect(objections(await examine({ sent: [middle, forged] }))).toEqual(['badSignature']);
    const neighbour = await mintAuthority('neighbour', 'root');
    expect(await examine({ sent: [middle, neighbour] })).toMatchObject(GOOD);
  });

  test('what led to a root is remembered, what strangers send is not', async () => {
    const stranger = await mintAuthority('passer-by', 'nobody');
    const findings = await examine({ sent: [middle, stranger] });
    expect(objections(findings)).toEqual(['untrusted']);
    expect(findings.path).not.toBeNull();
    for (const known of findings.path ?? []) expect(parseCertificate(known.der)).toBe(known);
    expect(parseCertificate(stranger.der)).not.toBe(stranger);
  });

  test('certificates that sign each other in a ring lead nowhere', async () => {
    const ring = [await mintAuthority('ring a', 'ring b'), await mintAuthority('ring b', 'ring a')];
    const findings = await examine({ leaf: await mint({ subject: 'leaf', issuer: 'ring a' }), sent: ring });
    expect(findings.path).toBeNull();
    expect(objections(findings)).toEqual(['untrusted']);
  });

  test('two roots that sign each other’s authorities still give one path', async () => {
    const other = await mintRoot('other root');
    const crossed = await mintAuthority('middle', 'other root', { key: 'middle' });
    const anchors = { roots: [root.der, other.der] as const, intermediates: [] };
    const findings = await examinePath({ leaf, intermediates: [crossed, middle], anchors }, AT);
    expect(findings).toMatchObject(GOOD);
    expect(findings.path).toHaveLength(3);
  });

  test('more than nine certificates beside the leaf are not looked at', async () => {
    const many = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        mintAuthority('middle', 'root', { serialNumber: BigInt(index) }),
      ),
    );
    expect(await examine({ sent: many.slice(0, 9) })).toMatchObject(GOOD);
    const findings = await examine({ sent: many });
    expect(findings.path).toBeNull();
    expect(objections(findings)).toEqual(['untrusted']);
  });

  test('a path of more than four certificates is too long', async () => {
    const [one, two] = [await mintAuthority('one', 'root'), await mintAuthority('two', 'one')];
    const three = await mintAuthority('three', 'two');
    const under = (issuer: string) => mint({ subject: 'leaf', issuer });
    expect(await examine({ leaf: await under('two'), sent: [one, two] })).toMatchObject(GOOD);
    const findings = await examine({ leaf: await under('three'), sent: [one, two, three] });
    expect(findings.path).toBeNull();
    expect(objections(findings)).toEqual(['untrusted']);
  });

  test.each([
    ['no basicConstraints', [usage(SIGNS_CERTIFICATES)]],
    ['basicConstraints without CA', [constraints(false, null), usage(SIGNS_CERTIFICATES)]],
    ['a keyUsage for lists only', [constraints(true, null), usage(0x02)]],
    [
      'an unknown critical extension',
      [constraints(true, null), usage(SIGNS_CERTIFICATES), extension('1.2.3', derOf(nothing()), true)],
    ],
  ])('an issuer with %s issues nothing', async (_what, extensions) => {
    const findings = await examine({ sent: [await mintAuthority('middle', 'root', { extensions })] });
    expect(findings.path).toBeNull();
    expect(objections(findings)).toEqual(['untrusted']);
    expect(
      names(await examine({ sent: [], root: await mintRoot('root', extensions), pinned: [middle] })),
    ).toBeNull();
  });

  test('an authority without keyUsage is not restricted: RFC 5280, 6.1.4 (n)', async () => {
    const middle = await mintAuthority('middle', 'root', { extensions: [constraints(true, null)] });
    expect(await examine({ sent: [middle] })).toMatchObject(GOOD);
  });

  test('an unknown extension that is not critical does no harm', async () => {
    const extensions = [
      constraints(true, null),
      usage(SIGNS_CERTIFICATES),
      extension('1.2.3', derOf(nothing())),
    ];
    expect(await examine({ sent: [await mintAuthority('middle', 'root', { extensions })] })).toMatchObject(
      GOOD,
    );
  });

  test('a leaf issues nothing, however it is named', async () => {
    const below = await mint({ subject: 'leaf below', issuer: 'leaf' });
    const findings = await examine({ leaf: below, sent: [middle, leaf] });
    expect(findings.path).toBeNull();
    expect(findings.untrusted).toContain('basicConstraints do not say CA');
  });

  test('an RSA key of 1024 bits is no authority’s', async () => {
    const key = await makeRsaKey(1024);
    const plan = {
      serialNumber: 1n,
      subject: 'root',
      issuer: 'root',
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
      key,
    };
    const extensions = [constraints(true, null), usage(SIGNS_BOTH)];
    const weak = parseCertificate(await mintCertificate({ ...plan, extensions }, key));
    const below = parseCertificate(await mintCertificate({ ...plan, subject: 'middle', extensions }, key));
    const findings = await examine({ leaf: below, sent: [], root: weak });
    expect(findings.path).toBeNull();
    expect(findings.untrusted).toContain('2048');
  });

  test('pathLenConstraint counts the authorities below', async () => {
    const limited = (pathLength: number) =>
      mintAuthority('one', 'root', {
        extensions: [constraints(true, pathLength), usage(SIGNS_CERTIFICATES)],
      });
    const two = await mintAuthority('two', 'one');
    const [underOne, underTwo] = [
      await mint({ subject: 'leaf', issuer: 'one' }),
      await mint({ subject: 'leaf', issuer: 'two' }),
    ];
    expect(await examine({ leaf: underOne, sent: [await limited(0)] })).toMatchObject(GOOD);
    expect(await examine({ leaf: underTwo, sent: [await limited(1), two] })).toMatchObject(GOOD);
    const findings = await examine({ leaf: underTwo, sent: [await limited(0), two] });
    expect(findings.path).toBeNull();
    expect(findings.untrusted).toContain('may not have this certificate below it');
  });

  test('names from strangers are cut and cleaned before they are repeated', async () => {
    const findings = await examine({
      leaf: await mint({ subject: `leaf \u001b[31m${'x'.repeat(90)}`, issuer: 'nobody' }),
    });
    expect(findings.untrusted).toMatch(/^leaf \?\[31mx+ names nobody/);
    expect(findings.untrusted?.length).toBeLessThan(160);
  });
});
