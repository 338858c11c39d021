/**
 * What is asked for with every piece of evidence and follows from nothing but the key, which may be a vendor document or part of
 * one, and no instant: words, decoded fields, answers to questions. Made once. A verdict is never such a thing.
 */

/** By an object that nobody changes, for as long as somebody holds it. */
export function onceFor<Key extends object, Value extends NonNullable<unknown>>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

/** By a value, of which there may be more than is good: beyond `most` all are forgotten, and made again. */
export function onceForEach<Key extends string | number | bigint, Value extends NonNullable<unknown>>(
  most: number,
  make: (key: Key) => Value,
): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    if (made.size >= most) made.clear();
    made.set(key, value);
    return value;
  };
}

let lastInstant = { at: Number.NaN, text: '' };

/** RFC 3339, UTC. One verdict names its instant many times, and the last one is kept. Throws RangeError for no date. */
export function instantText(at: Date): string {
  const time = at.getTime();
  if (time !== lastInstant.at) lastInstant = { at: time, text: at.toISOString() };
  return lastInstant.text;
}

/**
 * A question that a policy asks of one value of the evidence. `answer` is a comparison of the two and of nothing else, so that the same
 * value under the same policy has the same entry, frozen.
 */
export function askedOnce<
  Policy extends object,
  Value extends string | number | bigint,
  Entry extends object,
>(answer: (value: Value, policy: Policy) => Entry): (value: Value, policy: Policy) => Entry {
  const answers = onceFor((policy: Policy) =>
    onceForEach(MOST_ANSWERS, (value: Value): Entry => Object.freeze(answer(value, policy))),
  );
  return (value, policy) => answers(policy)(value);
}

/** Of one question and policy. Genuine platforms differ in few of the values that policies ask about. */
const MOST_ANSWERS = 256;
