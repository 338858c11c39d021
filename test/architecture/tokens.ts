/**
 * TypeScript source to words, strings and punctuation, without comments: enough to see imports and names,
 * and far from a parser. Knows strings, template literals and regular expressions so that quotes inside them
 * do not mislead it.
 */
export interface Token {
  readonly kind: 'word' | 'string' | 'punctuation';
  /** The word, the string's content without quotes, or one character of punctuation. */
  readonly text: string;
  readonly line: number;
}

const WORD = /[A-Za-z_$][\w$]*/uy;
const NUMBER = /\d[\w.]*/uy;
const SPACE = /\s+/uy;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//uy;
const QUOTED = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/uy;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/uy;

/** After one of these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX = new Set([...'(,=:[!&|?{};+<>~', 'return', 'case', 'typeof', 'await', 'of', 'in']);

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each open `${`: how many braces were opened inside it. */
  const holes: number[] = [];
  let at = 0;
  let line = 1;

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0] ?? null;
  };
  const advance = (text: string): void => {
    at += text.length;
    line += text.split('\n').length - 1;
  };
  const push = (kind: Token['kind'], text: string): void => {
    tokens.push({ kind, text, line });
  };
  /** From `at` to the end of the template literal or to its next hole. */
  const readTemplate = (): void => {
    const text = /^(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/u.exec(source.slice(at))?.[0] ?? '';
    push('string', text);
    advance(text);
    if (source.startsWith('${', at)) {
      holes.push(0);
      advance('${');
    } else advance('`');
  };

  while (at < source.length) {
    const skipped = match(SPACE) ?? match(COMMENT) ?? match(NUMBER);
    if (skipped !== null) {
      advance(skipped);
      continue;
    }
    const word = match(WORD);
    if (word !== null) {
      push('word', word);
      advance(word);
      continue;
    }
    const quoted = match(QUOTED);
    if (quoted !== null) {
      push('string', quoted.slice(1, -1));
      advance(quoted);
      continue;
    }
    const character = source.charAt(at);
    const previous = tokens.at(-1)?.text ?? ';';
    const regex = character === '/' && BEFORE_REGEX.has(previous) ? match(REGEX) : null;
    if (regex !== null) {
      advance(regex);
      continue;
    }
    advance(character);
    const depth = holes.at(-1);
    if (character === '`') {
      readTemplate();
      continue;
    }
    if (character === '}' && depth === 0) {
      holes.pop();
      readTemplate();
      continue;
    }
    if (depth !== undefined && character === '{') holes[holes.length - 1] = depth + 1;
    if (depth !== undefined && character === '}') holes[holes.length - 1] = depth - 1;
    push('punctuation', character);
  }
  return tokens;
}
