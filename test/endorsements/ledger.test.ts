import { describeLedger } from './ledger-suite.js';
import { memoryBooks } from './memory-books.js';

describeLedger(async () => memoryBooks());
