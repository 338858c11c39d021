/**
 * Storage will not be opened or changed as asked. The message is for the operator: what is wrong, and what
 * to do about it. Only at start and in commands; a running service answers with refusals instead.
 */
export class StorageRefused extends Error {
  override readonly name = 'StorageRefused';
}
