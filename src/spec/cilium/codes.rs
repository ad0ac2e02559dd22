//! The codes of what Cilium, its network or its versions cannot do.

use crate::diagnose::{Code, Verdict};

const fn fault(name: &'static str, meaning: &'static str, why: &'static str) -> Code {
    Code::error(name, Verdict::Unbuildable, meaning, why)
}

const fn doubt(name: &'static str, meaning: &'static str, why: &'static str) -> Code {
    Code::warning(name, Verdict::Accepted, meaning, why)
}

/// Every code of this room.
pub const CODES: &[Code] = &[
    fault(
        "spec-cilium-name",
        "A name is no DNS label",
        "The API server refuses the resource on the node",
    ),
    fault(
        "spec-cilium-routing",
        "An option of `routing` does not go with its mode, or not with the pods' range",
        "It would be ignored, or traffic between pods masqueraded",
    ),
    fault(
        "spec-cilium-direct-routes",
        "Nodes of several subnets shall install routes to each other's pods",
        "A route's next hop must be on the same segment",
    ),
    fault(
        "spec-cilium-no-routes",
        "Pods are routed and nothing makes routes",
        "Pods reach only those of their own node",
    ),
    doubt(
        "spec-cilium-geneve-ovn",
        "Geneve is used where Neutron's hosts run OVN",
        "Both use UDP 6081; nodes that share a host's network cannot open it",
    ),
    fault(
        "spec-pod-cidr-small",
        "The pods' range is too small for the most nodes that there may be",
        "Each node takes a /24; one without stays NotReady",
    ),
    fault(
        "spec-cilium-mtu",
        "Frames do not fit the network, or too little is left for pods",
        "The network drops larger frames without a word",
    ),
    fault(
        "spec-cilium-masquerade",
        "Pods are not masqueraded and no router is told of them",
        "Answers from outside find no way back",
    ),
    fault(
        "spec-cilium-bandwidth",
        "The bandwidth manager would be without effect",
        "The agent turns it off with IPsec, and BBR is part of it",
    ),
    fault(
        "spec-cilium-host-routing",
        "A feature needs host routing in eBPF, which is off",
        "The agent does not start",
    ),
    fault(
        "spec-cilium-encryption",
        "Node encryption is asked of something other than WireGuard",
        "It would be without effect",
    ),
    doubt(
        "spec-cilium-ipsec-host-routing",
        "IPsec together with masquerading in eBPF",
        "It turns on host routing in eBPF, which needs a corrected kernel",
    ),
    fault(
        "spec-cilium-hubble",
        "A part of Hubble is on and what it needs is off",
        "The chart refuses to be installed",
    ),
    fault(
        "spec-cilium-kube-proxy",
        "A feature needs kube-proxy replacement, which is off",
        "kube-proxy would serve the services, past the feature",
    ),
    fault(
        "spec-cilium-dsr",
        "Direct server return, its dispatch and the routing do not go together",
        "The agent does not start",
    ),
    fault(
        "spec-cilium-dsr-anti-spoofing",
        "Direct server return on ports with port security, and the nodes' subnet is not known",
        "Neutron drops answers that carry another node's address",
    ),
    fault(
        "spec-cilium-xdp-mtu",
        "XDP in the driver with frames larger than a page",
        "The driver refuses the program, and the agent does not start",
    ),
    fault(
        "spec-cilium-xdp-queues",
        "XDP in the driver and nothing says that ports have several queues",
        "virtio-net refuses the program without spare queues",
    ),
    doubt(
        "spec-cilium-xdp-clear-text",
        "XDP together with node encryption",
        "Requests that a node passes on to another are not encrypted",
    ),
    fault(
        "spec-cilium-egress-gateway",
        "The egress gateway without masquerading in eBPF",
        "The agent does not start",
    ),
    doubt(
        "spec-cilium-mutual-auth",
        "Mutual authentication with a Cilium that has deprecated it",
        "The next minor does without it",
    ),
    fault(
        "spec-cilium-pool",
        "A pool of addresses is empty, there twice, or not readable",
        "Services get no address from it",
    ),
    fault(
        "spec-cilium-l2",
        "ARP announcements for addresses that nobody asks for by ARP",
        "They are not on the nodes' own segment",
    ),
    doubt(
        "spec-cilium-l2-idle",
        "ARP announcements, and no pool that services get addresses from",
        "There is nothing to announce",
    ),
    fault(
        "spec-cilium-bgp",
        "A BGP session that cannot come about, or has nothing to say",
        "The API server or the router refuses it",
    ),
    doubt(
        "spec-cilium-address-pairs",
        "Ports would have more ranges allowed than Neutron takes by default",
        "The stack fails where the cloud has not raised its limit",
    ),
    fault(
        "spec-cilium-mesh",
        "A cluster's name or number in a mesh is not possible, or there twice",
        "They are part of every pod's identity",
    ),
    fault(
        "spec-cilium-mesh-ipsec",
        "Clusters of a mesh would have different IPsec keys",
        "None could read the others",
    ),
    fault(
        "spec-cilium-mesh-native",
        "Pods of another cluster are outside of the range of routes",
        "Traffic to them is masqueraded, and policies see a node",
    ),
    fault(
        "spec-cilium-value-removed",
        "A Helm value is no longer known to the chart",
        "It is refused, or ignored",
    ),
    doubt(
        "spec-cilium-value-followed",
        "A Helm value goes past the option that it belongs to",
        "The package's templates and scripts follow the option",
    ),
    fault(
        "spec-cilium-value-secret",
        "A Helm value is a secret",
        "Everybody who may read the package has it",
    ),
    fault(
        "spec-cilium-proxy",
        "Ingress or Gateway API without the proxy",
        "Envoy is what serves them",
    ),
    fault(
        "spec-worker-network",
        "A further network of workers has no possible name, or nobody to be of",
        "Connection points and ports are called after it",
    ),
    doubt(
        "spec-worker-network-devices",
        "Workers have further interfaces, and Cilium is not told which is its own",
        "It may attach to them",
    ),
    fault(
        "spec-sriov-port-security",
        "Port security at a port that bypasses the host's switch",
        "Neutron filters nothing there",
    ),
    doubt(
        "spec-sriov-xdp",
        "XDP in the driver at a virtual function of SR-IOV",
        "Not every function's driver can; then the agent does not start",
    ),
    fault(
        "spec-image-os",
        "The distribution is not one whose kernel is known",
        "It could not be compared with what features need",
    ),
    fault(
        "spec-cilium-kernel",
        "The image's kernel is older than a feature needs",
        "The agent does not start, or leaves the feature out",
    ),
    doubt(
        "spec-kubernetes-ended",
        "The Kubernetes minor is no longer maintained",
        "Nobody mends what is found in it",
    ),
];
