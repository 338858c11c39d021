/** Bodies of policies and owned machines, and what they are answered with. */
import { z } from 'zod';
import {
  AnyJson,
  CheckReply,
  hexText,
  Instant,
  orNull,
  PolicyName,
  PolicyReference,
  pageOf,
  RefusalName,
  Sha256Text,
  shortText,
  WorkloadName,
} from './common.js';
import { EvidenceBody, ReportDataText, VerdictBody } from './evidence.js';

/** appraisal/policy/ judges it, with a code of its own. */
const PolicyDocument = z.record(z.string(), AnyJson).openapi({
  description:
    'What `assay policies show` prints and its JSON Schema says; what is left out is as in `standard`',
  example: { common: { platforms: 'registered' } },
});

const Activate = z.boolean().optional().openapi({ description: 'Put it in force at once', example: true });

export const PolicyBody = z
  .strictObject({ name: PolicyName, document: PolicyDocument, activate: Activate })
  .openapi('NewPolicy');

export const PolicyVersionBody = z
  .strictObject({ document: PolicyDocument, activate: Activate })
  .openapi('NewPolicyVersion');

const PolicyState = z.enum(['draft', 'active', 'retired']).openapi({ example: 'active' });
const VersionNumber = z.int().min(1).openapi({ example: 2 });
const ShippedAt = Instant.nullable().openapi({ description: 'Null: it ships with the service' });

export const PolicyCreated = z
  .strictObject({
    name: PolicyName,
    version: VersionNumber,
    state: PolicyState,
    digest: Sha256Text,
    warnings: z
      .array(z.strictObject({ path: z.string(), reason: z.string() }))
      .openapi({ description: 'What the lint found that is no error', example: [] }),
  })
  .openapi('PolicyCreated');

export const PolicyActivated = z
  .strictObject({ name: PolicyName, version: VersionNumber, state: PolicyState })
  .openapi('PolicyVersionState');

export const PolicyReply = z
  .strictObject({
    name: PolicyName,
    built_in: z.boolean().openapi({ description: 'Whether a version of it ships with the service' }),
    active_version: VersionNumber.nullable().openapi({ description: 'Null: only drafts so far' }),
    latest_version: VersionNumber,
    created_at: ShippedAt,
  })
  .openapi('Policy');
export const PolicyPage = pageOf(PolicyReply, 'PolicyPage');

const versionMembers = {
  name: PolicyName,
  version: VersionNumber,
  state: PolicyState,
  built_in: z.boolean(),
  digest: Sha256Text.openapi({ description: 'As tokens and decisions name it' }),
  created_at: ShippedAt,
};

export const PolicyVersionSummary = z.strictObject(versionMembers).openapi('PolicyVersionSummary');
export const PolicyVersionPage = pageOf(PolicyVersionSummary, 'PolicyVersionPage');

export const PolicyVersionReply = z
  .strictObject({ ...versionMembers, document: PolicyDocument })
  .openapi('PolicyVersion', { description: '`document` has every default written out.' });

export const SimulationBody = z
  .strictObject({
    evidence: EvidenceBody,
    report_data: ReportDataText,
    workload: WorkloadName.optional(),
    policy: PolicyReference.optional(),
    document: PolicyDocument.optional(),
    at: Instant.optional().openapi({ description: 'Judge by this past instant instead of now' }),
  })
  .openapi('PolicySimulation', {
    description: 'With either `policy` or `document`.',
    example: {
      evidence: { cpu: { bytes: 'AwAAAAAAAAAfAAMAAAAAAA' } },
      report_data: '00'.repeat(64),
      workload: 'llm-serving',
      document: { common: { platforms: 'registered' } },
    },
  });

const Judged = z
  .strictObject({
    policy: z.string().openapi({ example: 'standard@1' }),
    policy_digest: Sha256Text,
    verdict: VerdictBody,
  })
  .openapi('SimulatedVerdict');

export const SimulationReply = z
  .strictObject({
    in_force: Judged,
    proposed: Judged,
    differences: z
      .array(
        z.strictObject({
          id: RefusalName,
          in_force: orNull(CheckReply),
          proposed: orNull(CheckReply),
        }),
      )
      .openapi({ description: 'Checks with another outcome; null: there is no such check', example: [] }),
  })
  .openapi('PolicySimulationResult', { description: 'Nothing of it is recorded.' });

const PlatformLabel = shortText(128).openapi({ example: 'rack 7, slot 3' });
const PlatformOwner = shortText(128).openapi({ example: 'infrastructure' });
const PLATFORM_KINDS = ['snp-chip-id', 'snp-csp-id', 'tdx-platform-instance'] as const;
const named = { label: PlatformLabel, owner: PlatformOwner };

export const PlatformBody = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('snp-chip-id'),
        value: z
          .string()
          .regex(
            /^(?!0+$)([0-9a-f]{16}|[0-9a-f]{128})$/,
            'must be 128 lowercase hexadecimal digits, on Turin also 16, and not a masked id',
          )
          .openapi({ description: 'CHIP_ID of its reports', example: 'c4'.repeat(64) }),
        ...named,
      })
      .openapi('NewSnpChip'),
    z
      .strictObject({
        kind: z.literal('snp-csp-id'),
        value: z
          .string()
          .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
          .openapi({ description: 'Of the VLEK certificate', example: 'Example Cloud' }),
        ...named,
      })
      .openapi('NewSnpProvider'),
    z
      .strictObject({
        kind: z.literal('tdx-platform-instance'),
        value: hexText(16).openapi({ description: 'Of the PCK certificate', example: '0f'.repeat(16) }),
        ...named,
      })
      .openapi('NewTdxPlatform'),
  ])
  .openapi('NewPlatform');

export const PlatformReply = z
  .strictObject({
    id: z
      .string()
      .regex(/^plt_[\w-]{22}$/)
      .openapi({ example: 'plt_Zc1u9kB6u0Xo2l8m3n4p5Q' }),
    kind: z.enum(PLATFORM_KINDS),
    value: z.string().openapi({
      description: 'In the form that evidence is compared in: a chip id has 128 digits',
      example: 'c4'.repeat(64),
    }),
    ...named,
    created_at: Instant,
  })
  .openapi('Platform');
export const PlatformPage = pageOf(PlatformReply, 'PlatformPage');
