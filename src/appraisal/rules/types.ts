/** Types of expressions: what a rule may compare with what. */

export type Type =
  | { readonly kind: 'bool' | 'int' | 'string'; readonly nullable: boolean }
  | { readonly kind: 'null' }
  | {
      readonly kind: 'list';
      /** Null: the empty list, whose elements have no type yet. */
      readonly of: Type | null;
      /** It never has more elements. */
      readonly most: number;
    }
  | { readonly kind: 'object'; readonly nullable: boolean; readonly fields: Fields };

export type Fields = Readonly<Record<string, Type>>;

export const BOOL: Type = { kind: 'bool', nullable: false };
export const INT: Type = { kind: 'int', nullable: false };
export const STRING: Type = { kind: 'string', nullable: false };
export const NULL: Type = { kind: 'null' };

/** Longer lists of claims make a rule fail instead of taking its time. */
export const LONGEST_LIST = 128;

export function listOf(of: Type | null, most: number = LONGEST_LIST): Type {
  return { kind: 'list', of, most };
}

export function objectOf(fields: Fields): Type & { readonly kind: 'object' } {
  return { kind: 'object', nullable: false, fields };
}

/** The same, or null where the evidence does not say. */
export function orNull(type: Type): Type {
  return type.kind === 'null' || type.kind === 'list' ? type : { ...type, nullable: true };
}

/** The type of values of either; null: they have none in common. */
export function commonType(a: Type, b: Type): Type | null {
  if (a.kind === 'null') return mayBeNull(b) ? b : null;
  if (b.kind === 'null') return mayBeNull(a) ? a : null;
  if (a.kind === 'list' && b.kind === 'list') {
    const most = Math.max(a.most, b.most);
    if (a.of === null || b.of === null) return listOf(a.of ?? b.of, most);
    const of = commonType(a.of, b.of);
    return of === null ? null : listOf(of, most);
  }
  // Objects are asked field by field: two of them are never the same thing here.
  if (a.kind !== b.kind || a.kind === 'object' || a.kind === 'list' || b.kind === 'list') return null;
  return a.nullable ? a : b;
}

function mayBeNull(type: Type): boolean {
  return type.kind === 'null' || (type.kind !== 'list' && type.nullable);
}

/** For a sentence: `a text`, `a list of texts`. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'bool':
      return 'true or false';
    case 'int':
      return 'a number';
    case 'string':
      return 'a text';
    case 'null':
      return 'null';
    case 'list':
      return type.of === null ? 'an empty list' : `a list (of ${typeText(type.of)})`;
    default:
      return 'an object';
  }
}
