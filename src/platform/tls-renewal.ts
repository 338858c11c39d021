/**
 * Looks for a new certificate at intervals and when told to. The files are read and compared, not watched: a mounted
 * Kubernetes secret changes by exchanging a link, which watching a file does not notice.
 */
import type { Clock } from '../verifier/ports.js';
import { isRegularFile } from './file-access.js';
import { faultFields, type Log } from './log.js';
import { type Periodic, runEvery } from './periodic.js';
import { dateFault, readTlsPair, type TlsFiles, type TlsPair, TlsUnusable } from './tls-files.js';

export interface TlsRenewalParts {
  /** Serves another pair from now on. */
  readonly apply: (pair: TlsPair) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Seconds between two looks. */
const INTERVAL = 5;

const REMEDY =
  'The old certificate is served on. Put a certificate and its key in place; they are looked at again within seconds, or at once on SIGHUP.';

/** Null without TLS, and for files that cannot be read twice. Says so when the pair's dates are bad already. */
export function renewTls(
  files: TlsFiles | null,
  serving: TlsPair | null,
  parts: TlsRenewalParts,
): TlsRenewal | null {
  if (files === null || serving === null) return null;
  const fault = dateFault(serving, parts.clock.now());
  if (fault !== null) parts.log.warn({ reason: fault }, 'clients will refuse the TLS certificate');
  if (!isRegularFile(files.certFile) || !isRegularFile(files.keyFile)) return null;
  return new TlsRenewal(files, serving, parts, INTERVAL);
}

export class TlsRenewal {
  /** What was found wrong last, and what was told of it. */
  private suspected: string | null = null;
  private reported: string | null = null;
  private turn: Promise<void> = Promise.resolve();
  private readonly series: Periodic;

  constructor(
    private readonly files: TlsFiles,
    private serving: TlsPair,
    private readonly parts: TlsRenewalParts,
    seconds: number,
  ) {
    this.series = runEvery(seconds, 'look for a new TLS certificate', () => this.look(false), parts.log);
  }

  /** End of the certificate that is being served. */
  get expiresAt(): Date {
    return this.serving.expiresAt;
  }

  /** Looks now, and says what was found whatever it is. */
  async reload(): Promise<void> {
    try {
      await this.look(true);
    } catch (error) {
      this.parts.log.error(faultFields(error), 'could not look for a new TLS certificate');
    }
  }

  /** Ends the series and waits for a look that is under way. */
  async stop(): Promise<void> {
    await this.series.stop();
    await this.turn;
  }

  private look(asked: boolean): Promise<void> {
    const look = this.turn.then(() => this.lookOnce(asked));
    this.turn = look.catch(() => {});
    return look;
  }

  private async lookOnce(asked: boolean): Promise<void> {
    try {
      const pair = await readTlsPair(this.files);
      if (pair.digest === this.serving.digest) this.unchanged(asked);
      else this.renew(pair, asked);
    } catch (error) {
      if (!(error instanceof TlsUnusable)) throw error;
      this.complain(error.message, error.digest, asked);
    }
  }

  private unchanged(asked: boolean): void {
    this.suspected = null;
    this.reported = null;
    if (asked) this.parts.log.info({}, 'the TLS files hold the certificate that is being served');
  }

  private renew(pair: TlsPair, asked: boolean): void {
    const fault = dateFault(pair, this.parts.clock.now());
    if (fault !== null) {
      this.complain(fault, pair.digest, asked);
      return;
    }
    this.parts.apply(pair);
    this.serving = pair;
    this.suspected = null;
    this.reported = null;
    this.parts.log.info({ expires_at: pair.expiresAt.toISOString() }, 'serving a new TLS certificate');
  }

  /** Told once for the same files, and unasked only at the second look: they may be half written at the first. */
  private complain(reason: string, digest: string | null, asked: boolean): void {
    const complaint = `${digest} ${reason}`;
    const settled = complaint === this.suspected;
    this.suspected = complaint;
    if (!asked && (!settled || complaint === this.reported)) return;
    this.reported = complaint;
    const { certFile, keyFile } = this.files;
    this.parts.log.error(
      { certFile, keyFile, reason, remedy: REMEDY },
      'the new TLS certificate is not used',
    );
  }
}
