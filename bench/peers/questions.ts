/** What the peers are asked, as JSON by TEE; null where there is no genuine evidence on this machine. */
import { subjectOf } from './subject.js';

const [snp, tdx] = [subjectOf('snp'), subjectOf('tdx')];
console.log(
  JSON.stringify(
    snp === null || tdx === null
      ? null
      : {
          snp: { name: snp.name, questions: snp.questions },
          tdx: { name: tdx.name, questions: tdx.questions },
        },
  ),
);
