/** A "no" that the caller may read. Anything else thrown is a fault of the broker. */
export class Refused extends Error {
  /**
   * @param {string} reason stable word, for programs
   * @param {string} detail sentence, for people
   */
  constructor(reason, detail) {
    super(detail);
    this.reason = reason;
  }
}
