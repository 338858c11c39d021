/** Intel's root key, pinned. `certs/README.md` says where the certificate comes from. */

/**
 * SHA-256 over the SubjectPublicKeyInfo (DER) of the Intel SGX Root CA, lowercase hex. The key and not the
 * certificate: two genuine issues with one key are in use.
 */
export const PINNED_INTEL_ROOT_KEY = 'a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e';
