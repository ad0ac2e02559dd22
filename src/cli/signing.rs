//! `vnfctl package sign` and `verify`: say whose a package is, and find out.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use secrecy::SecretString;
use serde_json::json;

use super::opening::cannot;
use super::validate::sum;
use super::{Exit, Failure, output};
use crate::diagnose::{self, Severity, Sink, Sources};
use crate::package::signing::{
    self, Choice, KeyError, PrivateKey, Report, SignError, Signature, Signer, SignerReport, Terms,
};

/// Signs a package.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("with").required(true).args(["key", "signer"]))]
pub(super) struct Sign {
    /// The package (.zip)
    package: PathBuf,
    /// Private key (PEM: RSA, ECDSA P-256 or P-384, Ed25519)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// File with the passphrase of an encrypted key
    #[arg(long, value_name = "FILE", requires = "key")]
    key_passphrase_file: Option<PathBuf>,
    /// Command that signs: gets the bytes on stdin, answers with the signature on stdout
    #[arg(long, value_name = "COMMAND")]
    signer: Option<String>,
    /// The signer's certificate
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// Certificates of the CAs between it and the root, to go with the signature
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// What is signed (SOL004): 1, the manifest in the package; 2, the package as a whole
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    option: u8,
    /// Where the certificates go: inside the signature, or in a file beside it
    #[arg(long, value_enum, default_value = "inside", value_name = "WHERE")]
    certificate: Where,
    /// A file of the package to sign by itself, too; its signature goes beside it (PATH.sig.cms)
    #[arg(long = "artifact", value_name = "PATH")]
    artifacts: Vec<Utf8PathBuf>,
    /// Where to write the signed package [default: PACKAGE with .signed.zip]
    #[arg(short, long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the signature that the package has
    #[arg(long)]
    replace: bool,
    /// Take an RSA key under 3072 bits
    #[arg(long)]
    allow_weak: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Where {
    /// In the signature
    Inside,
    /// In a file of their own
    Beside,
}

/// Checks the signature of a package, and all its files.
///
/// Exit code 0: signed by somebody who is trusted, and whole; 1: not so, and why; 2: it is no
/// package, or not safe to read; 3: there is no such file.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The package, or the signed archive around it
    package: PathBuf,
    /// Whom to trust: certificates of CAs, or of signers themselves
    #[arg(long, value_name = "FILE")]
    trust: Vec<PathBuf>,
    /// Certificates of CAs that the package lacks
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,
    /// Lists of revoked certificates (CRL) of the CAs on the way, which nobody fetches by itself
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// Accept whoever signed: shows that the package is whole, not whose it is
    #[arg(long, conflicts_with = "trust")]
    allow_any_signer: bool,
    /// Judge certificates as of this time (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
    /// Take SHA-1 and RSA keys under 3072 bits
    #[arg(long)]
    allow_weak: bool,
    /// How to print: human, or json
    #[arg(
        short,
        long,
        value_enum,
        default_value = "human",
        value_name = "FORMAT"
    )]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text
    Human,
    /// An object with the signers and all findings
    Json,
}

impl Sign {
    /// Signs, and says where the signed package lies.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let out = self
            .out
            .clone()
            .unwrap_or_else(|| self.package.with_extension("signed.zip"));
        let mut certificates = certificates(&self.cert)?;
        if let Some(chain) = &self.chain {
            certificates.extend(self::certificates(chain)?);
        }
        let choice = Choice {
            option: self.option,
            artifacts: self.artifacts.clone(),
            beside: self.certificate == Where::Beside,
            replace: self.replace,
            allow_weak: self.allow_weak,
            at: jiff::Timestamp::now(),
        };
        let signer = self.signer(&certificates, &choice)?;
        let who = Signature {
            signer,
            certificates,
        };
        signing::sign(&self.package, &out, &who, &choice).map_err(|e| self.failure(e))?;
        output::put(&format!("{}\n", out.display()))?;
        Ok(Exit::Done)
    }

    fn signer(
        &self,
        certificates: &[signing::Certificate],
        choice: &Choice,
    ) -> Result<Signer, Failure> {
        let kind = match certificates.first() {
            Some(own) => signing::kind(own, choice).map_err(|e| self.failure(e))?,
            None => return Err(Failure::new(Exit::Usage, "there is no certificate")),
        };
        let Some(file) = &self.key else {
            return Ok(Signer::Command(self.signer.clone().unwrap_or_default()));
        };
        let pem = secret(file)?;
        let passphrase = match &self.key_passphrase_file {
            Some(file) => Some(SecretString::from(
                secrecy::ExposeSecret::expose_secret(&secret(file)?)
                    .trim_end_matches(['\r', '\n'])
                    .to_owned(),
            )),
            None => None,
        };
        let pem = secrecy::ExposeSecret::expose_secret(&pem);
        PrivateKey::read(pem, kind, passphrase.as_ref())
            .map(|key| Signer::Key(Box::new(key)))
            .map_err(|error| not_a_key(file, error))
    }

    /// Says why nothing was signed.
    fn failure(&self, error: SignError) -> Failure {
        let message = format!("cannot sign {}", self.package.display());
        match error {
            SignError::Open(error) => cannot("sign", &self.package, error),
            SignError::Faults(found) => {
                output::findings(&found.0, &found.1);
                Failure::new(Exit::Failed, message)
                    .because("its files are not those that its manifest promises")
                    .hint("build it again, or mend the manifest; then sign")
            }
            SignError::Signed => Failure::new(Exit::Conflict, message)
                .because("it is signed already")
                .hint("--replace puts a new signature in the place of the old one"),
            SignError::NoManifest | SignError::Wrapped | SignError::Artifact(..) => {
                Failure::new(Exit::Usage, message).caused_by(error)
            }
            SignError::Certificate(_) => Failure::new(Exit::Usage, message)
                .caused_by(error)
                .hint("docs/signing.md says what certificate it takes"),
            SignError::Key(KeyError::Rejected { .. }) | SignError::Pair => {
                Failure::new(Exit::Usage, message).caused_by(error)
            }
            other => Failure::new(Exit::Failed, message).caused_by(other),
        }
    }
}

/// Reads a file that is its owner's alone, and says so when it is not.
fn secret(file: &Path) -> Result<SecretString, Failure> {
    let unread = |error| Failure::unread(file, error);
    let text = std::fs::read_to_string(file).map_err(unread)?;
    let mode = std::fs::metadata(file)
        .map_err(unread)?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        anstream::eprintln!(
            "warning: {} can be read by others: `chmod 600` it",
            file.display()
        );
    }
    Ok(SecretString::from(text))
}

fn not_a_key(file: &Path, error: KeyError) -> Failure {
    let hint = match &error {
        KeyError::Encrypted => "--key-passphrase-file names the file with its passphrase",
        KeyError::Old(_) => "`openssl pkcs8 -topk8 -in OLD.pem -out KEY.pem` converts it",
        KeyError::Rejected { .. } => {
            "keys of 2048 to 4096 bits (RSA), P-256, P-384 and Ed25519 are taken; for others, --signer"
        }
        _ => "give a private key in PEM",
    };
    let message = format!("cannot use the key {}", file.display());
    Failure::new(Exit::Usage, message)
        .caused_by(error)
        .hint(hint)
}

/// Reads certificates.
fn certificates(file: &Path) -> Result<Vec<signing::Certificate>, Failure> {
    let bytes = std::fs::read(file).map_err(|e| Failure::unread(file, e))?;
    signing::certificates(&bytes).map_err(|error| {
        let message = format!("cannot read certificates from {}", file.display());
        Failure::new(Exit::Usage, message).caused_by(error)
    })
}

/// Reads lists of revoked certificates.
fn crls(files: &[PathBuf]) -> Result<Vec<signing::Crl>, Failure> {
    let mut all = Vec::new();
    for file in files {
        let bytes = std::fs::read(file).map_err(|e| Failure::unread(file, e))?;
        let some = signing::crls(&bytes).map_err(|error| {
            let message = format!("cannot read revoked certificates from {}", file.display());
            Failure::new(Exit::Usage, message).caused_by(error).hint(
                "a CRL in PEM or DER, of version 2 and with the time of the next; `openssl crl -in FILE -text` shows it",
            )
        })?;
        all.extend(some);
    }
    Ok(all)
}

impl Verify {
    /// Prints who signed, and the findings.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let all = |files: &[PathBuf]| -> Result<Vec<_>, Failure> {
            let read = files.iter().map(|file| certificates(file));
            Ok(read.collect::<Result<Vec<_>, _>>()?.concat())
        };
        let terms = Terms {
            trusted: all(&self.trust)?,
            chain: all(&self.chain)?,
            anybody: self.allow_any_signer,
            at: self.at.unwrap_or_else(jiff::Timestamp::now),
            allow_weak: self.allow_weak,
            crls: crls(&self.crl)?,
        };
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let report = signing::verify(&self.package, &terms, &mut sources, &mut sink)
            .map_err(|error| cannot("verify", &self.package, error))?;
        let is_good = report.is_some() && !sink.has_errors();
        match self.output {
            Format::Json => {
                let whole = json!({
                    "package": self.package.to_string_lossy(),
                    "verified": is_good,
                    "signature": report,
                    "errors": sink.count(Severity::Error),
                    "findings": diagnose::json(sink.diagnostics(), &sources),
                });
                output::one(output::Format::Json, &whole)?;
            }
            Format::Human => {
                if let Some(report) = &report {
                    put(report, self.allow_any_signer)?;
                }
                output::findings(&sink, &sources);
                let verdict = match is_good {
                    true if self.allow_any_signer => "whole, as somebody signed it".to_owned(),
                    true => "verified".to_owned(),
                    false => format!("not verified: {}", sum(&sink)),
                };
                anstream::eprintln!("{}: {verdict}", self.package.display());
            }
        }
        Ok(match is_good {
            true => Exit::Done,
            false => Exit::Failed,
        })
    }
}

fn put(report: &Report, anybody: bool) -> Result<(), Failure> {
    let what = match report.option {
        1 => "manifest",
        _ => "archive",
    };
    output::put(&format!(
        "Signed: {what} `{}` (SOL004 option {})\n",
        report.signed, report.option
    ))?;
    put_signers(&report.signers, anybody)?;
    for artifact in &report.artifacts {
        let file = &artifact.file;
        output::put(&format!(
            "Signed by itself: `{file}` (`{}`)\n",
            artifact.signature
        ))?;
        put_signers(&artifact.signers, anybody)?;
    }
    Ok(())
}

fn put_signers(signers: &[SignerReport], anybody: bool) -> Result<(), Failure> {
    for signer in signers {
        let facts = &signer.certificate;
        let time = match (&signer.signed_at, signer.intact) {
            (_, false) => "the signature does not hold".to_owned(),
            (Some(at), true) => format!("{at}, as the signer says"),
            (None, true) => "not told".to_owned(),
        };
        let trusted = match &signer.trusted_by {
            Some(root) => format!("{} (SHA-256 {})", root.subject, root.fingerprint),
            None if anybody => "not asked for".to_owned(),
            None => "nobody who is trusted".to_owned(),
        };
        output::put(&format!(
            "  by           {}\n  issued by    {}\n  serial       {}\n  valid        {} to {}\n  \
             key          {}, signature over {}\n  fingerprint  SHA-256 {}\n  when         {time}\n  \
             trusted by   {trusted}\n",
            facts.subject,
            facts.issuer,
            facts.serial,
            facts.not_before,
            facts.not_after,
            facts.key,
            signer.digest,
            facts.fingerprint,
        ))?;
    }
    Ok(())
}
