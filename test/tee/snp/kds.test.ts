import { describe, expect, test } from '@jest/globals';
import {
  authorityName,
  authorityRequirement,
  crlRequirement,
  vcekSubject,
  vlekSubject,
} from '../../../src/tee/snp/kds.js';
import { crlRemedy, crlUrl, vcekRemedy, vcekUrl } from '../../../src/tee/snp/kds-remedy.js';

const chipId = Uint8Array.from({ length: 64 }, (_, index) => index);
const legacy = Uint8Array.of(4, 0, 0, 0, 0, 0, 24, 217);
const turin = Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 81);

describe('AMD’s key distribution service', () => {
  test('subjects name product, chip or provider, and TCB', () => {
    expect(vcekSubject({ product: 'Turin', chipId, tcb: turin })).toBe(
      'Turin/0001020304050607/0102030400000051',
    );
    expect(vcekSubject({ product: 'Milan', chipId, tcb: legacy })).toMatch(
      /^Milan\/[0-9a-f]{128}\/04000000000018d9$/,
    );
    expect(vlekSubject('Genoa', 'CN=cc.example', legacy)).toBe('Genoa/vlek/CN=cc.example/04000000000018d9');
  });

  test('addresses carry patch levels in decimal, with fmcSPL first on Turin', () => {
    expect(vcekUrl({ product: 'Turin', chipId, tcb: turin })).toBe(
      'https://kdsintf.amd.com/vcek/v1/Turin/0001020304050607?fmcSPL=1&blSPL=2&teeSPL=3&snpSPL=4&ucodeSPL=81',
    );
    expect(vcekUrl({ product: 'Genoa', chipId, tcb: legacy })).toMatch(
      /\/vcek\/v1\/Genoa\/[0-9a-f]{128}\?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=217$/,
    );
    expect(crlUrl('VCEK', 'Milan')).toBe('https://kdsintf.amd.com/vcek/v1/Milan/crl');
    expect(crlUrl('VLEK', 'Turin')).toBe('https://kdsintf.amd.com/vlek/v1/Turin/crl');
  });

  test('remedies are two commands that can be pasted', () => {
    const remedy = crlRemedy('VLEK', 'Milan');
    expect(remedy).toContain(
      'curl -fsS --create-dirs -o amd/vlek_crl.der https://kdsintf.amd.com/vlek/v1/Milan/crl',
    );
    expect(remedy).toContain('assay endorsements import amd');
    expect(vcekRemedy({ product: 'Milan', chipId, tcb: legacy })).toContain(
      '-o amd/vcek.der "https://kdsintf.amd.com',
    );
  });

  test('authorities and lists are named by kind of key and line', () => {
    expect([authorityName('VCEK', 'Milan'), authorityName('VLEK', 'Milan')]).toEqual([
      'SEV-Milan',
      'SEV-VLEK-Milan',
    ]);
    expect(authorityRequirement('VCEK', 'Genoa')).toEqual({ kind: 'snp-ask', subject: 'Genoa' });
    expect(authorityRequirement('VLEK', 'Genoa')).toEqual({ kind: 'snp-asvk', subject: 'Genoa' });
    expect(crlRequirement('VCEK', 'Turin')).toEqual({ kind: 'snp-vcek-crl', subject: 'Turin' });
    expect(crlRequirement('VLEK', 'Turin')).toEqual({ kind: 'snp-vlek-crl', subject: 'Turin' });
  });

  test('remedies are whole sentences', () => {
    expect(crlRemedy('VCEK', 'Milan')).toBe(
      'Download the list with `curl -fsS --create-dirs -o amd/vcek_crl.der https://kdsintf.amd.com/vcek/v1/Milan/crl`, then import it with `assay endorsements import amd` (offline: `assay verify --endorsements amd`).',
    );
    const chip = { product: 'Milan', chipId, tcb: legacy } as const;
    expect(vcekRemedy(chip)).toBe(
      `Send the VCEK with the evidence, or download it with \`curl -fsS --create-dirs -o amd/vcek.der "${vcekUrl(chip)}"\` and import it with \`assay endorsements import amd\` (offline: \`--endorsements amd\`).`,
    );
  });
});
