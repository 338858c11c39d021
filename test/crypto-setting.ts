/** Who verifies signatures in this run of the tests: ASSAY_CRYPTO of its environment, for services that tests start. */
export const CRYPTO_SETTING: Readonly<Record<string, string>> =
  process.env.ASSAY_CRYPTO === undefined ? {} : { ASSAY_CRYPTO: process.env.ASSAY_CRYPTO };
