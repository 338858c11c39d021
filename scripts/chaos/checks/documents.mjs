// Vendor documents are stored whole or not at all, stay once their import was answered, and never give way to older ones.

export function documentViolations({ documents, currents, imports }, found) {
  return [
    ...(found === null ? [] : damaged(documents, found)),
    ...lost(imports, currents, found),
    ...wentBack(documents, currents),
    ...brokenPromises(documents, currents, imports),
    ...unexpectedAnswers(imports),
  ];
}

function damaged(documents, found) {
  return found.documents.flatMap(({ kind, subject, sha256, actual, fault }) => {
    const name = `${kind} of ${subject}, ${sha256}`;
    const violations = [];
    if (actual !== sha256)
      violations.push({ rule: 'half_written', what: `${name}: its bytes digest to ${actual}` });
    if (!documents.has(actual))
      violations.push({ rule: 'document_unknown', what: `${name}: nobody sent these bytes` });
    if (fault) violations.push({ rule: 'document_unusable', what: `${name}: ${fault}` });
    return violations;
  });
}

/** Everything that an answered import named is there: in the last list over the API that began later, and in the table. */
function lost(imports, currents, found) {
  const violations = [];
  const last = currents.at(-1);
  const listed = new Set(Object.keys(last?.stored ?? {}));
  const inTable = new Set(found?.documents.map(({ sha256 }) => sha256) ?? []);
  for (const { generation, ended, imported } of imports) {
    for (const { kind, sha256 } of imported) {
      const what = `${kind} ${sha256} of generation ${generation}, whose import was answered`;
      if (last !== undefined && ended < last.tick && !listed.has(sha256)) {
        violations.push({ rule: 'document_lost', what: `${what}, is not listed` });
      }
      if (found !== null && ended < found.tick && !inTable.has(sha256)) {
        violations.push({ rule: 'document_lost', what: `${what}, is not in the table` });
      }
    }
  }
  return violations;
}

/** For each kind and subject the generation in use only grows. */
function wentBack(documents, currents) {
  const violations = [];
  const reached = new Map();
  for (const { current } of currents) {
    for (const [name, sha256] of Object.entries(current)) {
      const generation = documents.get(sha256)?.generation ?? -1;
      const before = reached.get(name);
      if (before !== undefined && generation < before.generation) {
        violations.push({
          rule: 'document_went_back',
          what: `${name}: generation ${generation} (${sha256}) is current after ${before.generation} (${before.sha256})`,
        });
      } else {
        reached.set(name, { generation, sha256 });
      }
    }
  }
  return violations;
}

/** What an import's answer called current is current when the list is asked for later, or something newer is. */
function brokenPromises(documents, currents, imports) {
  const last = currents.at(-1);
  if (last === undefined) return [];
  return imports.flatMap(({ ended, imported }) =>
    imported.flatMap(({ sha256, state }) => {
      const name = last.stored[sha256];
      if (state !== 'current' || ended > last.tick || name === undefined) return [];
      const present = documents.get(last.current[name])?.generation ?? -1;
      const promised = documents.get(sha256)?.generation ?? -1;
      if (present >= promised) return [];
      const what = `${name}: generation ${present} is current, though generation ${promised} was answered to be`;
      return [{ rule: 'document_went_back', what }];
    }),
  );
}

function unexpectedAnswers(imports) {
  return imports.flatMap(({ generation, status, code, rejected, excused }) => {
    const name = `import of generation ${generation}`;
    if (status !== null && status !== 200 && !excused) {
      return [{ rule: 'unexpected_answer', what: `${name}: ${status} ${code}` }];
    }
    return rejected.map(({ file, code: why }) => ({
      rule: 'unexpected_answer',
      what: `${name}: ${file} was rejected with ${why}`,
    }));
  });
}
