/** Of the services in tests. */
export const ISSUER = 'http://localhost:8080';
export const SIMULATED_ISSUER = `${ISSUER}/simulated`;
