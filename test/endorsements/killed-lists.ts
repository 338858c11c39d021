/** Documents that are renewed while processes die. */
export const LISTS = Array.from({ length: 6 }, (_, index) => ({
  kind: 'snp-vcek-crl',
  subject: `Product-${index}`,
}));
