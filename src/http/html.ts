/** Text into HTML. The pages have no script, and one style each, which the Content-Security-Policy names. */
import { createHash } from 'node:crypto';

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Backticks become code; everything else is text. */
export function inline(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** A path, which may break after a slash and should break nowhere else. */
export function breakable(path: string): string {
  return escaped(path).replaceAll('/', '/<wbr>');
}

/** For the Content-Security-Policy: this style and nothing else. */
export function styleSource(style: string): string {
  return `'sha256-${createHash('sha256').update(style, 'utf8').digest('base64')}'`;
}

export interface Page {
  readonly title: string;
  readonly style: string;
  /** HTML. */
  readonly body: string;
}

export function htmlPage({ title, style, body }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Assay</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
