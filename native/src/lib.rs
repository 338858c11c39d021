//! ECDSA verification by AWS-LC for Node: P-384 with SHA-384 and P-256 with SHA-256, nothing else.
//!
//! A panic that left a function for C would end the process, so none does: `catch_unwind` of the macro makes an error of it in
//! what is called in place, and `compute`, which the macro knows nothing of, catches for itself on the thread pool. What is
//! shared is never changed after it was made, so nothing is left half done by a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use napi::bindgen_prelude::{AsyncTask, Error, Result, Status, Task};
use napi_derive::napi;

/// The library and its version, as the build chose it: `aws-lc/1.66.0`, or `aws-lc-fips/…`.
#[napi(catch_unwind)]
pub fn library() -> String {
    if cfg!(feature = "panicking") {
        panic!("as the test asked");
    }
    let kind = if cfg!(feature = "fips") { "aws-lc-fips" } else { "aws-lc" };
    format!("{kind}/{}", aws_lc_rs::awslc_version())
}

/// A public key that was read and found to be a point of its curve. Signatures are r and s, each as wide as the
/// field, big endian; any other length is a signature that does not hold.
#[napi]
pub struct PublicKey {
    key: Arc<ParsedPublicKey>,
    hash: &'static digest::Algorithm,
}

#[napi]
impl PublicKey {
    /// `curve`: `P-256` or `P-384`; `point`: uncompressed (SEC 1, 2.3.3). Throws for anything else.
    #[napi(constructor, catch_unwind)]
    pub fn new(curve: String, point: &[u8]) -> Result<Self> {
        panic_if(point);
        let (algorithm, hash, length): (&'static EcdsaVerificationAlgorithm, _, _) = match curve.as_str() {
            "P-256" => (&ECDSA_P256_SHA256_FIXED, &digest::SHA256, 65),
            "P-384" => (&ECDSA_P384_SHA384_FIXED, &digest::SHA384, 97),
            _ => return Err(invalid("the curve is P-256 or P-384")),
        };
        if point.len() != length || point[0] != 4 {
            return Err(invalid("the point is not uncompressed"));
        }
        let key = ParsedPublicKey::new(algorithm, point).map_err(|_| invalid("no point of the curve"))?;
        Ok(Self { key: Arc::new(key), hash })
    }

    #[napi(catch_unwind)]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        panic_if(message);
        self.key.verify_sig(message, signature).is_ok()
    }

    /// The same over the message's digest. Throws for one of another length than the curve's hash has.
    #[napi(catch_unwind)]
    pub fn verify_digest(&self, digest: &[u8], signature: &[u8]) -> Result<bool> {
        panic_if(digest);
        let digest = Digest::import_less_safe(digest, self.hash).map_err(|_| invalid("no digest of the curve's hash"))?;
        Ok(self.key.verify_digest_sig(&digest, signature).is_ok())
    }

    /// `verify` on the thread pool. Message and signature are copied: the caller may change them meanwhile.
    #[napi(catch_unwind, ts_return_type = "Promise<boolean>")]
    pub fn verify_pooled(&self, message: &[u8], signature: &[u8]) -> AsyncTask<Verification> {
        AsyncTask::new(Verification {
            key: Arc::clone(&self.key),
            message: message.to_vec(),
            signature: signature.to_vec(),
        })
    }
}

pub struct Verification {
    key: Arc<ParsedPublicKey>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Task for Verification {
    type Output = bool;
    type JsValue = bool;

    fn compute(&mut self) -> Result<bool> {
        catch_unwind(AssertUnwindSafe(|| {
            panic_if(&self.message);
            self.key.verify_sig(&self.message, &self.signature).is_ok()
        }))
        .map_err(|_| Error::new(Status::GenericFailure, "the verification panicked"))
    }

    fn resolve(&mut self, _env: napi::Env, holds: bool) -> Result<bool> {
        Ok(holds)
    }
}

fn invalid(reason: &str) -> Error {
    Error::new(Status::InvalidArg, reason)
}

/// With the feature `panicking`: panics over the octets by which tests ask for it. `library` does so always.
#[inline]
fn panic_if(octets: &[u8]) {
    if cfg!(feature = "panicking") && octets == b"panic" {
        panic!("as the test asked");
    }
}
