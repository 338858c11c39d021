/** Which database: PostgreSQL, or the embedded one where losing data is nobody's loss. */
import type { Variables } from './variables.js';

export function readDatabaseUrl(variables: Variables, production: boolean): string {
  const url = variables.value('ASSAY_DATABASE_URL');
  const accepted = variables.value('ASSAY_ACCEPT_DATA_LOSS');
  if (accepted !== null && accepted !== '1') {
    variables.mistake('ASSAY_ACCEPT_DATA_LOSS must be 1 or be left out.');
  }
  if (url === null) {
    variables.mistake(
      'ASSAY_DATABASE_URL is required: postgres://… in production, pglite:./data/db for one machine.',
    );
    return '';
  }
  if (/^postgres(ql)?:\/\/./.test(url)) return url;
  if (!/^pglite:./.test(url)) {
    variables.mistake('ASSAY_DATABASE_URL must begin with postgres:// or pglite:.');
  } else if (production && accepted === null) {
    variables.mistake(
      'ASSAY_DATABASE_URL names the embedded database, which can lose committed data in a power cut: in production use PostgreSQL, or say ASSAY_ACCEPT_DATA_LOSS=1.',
    );
  }
  return url;
}
