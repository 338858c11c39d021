//! The crate cddl as a filter: a document with the definition that it is held to per line of standard input, a verdict
//! per line of output.
//!
//! `definition` is CDDL (RFC 8610), whose first rule counts; `document` is JSON as text, as it was signed.

use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};

use serde_json::{json, Value};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    panic::set_hook(Box::new(|_| {}));
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let judged = panic::catch_unwind(AssertUnwindSafe(|| judge(&question)));
        let (verdict, reason) = match judged {
            Ok(Ok(())) => ("accept", String::new()),
            Ok(Err(why)) => ("reject", why.to_string()),
            Err(_) => ("crash", "panic".to_string()),
        };
        let answer = json!({ "id": question["id"], "verdict": verdict, "reason": reason });
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn judge(question: &Value) -> Result<(), Failure> {
    let definition = text(question, "definition")?;
    let document = text(question, "document")?;
    cddl::validate_json_from_str(definition, document, None).map_err(|why| why.to_string().into())
}

fn text<'a>(question: &'a Value, member: &str) -> Result<&'a str, Failure> {
    question[member]
        .as_str()
        .ok_or_else(|| format!("no member {member}").into())
}
