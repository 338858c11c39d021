/**
 * `assay policies`: looks at policies before anybody relies on them, offline, on files and on those that ship. What a
 * running service answers is in policy-service.ts.
 */
import type { Command } from 'commander';
import { diffPolicies } from '../../appraisal/diff/diff.js';
import { lintPolicy } from '../../appraisal/lint/lint.js';
import { readEndorsementDirectory } from '../../endorsements/offline.js';
import { LINTED_BY, vendorFacts } from '../../tee/registry.js';
import { EXIT } from '../exit.js';
import { instantOption } from '../files.js';
import { POLICY_WORDS, readPolicy } from '../policy-argument.js';
import { printJson } from '../print.js';
import { renderChanges, renderFindings, renderPolicy } from '../render/policy.js';
import { type ServerFlags, serverOf, withServer } from '../server.js';
import type { CommandLine } from '../terminal.js';
import { addPolicyService, servedPolicy } from './policy-service.js';

interface Flags {
  readonly json?: true;
  readonly at?: string;
  readonly endorsements?: string;
}

export function addPolicies(program: Command, line: CommandLine): void {
  const policies = program
    .command('policies')
    .description('appraisal policies: lint, show and compare them; keep them on a running service');
  const { terminal } = line;

  policies
    .command('lint')
    .description(
      'what contradicts itself, asks nothing, or is behind the table of bulletins; exits 1 on errors',
    )
    .argument('<policy>', POLICY_WORDS)
    .option('--at <instant>', 'instant to judge dates by, RFC 3339 (default: now)')
    .option(
      '--endorsements <dir>',
      'directory with a bulletins.json to lint by, where that is newer than this build’s',
    )
    .option('--json', 'print the findings as JSON')
    .action(async (name: string, flags: Flags) => {
      const policy = await readPolicy(name, 'policy');
      const at = flags.at === undefined ? terminal.now() : instantOption(flags.at, '--at');
      const directory =
        flags.endorsements === undefined ? null : await readEndorsementDirectory(flags.endorsements);
      const documents = directory?.endorsementsFor(LINTED_BY, at) ?? [];
      const findings = lintPolicy(policy, vendorFacts(at, documents));
      if (flags.json === true) printJson(terminal, { policy: policy.name, digest: policy.digest, findings });
      else terminal.out(renderFindings(policy, findings, terminal.colours));
      if (findings.some(({ severity }) => severity === 'error')) line.exitCode = EXIT.refused;
    });

  withServer(policies.command('show'))
    .description('the whole policy, defaults written out, with its reasons; with --server one of a service')
    .argument('<policy>', `${POLICY_WORDS}; with --server a name or name@version`)
    .option('--json', 'print the document and its digest as JSON')
    .action(async (name: string, flags: Flags & ServerFlags) => {
      const policy =
        flags.server === undefined
          ? await readPolicy(name, 'policy')
          : await servedPolicy(await serverOf(flags, terminal), name);
      if (flags.json === true) printJson(terminal, policy);
      else terminal.out(renderPolicy(policy, terminal.colours));
    });

  policies
    .command('diff')
    .description('what the second policy changes, and whether that is stricter or looser')
    .argument('<before>', POLICY_WORDS)
    .argument('<after>', POLICY_WORDS)
    .option('--json', 'print the changes as JSON')
    .action(async (before: string, after: string, flags: Flags) => {
      const [old, now] = [await readPolicy(before, 'before'), await readPolicy(after, 'after')];
      const changes = diffPolicies(old, now);
      if (flags.json === true) printJson(terminal, { before: old.digest, after: now.digest, changes });
      else terminal.out(renderChanges(changes, terminal.colours));
    });

  addPolicyService(policies, line);
}
