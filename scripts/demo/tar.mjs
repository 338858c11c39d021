// One file in a tar archive, as the import takes it.
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

export async function tarOf(name, bytes) {
  const archive = pack();
  archive.entry({ name }, Buffer.from(bytes));
  archive.finalize();
  return buffer(archive);
}
