import { describeLedger } from './ledger-suite.js';
import { memoryBooks } from './memory-books.js';

const stored: string[] = [];
const placesOf = (subject: string) => [subject.split('/').at(0), subject.split('/').at(-1)].join('/');

describeLedger(
  async () => memoryBooks(({ subject }) => stored.some((one) => placesOf(one) === placesOf(subject))),
  async (subject) => void stored.push(subject),
);
