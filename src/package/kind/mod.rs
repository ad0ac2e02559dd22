//! What a file or folder is that is no VNF package, so that a person is told that and what to do
//! instead of what all it lacks.
//!
//! Packages, descriptors and images of the same service come in a dozen forms that look alike by
//! name. Each is known here by what is in it: a few bytes at its start, its paths, the first keys
//! of its YAML. Nothing is guessed: what is not known for certain stays what a reader of packages
//! makes of it.

mod file;
mod text;
mod tree;

pub(super) use file::of_file;
pub use tree::of_tree;

/// What something is, and what its owner does with it here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Says what it is: `a Helm chart`.
    pub what: &'static str,
    /// The next step.
    pub next: &'static str,
}

/// Makes the table below readable: a name, what it is, the next step.
macro_rules! kinds {
    ($($name:ident: $what:literal, $next:literal;)*) => {
        $(pub(super) const $name: Kind = Kind { what: $what, next: $next };)*
    };
}

kinds! {
    EMPTY_FILE: "an empty file",
        "copy or download the package again: nothing of it arrived";
    EMPTY: "empty: there is no file in it",
        "`vnfctl package new` starts a package, `vnfctl package build` writes it";
    NOTHING: "something else than a VNF package: it has neither TOSCA-Metadata/ nor Definitions/, and no VNFD",
        "give the package itself; `vnfctl package new` starts one";
    NS: "a network service's descriptor (NSD, as in SOL007 packages)",
        "Tacker takes VNF packages alone: push those of its VNFs one by one; an NFVO takes the network service";
    PNF: "a physical network function's descriptor (PNFD)",
        "Tacker manages no physical functions: give it to an NFVO";
    TOSCA: "TOSCA without a VNF: no type of SOL001 (`tosca.nodes.nfv.…`) is used in it",
        "describe the VNF by SOL001's types; `vnfctl package new` starts such a descriptor";
    VNFD: "a VNFD by itself, and no package",
        "put it into Definitions/ beside TOSCA-Metadata/TOSCA.meta and check that folder; `vnfctl package new` starts a package that has all of it";
    SPEC: "a spec of vnfctl, out of which a package is built",
        "`vnfctl package build FILE` builds the package and checks it";
    OSM: "a descriptor of Open Source MANO (SOL006)",
        "Tacker reads TOSCA (SOL001): describe the VNF anew; `vnfctl package new` starts such a package";
    OSM_PACKAGE: "a package of Open Source MANO (SOL006 descriptors)",
        "Tacker reads TOSCA (SOL001) in a zip archive: describe the VNF anew; `vnfctl package new` starts such a package";
    HELM: "a Helm chart",
        "put it into a VNF package as the artifact of a container VDU; `vnfctl package new cnf-sample NAME` starts a package of containers";
    KUBERNETES: "Kubernetes manifests without a VNFD",
        "`vnfctl package new cnf-sample NAME` starts a package that carries such manifests";
    HOT: "Heat templates (HOT) without a VNFD",
        "put them into BaseHOT/ of a package; `vnfctl package new plain-vm NAME` starts one with such templates";
    IMAGE: "a disk image",
        "a package names or carries it as the software image of a VDU; `vnfctl package new plain-vm NAME` starts one";
    CONTAINERS: "an image of containers (docker or OCI)",
        "push it to a registry; a package names it in its Kubernetes manifests (`vnfctl package new cnf-sample NAME`)";
    TARRED: "a VNF package packed with tar",
        "unpack it, and in its folder `zip -r ../NAME.zip .`: packages are zip archives";
    TAR: "a tar archive",
        "packages are zip archives: unpack it, and give the package that is in it";
    GZIP: "a file packed with gzip",
        "`gunzip` it, and give the package that is in it: packages are zip archives";
    PACKED: "an archive, but of another form than zip (7z, rar, xz, bzip2 or zstd)",
        "unpack it, and in the package's folder `zip -r ../NAME.zip .`";
    AROUND: "an archive around a package, without a signature",
        "`unzip` it, and give the `.csar` or `.zip` that is in it";
    JAVA: "a Java archive",
        "give the package: a zip with TOSCA-Metadata/TOSCA.meta";
    OFFICE: "an office document",
        "give the package: a zip with TOSCA-Metadata/TOSCA.meta";
    PAGE: "a web page (HTML), perhaps a login or an error instead of the download",
        "open it to see what it says, and download the package again";
    PEM: "a certificate, key or signature in PEM",
        "give the package; `vnfctl package verify PACKAGE --trust FILE` takes a certificate beside it";
}
