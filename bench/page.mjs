// docs/performance.md from a run. What no run can measure, where the time goes and what was done about it, is
// written by hand in bench/profile-notes.md and goes into the page as it is.
import { existsSync, readFileSync } from 'node:fs';
import { tabulate } from './tabulate.mjs';

const NOTES = new URL('./profile-notes.md', import.meta.url);

const WHOLE = ['native', 'library', 'peers', 'http', 'latency', 'flat', 'replicas'];

/** Throws when the run lacks a section or PostgreSQL: a page with holes would pass for the whole. */
export function performancePage(run) {
  const lacking = WHOLE.filter((section) => run[section] === null);
  if (lacking.length > 0 || !run.http.postgres) {
    throw new Error(
      `The page needs a whole run with PostgreSQL; this one lacks ${lacking.join(', ') || 'PostgreSQL'}.`,
    );
  }
  const tables = tabulate(run);
  const missed = tables.targets.rows.filter((row) => row.at(-1) === 'missed').length;
  return `${[
    '# Performance',
    introduction(run),
    section(
      tables.targets,
      missed === 0
        ? 'All are reached in this run.'
        : `${missed} of ${tables.targets.rows.length} are missed in this run.`,
    ),
    section(tables.bare, BARE),
    section(tables.native, NATIVE),
    section(tables.library, libraryWords(run)),
    section(tables.peers, PEERS),
    section(tables.http, httpWords(run)),
    section(tables.latency, latencyWords(run)),
    section(tables.memory, MEMORY),
    section(tables.flat, flatWords(run)),
    section(tables.replicas, REPLICAS),
    ...notes(),
    AGAIN,
  ].join('\n\n')}\n`;
}

function introduction({ machine }) {
  return `Generated from one run of \`npm run bench -- --page\`. Rates belong to the machine; ratios travel.

| Machine | |
|---|---|
| Date | ${machine.at.slice(0, 10)} |
| Assay | ${machine.assay} |
| Processor | ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB |
| System | ${machine.platform} |
| Node | ${machine.node}, OpenSSL ${machine.openssl} |
| PostgreSQL | ${machine.postgres}, on the same machine, \`fsync = off\` |
| Load before the run | ${machine.loadBefore.toFixed(2)} |

CPU times are those of the process that does the work, its thread pool included. They are taken in short rounds, and
the figure is what the cheapest tenth of the rounds does not exceed: other work on the machine makes a round dearer,
never cheaper. Every iteration verifies a signature that was never verified before; no run counts an answer that is
not an affirming verdict or a token.`;
}

const BARE = `\`node:crypto\` in its callback form, one call after another, each with a message and a signature of its own. This is
what Assay calls: it keeps the event loop free, and CPU time includes the way to the thread pool and back. The last
column is the synchronous form, which blocks the process. “Against bare” below means the callback form.`;

const NATIVE = `Node’s OpenSSL and the native addon (AWS-LC, [native.md](native.md)), the same work on the same machine in the same run. Assay
calls the addon in place and Node on the thread pool. The signature of a token is Node’s with either. The other tables
but that of latencies are of Node’s alone.`;

const PEERS = `Verifiers that others wrote ([peers.md](peers.md)) and Assay, on one genuine report and one genuine quote that all of them accept,
each in a process of its own: the evidence with its chain, revocation lists where the verifier takes them, for TDX all of
Intel’s documents. *First*: from the start of the process to its first answer. *Each further*: the same evidence again. The
peers remember nothing, and so do all of it each time, like Assay cold, which forgets every verified signature before each;
warm, as a service is for machines that it has seen, it knows chain and documents and computes the evidence’s own signature
anew. What they look at differs: the crate sev takes no list and no instant, and Assay makes some forty checks with their
words. Policy and reference values are in neither.`;

const libraryWords = ({
  sizes,
}) => `The whole procedure without a service: evidence, REPORT_DATA, chain, revocation, TCB, policy \`standard\`, reference
values. Rounds of ${sizes.library.count} verifications in turn with bare verifications of the same signatures, in one process, after ${sizes.library.warmUp} to warm
up. *Seen before*: further guests of one machine, whose chain and vendor documents are known by digest; each report or
quote is new. *New*: each chip or platform for the first time. A new SNP chip costs an RSA-4096 verify of its certificate besides;
a new TDX platform three P-256 verifies (PCK certificate, QE report, quote) where one seen before costs one.`;

const httpWords = ({
  sizes,
}) => `A token is two requests: a challenge, then evidence. The table gives the service’s CPU time for both, and apart. Bare is
one verify and one ES256 signature, also for a new platform. Rounds of ${sizes.http.count} tokens by eight callers after ${sizes.http.warmUp} to warm up
for machines seen before; evidence is minted between the two requests, outside the measured time. The rate counts both requests; client,
service and database share the machine’s cores. PGlite runs inside the service’s process; PostgreSQL’s own CPU time is that of all its processes.`;

const latencyWords = ({
  sizes,
}) => `On PostgreSQL. Closed loops of 4, 8, 16 and 32 callers find the most that the service can do; then requests leave at 70 % of that for
${sizes.latency.seconds} s, at independent instants, whether or not earlier ones were answered. Each arrival is one challenge and one attest request.
*Attest alone* is the same with challenges that were asked for before. Client, service and database share the machine’s cores. A latency counts from the scheduled instant, so that a stall counts for everybody who had to wait behind it. Shed: answered
503 \`overloaded\` at once, because a burst of arrivals found the line full.`;

const MEMORY =
  'Resident memory of the service’s process (`VmRSS`), once ready and after the tokens of the table above.';

const flatWords = ({
  flat,
}) => `TDX, on PostgreSQL. Tables with few and with many rows take each other’s place under one running service, round by
round. In the first three rows every token is for one workload, which the audience names; in the next two for any of them,
chosen at random, and the audience names none, so that no look-up is spared by an earlier one of its kind. Decisions come with their tokens; the ${flat.few} grow by those of a round and are cut back
before the next. “More” is of service and PostgreSQL together.`;

const REPLICAS =
  'SNP. One and two processes on one PostgreSQL database, round by round, with eight callers for each process.';

const AGAIN = `## Measure again

\`\`\`sh
npm run bench                       # all of the above, on a machine with nothing else to do
npm run bench -- --quick            # a rough run of about a minute
npm run bench -- --only library     # one section: library, peers, http, latency, flat, replicas
npm run bench -- --json             # numbers for a program
npm run bench -- --page             # writes this page
npm run bench -- --against DIR      # a verification's cost beside that of another checkout, turn by turn
npm run bench -- --profile profiles # where the service’s time goes
\`\`\`

What goes over HTTP needs Linux, whose \`/proc\` says what a process used, and all but PGlite needs PostgreSQL’s \`initdb\` and \`postgres\`.`;

function section({ title, head, rows, note }, words) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const under = `|---|${head
    .slice(1)
    .map(() => '--:|')
    .join('')}`;
  const table = [line(head), under, ...rows.map(line)].join('\n');
  return [`## ${title}`, words, table, ...(note === undefined ? [] : [note])].join('\n\n');
}

function notes() {
  return existsSync(NOTES) ? [readFileSync(NOTES, 'utf8').trim()] : [];
}
