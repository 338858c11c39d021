import { beforeAll, describe, expect, test } from '@jest/globals';
import { answerTo, chainParts, invalid } from './examined-chain.js';
import { textBytes } from './judged.js';
import { leafOf, pemChain } from './minted-chain.js';

let leaf: Uint8Array;
let platform: Uint8Array;
let root: Uint8Array;

beforeAll(async () => {
  ({ leaf, platform, root } = await chainParts());
});

describe('PEM in one form', () => {
  let pem: string;
  beforeAll(() => {
    pem = Buffer.from(pemChain(leaf, platform, root))
      .toString('latin1')
      .slice(0, -1);
  });
  const spoilt = 'PEM that is not blocks of 64 characters a line';

  test('with a NUL behind it or without', async () => {
    for (const text of [pem, `${pem}\0`]) expect(await answerTo(textBytes(text))).toBe('good');
  });

  test.each<readonly [string, (text: string) => string, string]>([
    ['a second NUL', (text) => `${text}\0\0`, 'not a PEM certificate'],
    ['a NUL in front', (text) => `\0${text}`, ''],
    ['CRLF', (text) => text.replaceAll('\n', '\r\n'), spoilt],
    ['one CRLF', (text) => text.replace('\n', '\r\n'), spoilt],
    ['no line feed at the end', (text) => text.slice(0, -1), spoilt],
    ['no line feed before a NUL', (text) => `${text.slice(0, -1)}\0`, spoilt],
    ['two line feeds at the end', (text) => `${text}\n`, spoilt],
    ['a line feed in front', (text) => `\n${text}`, spoilt],
    ['a space behind', (text) => `${text} `, spoilt],
    ['an empty line between', (text) => text.replace('-----END CERTIFICATE-----\n', '$&\n'), spoilt],
    [
      'no line feed between',
      (text) => text.replace('-----END CERTIFICATE-----\n', '-----END CERTIFICATE-----'),
      spoilt,
    ],
    ['an empty line inside', (text) => text.replace('-----BEGIN CERTIFICATE-----\n', '$&\n'), spoilt],
    ['lines of 65', (text) => relined(text, 65), spoilt],
    ['lines of 63', (text) => relined(text, 63), spoilt],
    ['lines of 76', (text) => relined(text, 76), spoilt],
    ['one long line', (text) => relined(text, 100_000), spoilt],
    ['text in front', (text) => `subject=CN\n${text}`, 'neither DER nor PEM'],
    [
      'text between',
      (text) => text.replace('-----END CERTIFICATE-----\n', '$&and\n'),
      'not a PEM certificate',
    ],
    ['text behind', (text) => `${text}and`, 'not a PEM certificate'],
    ['another label', (text) => text.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'), 'not a PEM certificate'],
    ['a character that is not base64', (text) => text.replace('MII', 'MI!'), 'not a PEM certificate'],
  ])('%s is refused', async (_what, change, words) => {
    const changed = change(pem);
    expect(changed).not.toBe(pem);
    expect(await answerTo(textBytes(changed))).toEqual(invalid(words));
  });

  test('padding bits that are set', async () => {
    // A certificate whose base64 is padded has bits that no byte needs.
    const padded = /([A-Za-z0-9+/])(=+)\n/.exec(pem) ?? (await paddedChain());
    const text = typeof padded === 'string' ? padded : pem;
    const changed = text.replace(
      /([AQgw])(==)\n|([AEIMQUYcgkosw048])(=)\n/,
      (_all, two, twoPad, one, onePad) =>
        two === undefined ? `${next(one)}${onePad}\n` : `${next(two)}${twoPad}\n`,
    );
    expect(changed).not.toBe(text);
    expect(await answerTo(textBytes(changed))).toEqual(invalid(/not a PEM certificate|PEM that is not/));
  });

  /** The same three certificates, the leaf as often minted as it takes to get one with padding. */
  async function paddedChain(): Promise<string> {
    for (;;) {
      const text = Buffer.from(pemChain(await leafOf(), platform, root)).toString('latin1');
      if (/=\n/.test(text)) return text.slice(0, -1);
    }
  }
  const next = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) + 1);

  function relined(text: string, width: number): string {
    return text.replace(/-----\n([^-]+)\n-----END/g, (_all, body: string) => {
      const lines = body.replaceAll('\n', '').match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
      return `-----\n${lines.join('\n')}\n-----END`;
    });
  }
});

describe('another number of certificates than three', () => {
  test('is counted', async () => {
    const counted = async (...ders: readonly Uint8Array[]) => answerTo(pemChain(...ders));
    expect(await counted(leaf, platform)).toEqual(invalid('2 certificates in the quote, not 3'));
    expect(await counted(leaf)).toEqual(invalid('1 certificates in the quote, not 3'));
    expect(await counted(leaf, platform, root, root)).toEqual(invalid('4 certificates in the quote, not 3'));
    expect(await counted(leaf, platform, root)).toBe('good');
  });

  test('or another authority is told by both names that there are', async () => {
    expect(await answerTo(pemChain(leaf, root, root))).toEqual(
      invalid('the second certificate is not named Intel SGX PCK Platform CA or Intel SGX PCK Processor CA'),
    );
  });
});
