/**
 * What is wrong with a JSON value, in a plain half-sentence that follows the member's name (`must be …`). The
 * library that checks schemas says it in words of its own, which its next version may change.
 */

/** An objection of the schema library; `input` is the value objected to. */
export type SchemaIssue = Readonly<Record<string, unknown>>;

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const UNITS: Readonly<Record<string, string>> = { string: 'characters', array: 'items' };

/** For every kind of objection that has no words of its own in the schema. */
export function schemaWords(issue: SchemaIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return required(issue, `must be ${TYPES[String(issue.expected)] ?? 'of another type'}`);
    case 'invalid_value':
      return required(issue, oneOf(issue.values));
    case 'too_small':
      return bound(issue, 'at least', issue.minimum);
    case 'too_big':
      return bound(issue, 'at most', issue.maximum);
    case 'invalid_union':
      return required(issue, 'has none of the forms that are allowed here');
    case 'invalid_key':
      return 'has a member whose name is not allowed';
    default:
      return 'is not in the form that is asked for';
  }
}

function required({ input }: SchemaIssue, words: string): string {
  return input === undefined ? `is missing: it ${words}` : words;
}

function oneOf(values: unknown): string {
  const allowed = Array.isArray(values) ? values.map((value) => JSON.stringify(value)) : [];
  return allowed.length === 1 ? `must be ${allowed[0]}` : `must be one of ${allowed.join(', ')}`;
}

function bound({ origin }: SchemaIssue, which: string, limit: unknown): string {
  const unit = UNITS[String(origin)];
  if (unit === undefined) return `must be ${which} ${limit}`;
  return which === 'at least' && limit === 1 ? 'must not be empty' : `must have ${which} ${limit} ${unit}`;
}
