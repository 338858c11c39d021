/** Once, before any test: the template of databases is made here, where no test waits for it with a time limit. */
import { keepTemplate } from './database-template.js';

export default async function prepareTemplate(): Promise<void> {
  await keepTemplate();
}
