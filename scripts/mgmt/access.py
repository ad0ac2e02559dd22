"""What the driver logs in to nodes with: a private key, held in memory only, and its certificate.

Nothing that lets anybody in by itself may stand in a request, since everybody in the cloud can read
what an operation was asked with, nor in the package. So the key stays in Barbican or in a file of
the conductor's host, and a certificate, which is worth nothing without that key, comes with the
request and ends within the hour.
"""

import dataclasses
import io
import time

import faults
import paramiko
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

# Where requests and the VNF's metadata name the secret that holds the key.
REFERENCE_PARAMETER = "sshKeySecret"
CERTIFICATE_PARAMETER = "sshCertificate"
# A certificate that lasts longer would be a key by another name.
LONGEST_SECONDS = 24 * 3600
KEY_KINDS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
RENEW = (
    "a retry repeats the request with the same certificate: end the operation with"
    " `vnfctl op fail` and start it again with a new one"
)


@dataclasses.dataclass(frozen=True)
class Login:
    """One user with one key; `ends` is when the key's certificate does, in seconds of the epoch."""

    user: str
    key: paramiko.PKey = dataclasses.field(repr=False)
    source: str
    secret_id: str = None
    ends: float = None

    def check(self):
        """A certificate that ended will not open the next node either."""
        if self.ends is not None and time.time() >= self.ends:
            raise faults.Fault(
                "SSH", "the nodes", f"the request's certificate ended at {_clock(self.ends)}", RENEW
            )


def find(settings, parameters, known_secret, cloud, vnf_id):
    """The login of this operation.

    The secret that a request names wins over the one that an earlier operation remembered, and
    that over the package's.
    """
    secret = parameters.get(REFERENCE_PARAMETER) or known_secret or settings.get("keySecret")
    secret_id = None
    if secret:
        secret_id, text = cloud.secret(secret)
        source = f"secret {secret} in Barbican"
    else:
        source = f"key file {settings['keyFile']} on Tacker's conductor"
        text = _read(settings["keyFile"], source)
    key = _key(text, source)
    ends = None
    if settings.get("certificateAuthority"):
        certificate = parameters.get(CERTIFICATE_PARAMETER)
        ends = _check(certificate, settings["certificateAuthority"], key, source, f"vnf-{vnf_id}")
        key.load_certificate(certificate)
    return Login(settings["user"], key, source, secret_id, ends)


def _read(path, source):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise faults.Fault(
            "SSH",
            "the nodes",
            f"{source} cannot be read: {reason}",
            "put the private key of the spec's access.publicKey there, readable by Tacker",
        ) from error


def _key(text, source):
    """The key in a text; no part of the text is ever repeated."""
    for kind in KEY_KINDS:
        try:
            return kind.from_private_key(io.StringIO(text))
        except paramiko.PasswordRequiredException as error:
            raise faults.Fault(
                "SSH", "the nodes", f"{source} is protected by a passphrase", "store it without one"
            ) from error
        except (paramiko.SSHException, ValueError):
            continue  # a key of another kind, or none at all
    raise faults.Fault(
        "SSH",
        "the nodes",
        f"{source} holds no private key (Ed25519, ECDSA or RSA)",
        "store there what ssh-keygen wrote into the file without .pub",
    )


def _check(certificate, authority, key, source, principal):
    """When the certificate ends; a fault in one sentence when nodes would refuse it."""

    def refuse(cause, hint=RENEW):
        raise faults.Fault("SSH", "the nodes", cause, hint)

    if not certificate:
        refuse(
            f"the request has no additionalParams.{CERTIFICATE_PARAMETER}, and these nodes open"
            " to certificates only",
            "sign the key with the authority's and send the certificate; what Tacker does by"
            " itself (auto-heal, auto-scale) cannot carry one",
        )
    try:
        parsed = serialization.load_ssh_public_identity(certificate.strip().encode())
    except Exception:  # of the parser's many errors none helps the operator
        parsed = None
    if not isinstance(parsed, serialization.SSHCertificate):
        refuse("the request's certificate is none of OpenSSH's, such as a -cert.pub file holds")
    try:
        parsed.verify_cert_signature()
    except InvalidSignature:
        refuse("the request's certificate has a broken signature")
    if parsed.type is not serialization.SSHCertificateType.USER:
        refuse("the request's certificate is a host's, not a user's")
    if _words(parsed.signature_key()) != authority.split()[:2]:
        refuse("the request's certificate is not of the authority that the package names")
    if _words(parsed.public_key())[1] != key.get_base64():
        refuse(f"the request's certificate is for another key than {source}")
    if principal.encode() not in parsed.valid_principals:
        refuse(f"the request's certificate does not name the principal {principal}")
    now = time.time()
    if parsed.valid_after > now:
        refuse(
            f"the request's certificate begins only at {_clock(parsed.valid_after)}",
            "compare the clocks of the signer and of Tacker's conductor",
        )
    if parsed.valid_before <= now:
        refuse(f"the request's certificate ended at {_clock(parsed.valid_before)}")
    if parsed.valid_before > now + LONGEST_SECONDS:
        refuse("the request's certificate lasts longer than a day", "sign one for an hour or less")
    return parsed.valid_before


def _words(key):
    """[kind, base64] of a public key."""
    text = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return text.decode().split()[:2]


def _clock(seconds):
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(min(seconds, 2**40)))
