/** What was proven of an endpoint and what was not; or why it was refused. In words and as JSON. */
import type { AttestedEndpoint, ClientRefusalCode, TokenRefused } from '../../client/index.js';
import type { Colours } from '../terminal.js';
import { hang } from './wrap.js';

/** Columns of the names on the left. */
const INDENT = 14;

/** `authorities`: the file of those that the certificate was held to; null: those of the machine. */
export function renderEndpoint(
  endpoint: AttestedEndpoint,
  authorities: string | null,
  colours: Colours,
): readonly string[] {
  const { bold, dim, green, yellow } = colours;
  const { url, token, keyPin, certificate } = endpoint;
  const { att, issuer, audience, expiresAt, status } = token;
  const told = (name: string, text: string): string => `  ${name.padEnd(INDENT - 2)}${hang(text, INDENT)}`;
  const paint = status === 'affirming' && !att.simulated ? green : yellow;
  const tcb = `TCB ${att.tcb_status}${att.tcb_in_grace ? ', in a grace of the policy' : ''}`;
  return [
    paint(bold(hang(`${url} is served with a key of the attested workload ${att.workload}.`, 0))),
    '',
    'Proven on one connection of TLS 1.3:',
    told('name', `the certificate is for this name, until ${certificate.notAfter.toISOString()}`),
    told('key', `${keyPin}, with which the endpoint signed this very handshake`),
    told('token', `binds that key; of ${issuer} for ${audience}, until ${expiresAt.toISOString()}`),
    told('status', `${status}, by policy ${att.policy}`),
    told('runs on', `${att.tee} (${att.generation}), ${tcb}, debugging ${att.debug ? 'on' : 'off'}`),
    told('runs', `reference version ${att.reference_version}, measurement ${att.measurement}`),
    told('record', att.decision),
    ...(att.simulated
      ? [yellow(told('simulated', 'anybody can make such evidence: this proves nothing'))]
      : []),
    '',
    'Not proven:',
    ...LIMITS.map(([name, text]) => dim(told(name, text))),
    '',
    'To send on this key alone:',
    ...(authorities === null ? [] : [`  curl --cacert ${shellWordOf(authorities)} \\`]),
    `  ${authorities === null ? 'curl' : '    '} --tlsv1.3 --pinnedpubkey '${keyPin}' ${url}/…`,
  ];
}

/** As a shell reads it back, whatever is in it. */
function shellWordOf(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const LIMITS: readonly (readonly [string, string])[] = [
  ['other uses', 'a program that opens connections of its own may meet another key, unless it pins this one'],
  [
    'behaviour',
    'what the workload does with a prompt is as good as the review of what was registered for it',
  ],
  ['afterwards', 'after the token has ended, or with a new certificate, look again'],
];

/** In place of the words for any token, where the matter is another one here. */
const MEANINGS: Partial<Readonly<Record<ClientRefusalCode, string>>> = {
  key_mismatch:
    'TLS does not end in the attested workload: somebody who has a certificate for the name stands between, or the endpoint has a new key and its document is not renewed yet. Send nothing.',
  token_expired: 'The document is stale: nobody renews it. Look at the log of the agent beside the workload.',
};

export function renderRefusedEndpoint(
  url: string,
  refused: TokenRefused,
  colours: Colours,
): readonly string[] {
  const { code, message, remedy } = refused;
  const failing = refused.kind === 'upstream' || refused.kind === 'undecided';
  return [
    `${colours.red(code)}: ${hang(message, 0)}`,
    hang(MEANINGS[code] ?? remedy, 0),
    hang(failing ? `Nothing is known about ${url}.` : `Nothing about ${url} is proven.`, 0),
  ];
}

export function endpointJson(endpoint: AttestedEndpoint): object {
  const { url, token, keyThumbprint, keyPin, certificate } = endpoint;
  return {
    ...{ url, proven: true, code: null, status: token.status },
    key: { thumbprint: keyThumbprint, pin: keyPin },
    certificate: { sha256: certificate.sha256, not_after: certificate.notAfter.toISOString() },
    expires_at: token.expiresAt.toISOString(),
    claims: token.claims,
  };
}

/** `proven` is null where nobody could tell. */
export function refusalJson(url: string, { code, kind, message, remedy }: TokenRefused): object {
  const proven = kind === 'upstream' || kind === 'undecided' ? null : false;
  return { url, proven, code, detail: message, remedy: MEANINGS[code] ?? remedy };
}
