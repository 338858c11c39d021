/**
 * Recipes for brokers that cannot run here: their commands for Assay are run, and what they have the broker compare judges
 * the tokens that come of it. Tokens are of simulated hardware, so a recipe’s word about that is turned round first; that the
 * recipe as printed refuses them is tested each time.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { JsonObject } from '../../src/rats/result.js';
import { ROOT } from '../docs/markdown.js';
import { evaluate } from './cel.js';
import { openRecipe, recipeFile } from './recipe.js';
import {
  OTHER_MEASUREMENT,
  OTHER_WORKLOAD,
  type RunningService,
  startRunningService,
  WORKLOAD,
} from './service.js';
import { variationsOf } from './variations.js';

const PRINTED_ISSUER = 'https://attest.example/t/acme';
const SUBJECT = `tenant:simulated:workload:${WORKLOAD}`;

let service: RunningService;
/** Claims of a token for each audience that a recipe makes. */
const claimsFor = new Map<string, JsonObject>();
const headerFor = new Map<string, ReturnType<typeof decodeProtectedHeader>>();

const AUDIENCES: Readonly<Record<string, string>> = {
  aws: 'aws-prod',
  azure: 'api://AzureADTokenExchange',
  gcp: 'gcp-prod',
  kubernetes: 'kubernetes-prod',
};

beforeAll(async () => {
  service = await startRunningService();
  const environment = { ASSAY_SERVER: service.issuer, ASSAY_API_KEY: service.adminKey };
  for (const [broker, audience] of Object.entries(AUDIENCES)) {
    const recipe = await openRecipe(broker, {}, process.execPath);
    const { code, err } = await recipe.run('At Assay', environment);
    await recipe.remove();
    if (code !== 0) throw new Error(`${broker}: ${err}`);
    const { token } = await service.attest({ audience });
    claimsFor.set(broker, decodeJwt(token) as JsonObject);
    headerFor.set(broker, decodeProtectedHeader(token));
  }
  await service.create('/v1/audiences', { name: 'any', workloads: '*', aws_tags: true });
}, 120_000);
afterAll(() => service.close());

const claimsOf = (broker: string): JsonObject => {
  const claims = claimsFor.get(broker);
  if (claims === undefined) throw new Error(`no token for ${broker}`);
  return claims;
};
const otherWorkload = async (): Promise<JsonObject> => {
  const { token } = await service.attest({ audience: 'any', measurement: OTHER_MEASUREMENT });
  return decodeJwt(token) as JsonObject;
};

/** A recipe’s expression about the tenant and the hardware that there are here. */
function aboutThese(expression: string): string {
  return expression.replaceAll("'acme'", "'simulated'").replaceAll('simulated == false', 'simulated == true');
}

test('guests find the token where the unit of the agent puts it', async () => {
  const unit = await readFile(join(ROOT, 'examples', 'agent', 'assay-agent.service'), 'utf8');
  expect(unit).toContain(' --token-file /run/assay/token ');
  for (const broker of [...Object.keys(AUDIENCES), 'openbao', 'step-ca', 'trustee-kbs']) {
    const paths = (await recipeFile(broker, 'README.md')).match(/\/run\/assay[\w./-]*/gu);
    expect([broker, ...new Set(paths)]).toEqual([broker, '/run/assay/token']);
  }
});

describe.each(Object.keys(AUDIENCES))('the audience of %s', (broker) => {
  test('is for this workload alone', async () => {
    const audience = AUDIENCES[broker] ?? '';
    expect(claimsOf(broker)).toMatchObject({ iss: service.issuer, aud: audience, sub: SUBJECT });
    const other = await service.attest({ audience, measurement: OTHER_MEASUREMENT });
    expect([other.status, other.token]).toEqual([403, '']);
    const unknown = await service.attest({ audience, measurement: Buffer.alloc(48, 0x77) });
    expect([unknown.status, unknown.body.code, unknown.token]).toEqual([403, 'measurement_not_allowed', '']);
  });
});

describe('Kubernetes', () => {
  const printed = async (): Promise<readonly string[]> => {
    const text = await recipeFile('kubernetes', 'authentication.yaml');
    return [...text.matchAll(/^ {6}- expression: "([^"]+)"$/gmu)].map(([, expression = '']) => expression);
  };
  const admits = (rules: readonly string[], claims: JsonObject): boolean =>
    rules.every((rule) => evaluate(aboutThese(rule), 'claims', claims) === true);

  test('names issuer and audience', async () => {
    const text = await recipeFile('kubernetes', 'authentication.yaml');
    expect(text).toContain(`url: ${PRINTED_ISSUER}\n`);
    expect(text).toContain(`audiences:\n        - ${AUDIENCES.kubernetes}\n`);
  });

  test('admits an attested workload under a name that the role knows', async () => {
    expect(await printed()).toHaveLength(5);
    expect(admits(await printed(), claimsOf('kubernetes'))).toBe(true);
    const text = await recipeFile('kubernetes', 'authentication.yaml');
    const [, username = ''] = /username:\n +expression: "([^"]+)"/u.exec(text) ?? [];
    const name = evaluate(username, 'claims', claimsOf('kubernetes'));
    expect(name).toBe(`attest:${SUBJECT}`);
    expect((await recipeFile('kubernetes', 'rbac.yaml')).replaceAll(':acme:', ':simulated:')).toContain(
      `name: ${name}\n`,
    );
  });

  test('refuses what says otherwise, or nothing, about any claim that a rule reads', async () => {
    const members = [
      'ear_status',
      'att.tenant',
      'att.workload',
      'att.tcb_status',
      'att.debug',
      'att.simulated',
    ];
    for (const { what, claims } of variationsOf(claimsOf('kubernetes'), members)) {
      expect([what, admits(await printed(), claims)]).toEqual([what, false]);
    }
    expect(admits(await printed(), await otherWorkload())).toBe(false);
  });

  test('as printed refuses simulated hardware', async () => {
    const about = (await printed()).filter((rule) => rule.includes('simulated'));
    expect(about).toHaveLength(1);
    expect(about.map((rule) => evaluate(rule, 'claims', claimsOf('kubernetes')))).toEqual([false]);
  });

  test('can compare versions, whatever its numbers are', () => {
    const claims = claimsOf('kubernetes');
    for (const numbers of ['whole', 'double'] as const) {
      expect(evaluate('claims.att.reference_version >= 1', 'claims', claims, numbers)).toBe(true);
      expect(evaluate('claims.att.reference_version >= 42', 'claims', claims, numbers)).toBe(false);
    }
  });
});

describe('Google Cloud', () => {
  const flag = async (name: string): Promise<string> => {
    const text = await recipeFile('gcp', 'README.md');
    const [, value = ''] = new RegExp(`--${name}="?([^"\\n]+?)"?(?: \\\\| --|\\n|$)`, 'mu').exec(text) ?? [];
    return value;
  };
  const condition = async (): Promise<string> => {
    const text = await recipeFile('gcp', 'README.md');
    const [, value = ''] = /--attribute-condition="([^"]+)"/u.exec(text) ?? [];
    return value;
  };

  test('names issuer and audience', async () => {
    expect(await flag('issuer-uri')).toBe(PRINTED_ISSUER);
    expect(await flag('allowed-audiences')).toBe(AUDIENCES.gcp);
  });

  test('admits an attested workload, with a subject that is short enough', async () => {
    expect(evaluate(aboutThese(await condition()), 'assertion', claimsOf('gcp'))).toBe(true);
    const mapping = (await flag('attribute-mapping')).split(',').map((pair) => pair.split('='));
    const mapped = mapping.map(([name, text = '']) => [name, evaluate(text, 'assertion', claimsOf('gcp'))]);
    expect(Object.fromEntries(mapped)).toEqual({
      'google.subject': SUBJECT,
      'attribute.workload': WORKLOAD,
      'attribute.reference_version': '1',
    });
    expect(Buffer.byteLength(SUBJECT)).toBeLessThanOrEqual(127);
    expect(await recipeFile('gcp', 'README.md')).toContain(`attested/attribute.workload/${WORKLOAD}\n`);
  });

  test('refuses what says otherwise, or nothing, about any claim that the condition reads', async () => {
    const text = aboutThese(await condition());
    const members = ['ear_status', 'att.tenant', 'att.tcb_status', 'att.debug', 'att.simulated'];
    for (const { what, claims } of variationsOf(claimsOf('gcp'), members)) {
      expect([what, evaluate(text, 'assertion', claims) === true]).toEqual([what, false]);
    }
  });

  test('maps another workload to another attribute, which the key’s binding does not name', async () => {
    expect(evaluate('assertion.att.workload', 'assertion', await otherWorkload())).toBe(OTHER_WORKLOAD);
  });

  test('as printed refuses simulated hardware', async () => {
    const text = (await condition()).replaceAll("'acme'", "'simulated'");
    expect(evaluate(text, 'assertion', claimsOf('gcp'))).toBe(false);
  });
});

interface Statement {
  readonly Principal: Readonly<Record<string, string>>;
  readonly Action: string | readonly string[];
  readonly Condition: { readonly StringEquals: Readonly<Record<string, string | readonly string[]>> };
}

describe('AWS', () => {
  const PROVIDER = 'attest.example/t/acme';
  /** What conditions can see of a token: three claims, and the tags of the session. */
  const contextOf = (claims: JsonObject): Readonly<Record<string, unknown>> => {
    const { principal_tags: tags = {} } = (claims['https://aws.amazon.com/tags'] ?? {}) as {
      readonly principal_tags?: Readonly<Record<string, readonly string[]>>;
    };
    const named = Object.entries(tags).map(([name, [value]]) => [`aws:PrincipalTag/${name}`, value]);
    return { ...Object.fromEntries(named), [`${PROVIDER}:aud`]: claims.aud, [`${PROVIDER}:sub`]: claims.sub };
  };
  /** StringEquals: every key is there, and has one of its values. */
  const holds = ({ Condition: { StringEquals: wanted } }: Statement, claims: JsonObject): boolean => {
    const context = contextOf(claims);
    return Object.entries(wanted).every(([name, values]) =>
      [values].flat().some((value) => value === context[name]),
    );
  };
  const trust = async (): Promise<Statement> => {
    const text = (await recipeFile('aws', 'trust-policy.json')).replaceAll(
      'tenant:acme:',
      'tenant:simulated:',
    );
    const { Statement: statements }: { readonly Statement: readonly Statement[] } = JSON.parse(text);
    const [statement] = statements;
    if (statement === undefined || statements.length > 1) throw new Error('the recipe has one statement');
    return statement;
  };
  const key = async (): Promise<Statement> =>
    JSON.parse(await recipeFile('aws', 'key-policy-statement.json'));

  test('trusts this issuer alone, and lets it bring tags', async () => {
    const { Principal: principal, Action: actions } = await trust();
    expect(principal.Federated).toBe(`arn:aws:iam::123456789012:oidc-provider/${PROVIDER}`);
    expect(`https://${PROVIDER}`).toBe(PRINTED_ISSUER);
    expect(actions).toEqual(['sts:AssumeRoleWithWebIdentity', 'sts:TagSession']);
  });

  test('gives role and key to an attested workload', async () => {
    expect(holds(await trust(), claimsOf('aws'))).toBe(true);
    expect(holds(await key(), claimsOf('aws'))).toBe(true);
  });

  test('gives no role for another audience, tenant or workload', async () => {
    for (const { what, claims } of variationsOf(claimsOf('aws'), ['aud', 'sub'])) {
      expect([what, holds(await trust(), claims)]).toEqual([what, false]);
    }
    expect(holds(await trust(), claimsOf('gcp'))).toBe(false);
    expect(holds(await trust(), await otherWorkload())).toBe(false);
  });

  test('gives no key for another workload, for a platform that is behind, or without tags', async () => {
    expect(holds(await key(), await otherWorkload())).toBe(false);
    expect(holds(await key(), claimsOf('gcp'))).toBe(false);
    const behind = JSON.parse(
      JSON.stringify(claimsOf('aws')).replace(/"tcb":\["\w+"\]/u, '"tcb":["OutOfDate"]'),
    );
    expect(behind).not.toEqual(claimsOf('aws'));
    expect(holds(await key(), behind)).toBe(false);
  });

  test('has whole times, and is far from the longest token that STS takes', async () => {
    for (const time of ['iat', 'nbf', 'exp']) expect(Number.isInteger(claimsOf('aws')[time])).toBe(true);
    const { token } = await service.attest({ audience: AUDIENCES.aws ?? '' });
    expect(token.length).toBeLessThan(8192);
  });
});

describe('Azure', () => {
  test('is told the very issuer, subject and audience of the tokens, and they are signed RS256', async () => {
    const text = await recipeFile('azure', 'README.md');
    const [, issuer] = /--issuer (\S+)/u.exec(text) ?? [];
    const [, subject = ''] = /--subject (\S+)/u.exec(text) ?? [];
    const [, audience] = /--audiences (\S+)/u.exec(text) ?? [];
    expect(issuer).toBe(PRINTED_ISSUER);
    expect(subject.replace(':acme:', ':simulated:')).toBe(claimsOf('azure').sub);
    expect(audience).toBe(claimsOf('azure').aud);
    expect(headerFor.get('azure')).toMatchObject({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) });
  });

  test('tells instances and TEEs apart no more than it can', async () => {
    const another = decodeJwt((await service.attest({ audience: AUDIENCES.azure ?? '', tee: 'tdx' })).token);
    expect(another.sub).toBe(claimsOf('azure').sub);
    expect((await otherWorkload()).sub).not.toBe(claimsOf('azure').sub);
  });
});
