//! The crate ear as a filter: a token with the key that signed it per line of standard input, a verdict per line of output.
//!
//! Accepted is what the crate takes as an EAR of its draft; the reason is then what it read, written again. The signature is
//! checked as in the crate's `from_jwt`, which refuses every token with an audience: it has no place to name one.

use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};

use ear::Ear;
use jsonwebtoken::{jwk::Jwk, Algorithm, DecodingKey, Validation};
use serde_json::{json, Value};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    panic::set_hook(Box::new(|_| {}));
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let judged = panic::catch_unwind(AssertUnwindSafe(|| read(&question)));
        let (verdict, reason) = match judged {
            Ok(Ok(claims)) => ("accept", claims.to_string()),
            Ok(Err(why)) => ("reject", why.to_string()),
            Err(_) => ("crash", "panic".to_string()),
        };
        let answer = json!({ "id": question["id"], "verdict": verdict, "reason": reason });
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn read(question: &Value) -> Result<Value, Failure> {
    let jwk: Jwk = serde_json::from_value(question["jwk"].clone())?;
    let alg: Algorithm = serde_json::from_value(question["alg"].clone())?;
    let mut validation = Validation::new(alg);
    validation.set_audience(&[text(question, "audience")?]);
    let key = DecodingKey::from_jwk(&jwk)?;
    let ear: Ear = jsonwebtoken::decode(text(question, "token")?, &key, &validation)?.claims;
    Ok(serde_json::to_value(&ear)?)
}

fn text<'a>(question: &'a Value, member: &str) -> Result<&'a str, Failure> {
    question[member]
        .as_str()
        .ok_or_else(|| format!("no member {member}").into())
}
