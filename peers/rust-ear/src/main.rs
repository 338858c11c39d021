//! The crate ear as a filter: a token with the key that signed it per line of standard input, a verdict per line of output.
//!
//! Accepted is what the crate takes as an EAR of its draft; the reason is then what it read, written again.

use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};

use ear::{Algorithm, Ear};
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

/// ES256 alone: the crate knows no RS256.
fn read(question: &Value) -> Result<Value, Failure> {
    let token = question["token"].as_str().ok_or("no member token")?;
    let key = serde_json::to_vec(&question["jwk"])?;
    let ear = Ear::from_jwt_jwk(token, Algorithm::ES256, &key)?;
    ear.validate()?;
    Ok(serde_json::to_value(&ear)?)
}
