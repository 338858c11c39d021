/** Parameters in paths: what each name stands for. */
import { z } from 'zod';
import { parametersOf } from '../route.js';
import { RefusalName } from '../schemas/common.js';

const text = z.string();

const MEANINGS: Readonly<Record<string, z.ZodType>> = {
  audience: text.openapi({ description: 'Name of an audience, percent-encoded', example: 'vault-prod' }),
  tenant: text.openapi({ description: 'Name of a tenant', example: 'acme' }),
  workload: text.openapi({ description: 'Name of a workload', example: 'llm-serving' }),
  version: text.openapi({ description: 'Number of a version', example: '1' }),
  policy: text.openapi({ description: 'Name of a policy', example: 'payments' }),
  platform: text.openapi({ description: 'Id of a machine', example: 'plt_Zc1u9kB6u0Xo2l8m3n4p5Q' }),
  decision: text.openapi({ description: 'Id of a decision', example: 'dec_Zc1u9kB6u0Xo2l8m3n4p5Q' }),
  code: RefusalName,
};

/** Null: the path has none. Throws TypeError for a name without a meaning. */
export function parametersOfPath(path: string): z.ZodObject | null {
  const names = parametersOf(path);
  if (names.length === 0) return null;
  return z.object(
    Object.fromEntries(
      names.map((name) => {
        const meaning = MEANINGS[name];
        if (meaning === undefined) throw new TypeError(`no meaning for the path parameter ${name}`);
        return [name, meaning];
      }),
    ),
  );
}
