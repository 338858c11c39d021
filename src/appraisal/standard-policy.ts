/** The policy that applies where nobody chose another. */
import { parsePolicy } from './policy-schema.js';

/** Every default of the schema, under the name `standard`. */
export const STANDARD_POLICY = parsePolicy({ name: 'standard', version: 1 });
