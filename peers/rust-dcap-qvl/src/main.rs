//! The crate dcap-qvl as a filter: a quote with what endorses it per line of standard input, a verdict per line of output.
//!
//! The crate takes the instant, in whole seconds, and every document. Debugging and service TDs are allowed here: what a
//! TD may be is for a policy to say.

use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};

use base64::{engine::general_purpose::STANDARD, Engine};
use dcap_qvl::verify::QuoteVerifier;
use dcap_qvl::QuoteCollateralV3;
use serde_json::{json, Value};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    panic::set_hook(Box::new(|_| {}));
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let (verdict, reason, thrown) =
            match panic::catch_unwind(AssertUnwindSafe(|| judge_often(&question))) {
                Ok(Ok(status)) => ("accept", status, None),
                Ok(Err(why)) => ("reject", why.to_string(), None),
                Err(thrown) => ("crash", "panic".to_string(), Some(words_of(&*thrown))),
            };
        let answer =
            json!({ "id": question["id"], "verdict": verdict, "reason": reason, "panic": thrown });
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

/// The status that the crate reports.
fn judge(question: &Value) -> Result<String, Failure> {
    let signing_chain = text(question, "tcbSigningChain")?;
    let collateral = QuoteCollateralV3 {
        pck_crl_issuer_chain: text(question, "pckCrlIssuerChain")?,
        root_ca_crl: bytes(question, "rootCrl")?,
        pck_crl: bytes(question, "pckCrl")?,
        tcb_info_issuer_chain: signing_chain.clone(),
        tcb_info: text(question, "tcbInfoBody")?,
        tcb_info_signature: bytes(question, "tcbInfoSignature")?,
        qe_identity_issuer_chain: signing_chain,
        qe_identity: text(question, "qeIdentityBody")?,
        qe_identity_signature: bytes(question, "qeIdentitySignature")?,
        pck_certificate_chain: None,
    };
    let seconds = question["seconds"].as_u64().ok_or("no member seconds")?;
    let verified = QuoteVerifier::new(bytes(question, "root")?)
        .allow_debug(true)
        .allow_service_td(true)
        .verify(&bytes(question, "evidence")?, &collateral, seconds)
        .map_err(|why| format!("{why:#}"))?;
    Ok(verified.status)
}

/// As often as `repeat` says, for whoever measures; absent: once.
fn judge_often(question: &Value) -> Result<String, Failure> {
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

/// The same, where it must be text.
fn text(question: &Value, member: &str) -> Result<String, Failure> {
    Ok(String::from_utf8(bytes(question, member)?)?)
}

fn words_of(thrown: &(dyn std::any::Any + Send)) -> String {
    let text = thrown.downcast_ref::<String>().cloned();
    text.or_else(|| thrown.downcast_ref::<&str>().map(|words| words.to_string()))
        .unwrap_or_default()
}
