/** Before each file of tests: with ASSAY_CRYPTO=native whatever it verifies is verified by the addon. */
import { openCrypto } from '../src/compose/crypto.js';
import { SILENCE } from '../src/platform/log.js';

if (process.env.ASSAY_CRYPTO === 'native') await openCrypto('native', SILENCE);
