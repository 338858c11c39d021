// Package assay verifies attestation tokens for relying parties: from the URL of an Assay issuer and the name of an audience to
// typed claims, with proof of possession (DPoP, RFC 9449) that counts once.
//
// It answers as `assay/client` does in Node.js and assay_client in Python, by the same codes; docs/clients.md of the project says
// what is kept, for how long, and what each code means. README.md has an example.
package assay
