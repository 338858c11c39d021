import { describe, expect, test } from '@jest/globals';
import { type AskAboutFile, ConfigRefused, type Environment, readConfig } from '../../src/config.js';

const LOCAL: Environment = { ASSAY_DATABASE_URL: 'pglite:./data/db' };

const vendorsOf = (env: Environment) => readConfig({ ...LOCAL, ...env }).vendors;

function mistakesOf(env: Environment, whyUnreadable?: AskAboutFile): readonly string[] {
  try {
    readConfig({ ...LOCAL, ...env }, whyUnreadable);
    return [];
  } catch (error) {
    if (error instanceof ConfigRefused) return error.mistakes;
    throw error;
  }
}

describe('vendors', () => {
  test('are asked at their own addresses unless something is said', () => {
    expect(vendorsOf({})).toEqual({
      fetch: true,
      bases: { 'amd-kds': null, 'intel-pcs': null },
      simulated: null,
      proxy: null,
      authoritiesFile: null,
    });
  });

  test('are asked as is said, and what programs share is not read', () => {
    expect(
      vendorsOf({
        ASSAY_VENDOR_FETCH: 'on',
        ASSAY_AMD_KDS_URL: 'https://mirror.example/amd',
        ASSAY_INTEL_PCS_URL: 'https://10.0.0.7:8081',
        ASSAY_SIMULATED_VENDORS: '1',
        ASSAY_SIMULATED_VENDOR_URL: 'http://127.0.0.1:9090',
        ASSAY_VENDOR_PROXY: 'http://me:secret@proxy.example:3128',
        ASSAY_VENDOR_CA_FILE: '/etc/assay/pccs.pem',
        HTTPS_PROXY: 'http://elsewhere.example',
      }),
    ).toEqual({
      fetch: true,
      bases: { 'amd-kds': 'https://mirror.example/amd', 'intel-pcs': 'https://10.0.0.7:8081' },
      simulated: 'http://127.0.0.1:9090',
      proxy: 'http://me:secret@proxy.example:3128',
      authoritiesFile: '/etc/assay/pccs.pem',
    });
    expect(vendorsOf({ HTTPS_PROXY: 'http://elsewhere.example' }).proxy).toBeNull();
    expect(vendorsOf({ ASSAY_VENDOR_FETCH: 'off' }).fetch).toBe(false);
  });

  test.each([
    'https://pccs.example',
    'https://pccs.example:8081',
    'https://pccs.example/intel/cache',
    'https://[fd00::1]:8081',
    'http://localhost:8081',
    'http://127.0.0.1:8081',
  ])('can be at %s', (base) => {
    expect(mistakesOf({ ASSAY_INTEL_PCS_URL: base, ASSAY_AMD_KDS_URL: base })).toEqual([]);
  });

  test.each([
    ['pccs.example', 'must be an https URL'],
    ['ftp://pccs.example', 'must be an https URL'],
    ['http://pccs.example', 'must be an https URL: over plain http'],
    ['http://10.0.0.7:8081', 'must be an https URL: over plain http'],
    ['https://pccs.example/', 'must be spelt as https://pccs.example:'],
    ['https://pccs.example/cache/', 'must be spelt as https://pccs.example/cache:'],
    ['https://PCCS.example', 'must be spelt as https://pccs.example:'],
    ['https://pccs.example:443', 'must be spelt as https://pccs.example:'],
    ['https://me:secret@pccs.example', 'must be spelt as https://pccs.example:'],
    ['https://pccs.example?x=1', 'must be spelt as https://pccs.example:'],
    ['https://pccs.example/a%20b', 'has a path with other characters'],
    ['https://pccs.example/sgx/certification/v4', 'must end before the paths'],
    ['https://kds.example/vcek/v1', 'must end before the paths'],
  ])('cannot be at %s', (base, why) => {
    expect(mistakesOf({ ASSAY_AMD_KDS_URL: base })).toEqual([
      expect.stringContaining(`ASSAY_AMD_KDS_URL ${why}`),
    ]);
    expect(mistakesOf({ ASSAY_INTEL_PCS_URL: base })).toEqual([
      expect.stringContaining(`ASSAY_INTEL_PCS_URL ${why}`),
    ]);
  });

  test('all mistakes are reported at once, and none repeats a password', () => {
    const mistakes = mistakesOf(
      {
        ASSAY_VENDOR_FETCH: 'yes',
        ASSAY_AMD_KDS_URL: 'http://kds.example',
        ASSAY_INTEL_PCS_URL: 'pccs',
        ASSAY_SIMULATED_VENDOR_URL: 'http://127.0.0.1:9090',
        ASSAY_VENDOR_PROXY: 'socks5://me:secret@proxy.example',
        ASSAY_VENDOR_CA_FILE: '/nowhere.pem',
        ASSAY_VENDOR_PROXI: 'http://proxy.example',
      },
      () => 'there is no such file',
    );
    expect(mistakes.map((mistake) => mistake.split(' ')[0])).toEqual([
      'ASSAY_SIMULATED_VENDOR_URL',
      'ASSAY_VENDOR_FETCH',
      'ASSAY_AMD_KDS_URL',
      'ASSAY_INTEL_PCS_URL',
      'ASSAY_VENDOR_PROXY',
      'ASSAY_VENDOR_CA_FILE',
      'ASSAY_VENDOR_PROXI',
    ]);
    expect(mistakes.join()).not.toContain('secret');
  });

  test.each([
    'proxy.example:3128',
    'https://proxy.example/path',
    'http://proxy.example?x',
    'socks5://proxy.example',
  ])('no proxy is at %s', (proxy) => {
    expect(mistakesOf({ ASSAY_VENDOR_PROXY: proxy })).toEqual([
      expect.stringContaining('ASSAY_VENDOR_PROXY'),
    ]);
  });
});
