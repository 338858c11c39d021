/**
 * The environment as a frozen Config. Pure: files are named here, and asked about and read by whoever starts the
 * service. All mistakes are reported at once, each in words that say what to change.
 */
import { join } from 'node:path';
import { type Address, isProxyRange, listenAddresses, parseAddress } from './config/address.js';
import { type CryptoChoice, readCryptoChoice } from './config/crypto.js';
import { readDatabaseUrl } from './config/database.js';
import { hostOf, isLoopback, issuerFault } from './config/issuer.js';
import { KNOWN_NAMES } from './config/names.js';
import { readKeyRotation } from './config/rotation.js';
import { readOptionalSecret, readSecretPlace, type SecretPlace } from './config/secret.js';
import { type AskAboutFile, type Environment, Variables } from './config/variables.js';
import { readVendorSettings, type VendorSettings } from './config/vendors.js';
import { usualWorkers, workersFault } from './config/workers.js';

export type { CryptoChoice } from './config/crypto.js';
export type { SecretPlace } from './config/secret.js';
export type { AskAboutFile, Environment } from './config/variables.js';

export interface Config {
  /** NODE_ENV says so: what is for laboratories alone is refused. */
  readonly production: boolean;
  readonly listen: readonly Address[];
  readonly issuer: string;
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly kek: SecretPlace;
  /** What keys at rest may still be encrypted under; null: nothing but the present one. */
  readonly kekPrevious: SecretPlace | null;
  /** Days for which a token key signs; null: until somebody asks for the next one. */
  readonly keyRotation: number | null;
  readonly challengeSecret: SecretPlace;
  /** Where the first admin key goes; null where an operator bootstraps one. */
  readonly adminKeyFile: string | null;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  /** Requests per second and address; null: no limit. */
  readonly rateLimit: number | null;
  /** Addresses or CIDR blocks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Processes that serve. */
  readonly workers: number;
  readonly simulatedVendors: boolean;
  /** JWK set of those whose bundles of vendor documents are trusted; null: nobody. */
  readonly bundleKeysFile: string | null;
  /** How AMD and Intel are asked for documents. */
  readonly vendors: VendorSettings;
  /** Who verifies the signatures of evidence. */
  readonly crypto: CryptoChoice;
  /** Names that look like settings and are none: probably misspelt. */
  readonly unknownNames: readonly string[];
}

/** The environment does not describe a service that may run. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigRefused';
  constructor(readonly mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`,
    );
  }
}

const DEFAULT_RATE_LIMIT = 100;

/**
 * Throws ConfigRefused with every mistake. Beside other mistakes a name that nobody knows is listed too: it may be
 * the misspelt setting that another one misses. Without `whyUnreadable` files are taken to be readable.
 */
export function readConfig(env: Environment, whyUnreadable: AskAboutFile = () => null, cores = 1): Config {
  const variables = new Variables(env, whyUnreadable);
  const config = new Reader(variables, env.NODE_ENV === 'production', cores).config();
  if (variables.mistakes.length > 0) {
    const unknown = config.unknownNames.map((name) => `${name} is no setting; is it misspelt?`);
    throw new ConfigRefused([...variables.mistakes, ...unknown]);
  }
  return Object.freeze(config);
}

/** The same for programs that ask vendors and are no service. */
export function readVendorConfig(
  env: Environment,
  { whyUnreadable, simulated }: { readonly whyUnreadable: AskAboutFile; readonly simulated: boolean },
): Pick<Config, 'vendors'> {
  const variables = new Variables(env, whyUnreadable);
  const vendors = readVendorSettings(variables, simulated);
  if (variables.mistakes.length > 0) throw new ConfigRefused(variables.mistakes);
  return { vendors };
}

/** The same for programs that verify and are no service. */
export function readCryptoConfig(env: Environment): Pick<Config, 'crypto'> {
  const variables = new Variables(env, () => null);
  const crypto = readCryptoChoice(variables);
  if (variables.mistakes.length > 0) throw new ConfigRefused(variables.mistakes);
  return { crypto };
}

/** The same for the command that wraps stored keys anew, which makes no key of its own. */
export function readKekConfig(
  env: Environment,
  whyUnreadable: AskAboutFile,
): Pick<Config, 'kek' | 'kekPrevious'> {
  const variables = new Variables(env, whyUnreadable);
  const ownFile = join(variables.value('ASSAY_DATA_DIR') ?? './data', 'kek');
  const given = readOptionalSecret(variables, 'ASSAY_KEK');
  const kekPrevious = readOptionalSecret(variables, 'ASSAY_KEK_PREVIOUS');
  if (variables.mistakes.length > 0) throw new ConfigRefused(variables.mistakes);
  return { kek: given ?? { kind: 'file', path: ownFile, create: false }, kekPrevious };
}

class Reader {
  constructor(
    private readonly variables: Variables,
    private readonly production: boolean,
    private readonly cores: number,
  ) {}

  config(): Config {
    const tls = this.tls();
    const bound = this.address(tls === null ? 8080 : 8443);
    const issuer = this.issuer(bound, tls !== null);
    const dataDir = this.value('ASSAY_DATA_DIR') ?? './data';
    const ownMachine = !this.production && isLoopback(hostOf(issuer));
    const databaseUrl = readDatabaseUrl(this.variables, this.production);
    const simulatedVendors = this.simulatedVendors(issuer);
    return {
      production: this.production,
      listen: listenAddresses(bound),
      issuer,
      dataDir,
      databaseUrl,
      kek: readSecretPlace(this.variables, 'ASSAY_KEK', ownMachine ? join(dataDir, 'kek') : null),
      kekPrevious: readOptionalSecret(this.variables, 'ASSAY_KEK_PREVIOUS'),
      keyRotation: readKeyRotation(this.variables),
      challengeSecret: readSecretPlace(
        this.variables,
        'ASSAY_CHALLENGE_SECRET',
        ownMachine ? join(dataDir, 'challenge-secret') : null,
      ),
      adminKeyFile: ownMachine ? join(dataDir, 'admin-key') : null,
      tls,
      rateLimit: this.rateLimit(),
      trustedProxies: this.trustedProxies(),
      workers: this.workers(databaseUrl),
      simulatedVendors,
      bundleKeysFile: this.variables.file('ASSAY_BUNDLE_KEYS'),
      vendors: readVendorSettings(this.variables, simulatedVendors),
      crypto: readCryptoChoice(this.variables),
      unknownNames: this.variables.names.filter(
        (name) => name.startsWith('ASSAY_') && !KNOWN_NAMES.has(name),
      ),
    };
  }

  private value(name: string): string | null {
    return this.variables.value(name);
  }

  private mistake(text: string): void {
    this.variables.mistake(text);
  }

  private tls(): Config['tls'] {
    const certFile = this.variables.file('ASSAY_TLS_CERT');
    const keyFile = this.variables.file('ASSAY_TLS_KEY');
    if (certFile !== null && keyFile !== null) return { certFile, keyFile };
    if (certFile !== null || keyFile !== null) {
      this.mistake('ASSAY_TLS_CERT and ASSAY_TLS_KEY go together: give both files or neither.');
    }
    return null;
  }

  private address(defaultPort: number): Address {
    const text = this.value('ASSAY_LISTEN') ?? `localhost:${defaultPort}`;
    const address = parseAddress(text);
    if (address !== null) return address;
    this.mistake('ASSAY_LISTEN must be HOST:PORT, for example localhost:8080, 0.0.0.0:8080 or [::]:8443.');
    return { host: 'localhost', port: defaultPort };
  }

  private issuer(bound: Address, secure: boolean): string {
    const given = this.value('ASSAY_ISSUER');
    const standard = `${secure ? 'https' : 'http'}://localhost:${bound.port}`;
    if (given === null) {
      if (!isLoopback(bound.host)) {
        this.mistake(
          'ASSAY_ISSUER is required when the service listens on anything but loopback: it is the URL that tokens name and relying parties fetch keys from.',
        );
      } else if (bound.port === 0) {
        this.mistake('ASSAY_ISSUER is required when ASSAY_LISTEN leaves the port to the system (port 0).');
      }
      return standard;
    }
    const reason = issuerFault(given, this.value('ASSAY_SIMULATED_VENDORS') === 'insecure-demo');
    if (reason === null) return given;
    this.mistake(`ASSAY_ISSUER ${reason}`);
    return standard;
  }

  private rateLimit(): number | null {
    const text = this.value('ASSAY_RATE_LIMIT');
    if (text === null) return DEFAULT_RATE_LIMIT;
    if (text === 'off') return null;
    const rate = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (rate === 0) {
      this.mistake('ASSAY_RATE_LIMIT must be `off` or a whole number of requests per second and address.');
    }
    return rate;
  }

  private trustedProxies(): readonly string[] {
    const all = (this.value('ASSAY_TRUSTED_PROXIES') ?? '').split(',').map((part) => part.trim());
    const proxies = all.filter((part) => part !== '');
    for (const proxy of proxies) {
      if (!isProxyRange(proxy)) {
        this.mistake(
          `ASSAY_TRUSTED_PROXIES lists IP addresses or CIDR blocks, separated by commas; ${JSON.stringify(proxy)} is neither.`,
        );
      }
    }
    return proxies;
  }

  private simulatedVendors(issuer: string): boolean {
    const text = this.value('ASSAY_SIMULATED_VENDORS');
    if (text === null || text === '0') return false;
    if (text !== '1' && text !== 'insecure-demo') {
      this.mistake('ASSAY_SIMULATED_VENDORS must be 1, 0 or (off loopback) insecure-demo.');
    } else if (text === '1' && !isLoopback(hostOf(issuer))) {
      this.mistake(
        'ASSAY_SIMULATED_VENDORS=1 is for loopback issuers: anybody can make simulated evidence. For a public demonstration, and nothing else, spell it insecure-demo.',
      );
    }
    return true;
  }

  private workers(databaseUrl: string): number {
    const text = this.value('ASSAY_WORKERS');
    if (text === null) return usualWorkers(databaseUrl, this.production, this.cores);
    const reason = workersFault(text, databaseUrl);
    if (reason !== null) this.mistake(`ASSAY_WORKERS ${reason}`);
    return Number(text);
  }
}
