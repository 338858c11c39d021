/** Every variable that some part of Assay reads; other names that begin with `ASSAY_` may be misspelt ones. */
export const KNOWN_NAMES: ReadonlySet<string> = new Set([
  ...[
    'ASSAY_LISTEN',
    'ASSAY_DATA_DIR',
    'ASSAY_DATABASE_URL',
    'ASSAY_ISSUER',
    'ASSAY_TLS_CERT',
    'ASSAY_TLS_KEY',
  ],
  ...['ASSAY_KEK', 'ASSAY_KEK_FILE', 'ASSAY_CHALLENGE_SECRET', 'ASSAY_CHALLENGE_SECRET_FILE'],
  ...['ASSAY_RATE_LIMIT', 'ASSAY_TRUSTED_PROXIES', 'ASSAY_WORKERS'],
  ...['ASSAY_SIMULATED_VENDORS', 'ASSAY_ACCEPT_DATA_LOSS', 'ASSAY_BUNDLE_KEYS', 'ASSAY_CRYPTO'],
  ...['ASSAY_VENDOR_FETCH', 'ASSAY_AMD_KDS_URL', 'ASSAY_INTEL_PCS_URL', 'ASSAY_SIMULATED_VENDOR_URL'],
  ...['ASSAY_VENDOR_PROXY', 'ASSAY_VENDOR_CA_FILE'],
  // Read by the command line and by tests.
  ...['ASSAY_SERVER', 'ASSAY_API_KEY', 'ASSAY_VECTORS', 'ASSAY_TEST_POSTGRES_URL'],
]);
