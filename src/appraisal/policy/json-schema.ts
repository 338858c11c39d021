/**
 * The document’s form as JSON Schema (2020-12), for editors and other people’s tools. What it cannot say, such as that
 * 31 February is no date or that a rule’s types are right, parsing says.
 */
import { z } from 'zod';
import { policyDocument } from './document.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What zod’s refinements do not carry over. */
function complete(schema: JsonSchema): void {
  // Every list of a policy has every value once.
  if (schema.type === 'array') schema.uniqueItems = true;
  const members = schema.properties ?? {};
  if (Object.hasOwn(members, 'cpuid') && Object.hasOwn(members, 'product')) {
    schema.oneOf = [{ required: ['cpuid'] }, { required: ['product'] }];
  }
  if (Object.hasOwn(members, 'bootloader')) schema.minProperties = 1;
}

export function policyJsonSchema(): JsonSchema {
  const form = z.toJSONSchema(policyDocument, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => complete(jsonSchema),
  });
  return {
    title: 'Appraisal policy of Assay',
    description:
      'What is left out is as in the policy `standard`. docs/policies.md says what each member asks.',
    ...form,
  };
}
