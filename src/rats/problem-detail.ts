/** How much of a denial an attester is told: failed checks and remedies, what was observed of it too, or all. */
export const PROBLEM_DETAILS = ['codes', 'observed', 'full'] as const;
export type ProblemDetail = (typeof PROBLEM_DETAILS)[number];
