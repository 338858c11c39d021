/** `assay report-data`: the 64 bytes that bind evidence to a challenge, an audience, an issuer and keys. */
import type { Command } from 'commander';
import { base64urlOf, hexOf } from '../../bytes/encoding.js';
import { bindingDigest, jwkThumbprint, requirePublicJwk } from '../../rats/binding.js';
import { base64Option, readJwk, readSigningKey } from '../files.js';
import type { CommandLine } from '../terminal.js';

interface ReportDataOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly nonce: string;
  readonly sig?: string;
  readonly enc?: string;
}

export function addReportData(program: Command, { terminal }: CommandLine): void {
  program
    .command('report-data')
    .description('print the v1 binding for a challenge, as the hex that goes into REPORT_DATA')
    .requiredOption('--issuer <url>', 'issuer, as in the reply to the challenge request')
    .requiredOption('--audience <name>', 'audience that the challenge was made for')
    .requiredOption('--nonce <b64url>', 'nonce of the challenge')
    .option(
      '--sig <jwk|file>',
      "the guest's public signing key, which the token will be bound to; in a file also a certificate signing request, a certificate or a public key (PEM or DER)",
    )
    .option('--enc <jwk|file>', "the guest's public encryption key")
    .action(async ({ issuer, audience, nonce, sig, enc }: ReportDataOptions) => {
      const digest = bindingDigest({
        issuer,
        audience,
        // Hashed as text, so it is put into the spelling that challenges use.
        nonce: base64urlOf(base64Option(nonce, '--nonce', 32)),
        sig: sig === undefined ? null : jwkThumbprint(await readSigningKey(sig, '--sig')),
        enc: enc === undefined ? null : jwkThumbprint(requirePublicJwk(await readJwk(enc, '--enc'), 'enc')),
      });
      terminal.out(hexOf(digest));
    });
}
