/** The source of a service that asks no vendor: what is not in the store stays absent until somebody imports it. */
import type { EndorsementSource } from '../verifier/endorsement-ports.js';

export const NO_VENDOR: EndorsementSource = { obtain: async () => [] };
