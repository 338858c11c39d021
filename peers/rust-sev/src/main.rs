//! The crate sev as a filter: a report with what endorses it per line of standard input, a verdict per line of output.
//!
//! The crate takes neither an instant nor a revocation list, and does not compare the certificate with the report: what
//! it judges is the chain from the root that it is handed, and the signature over the report.

use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};

use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::{json, Value};
use sev::certs::snp::{ca, Certificate, Chain, Verifiable};
use sev::firmware::guest::AttestationReport;
use sev::parser::ByteParser;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    panic::set_hook(Box::new(|_| {}));
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let (verdict, reason, thrown) =
            match panic::catch_unwind(AssertUnwindSafe(|| judge_often(&question))) {
                Ok(Ok(())) => ("accept", String::new(), None),
                Ok(Err(why)) => ("reject", why.to_string(), None),
                Err(thrown) => ("crash", "panic".to_string(), Some(words_of(&*thrown))),
            };
        let answer =
            json!({ "id": question["id"], "verdict": verdict, "reason": reason, "panic": thrown });
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

/// `ark` and `ask` are the pinned ones of the leaf's product line and kind, whatever came with the report.
fn judge(question: &Value) -> Result<(), Failure> {
    let report = AttestationReport::from_bytes(&bytes(question, "evidence")?)?;
    let chain = Chain {
        ca: ca::Chain::from_der(&bytes(question, "ark")?, &bytes(question, "ask")?)?,
        vek: Certificate::from_der(&bytes(question, "leaf")?)?,
    };
    (&chain, &report).verify()?;
    Ok(())
}

/// As often as `repeat` says, for whoever measures; absent: once.
fn judge_often(question: &Value) -> Result<(), Failure> {
    for _ in 1..question["repeat"].as_u64().unwrap_or(1) {
        judge(question)?;
    }
    judge(question)
}

/// A member in base64.
fn bytes(question: &Value, member: &str) -> Result<Vec<u8>, Failure> {
    let text = question[member]
        .as_str()
        .ok_or_else(|| format!("no member {member}"))?;
    Ok(STANDARD.decode(text)?)
}

fn words_of(thrown: &(dyn std::any::Any + Send)) -> String {
    let text = thrown.downcast_ref::<String>().cloned();
    text.or_else(|| thrown.downcast_ref::<&str>().map(|words| words.to_string()))
        .unwrap_or_default()
}
