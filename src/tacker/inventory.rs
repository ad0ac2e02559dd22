//! What the account's own cloud has beside Tacker, by the names that people know.

use std::time::Duration;

use futures_util::TryFutureExt as _;
use openstack::Cloud;

use super::{Client, Error, Kind};

/// Longest that a service may take to list what it has.
const PATIENCE: Duration = Duration::from_secs(30);

/// A thing of the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name, which others may have too.
    pub name: String,
}

/// A server and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Nova's word for how it is, such as ACTIVE.
    pub status: String,
    /// Its addresses: floating ones first, which others than its neighbours can reach.
    pub addresses: Vec<Address>,
}

/// An address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub address: std::net::IpAddr,
    /// Whether Neutron maps it to the server, which does not have it.
    pub floating: bool,
}

/// The account's view of its own cloud.
pub struct Inventory(Cloud);

impl Client {
    /// Logs in to the cloud's other services.
    ///
    /// # Errors
    /// Those of logging in.
    pub async fn inventory(&self) -> Result<Inventory, Error> {
        Ok(Inventory(self.session().library().await?.into()))
    }
}

impl Inventory {
    /// Returns the servers of the account's project.
    ///
    /// # Errors
    /// Nova does not say.
    pub async fn servers(&self) -> Result<Vec<Named>, Error> {
        let servers = self.0.find_servers().all();
        let servers = listed("compute", "servers", servers).await?;
        Ok(named(servers.iter().map(|one| (one.id(), one.name()))))
    }

    /// Returns a server of the account's project with its addresses.
    ///
    /// # Errors
    /// Nova does not say, or has no such server.
    pub async fn machine(&self, id: &str) -> Result<Machine, Error> {
        let server = listed("compute", "server", self.0.get_server(id)).await?;
        let addresses = server.addresses().values().flatten();
        let mut addresses: Vec<Address> = addresses
            .map(|one| Address {
                address: one.addr,
                floating: one.addr_type == Some(openstack::compute::AddressType::Floating),
            })
            .collect();
        addresses.sort_by_key(|one| (!one.floating, one.address.is_ipv6(), one.address));
        Ok(Machine {
            name: server.name().clone(),
            status: server.status().to_string(),
            addresses,
        })
    }

    /// Returns the flavors that the account may use.
    ///
    /// # Errors
    /// Nova does not say.
    pub async fn flavors(&self) -> Result<Vec<Named>, Error> {
        let flavors = self.0.find_flavors().all();
        let flavors = listed("compute", "flavors", flavors).await?;
        Ok(named(flavors.iter().map(|one| (one.id(), one.name()))))
    }

    /// Returns the images that servers can be made of.
    ///
    /// # Errors
    /// Glance does not say.
    pub async fn images(&self) -> Result<Vec<Named>, Error> {
        let images = self.0.find_images();
        let images = images.with_status(openstack::image::ImageStatus::Active);
        let images = listed("image", "images", images.all()).await?;
        Ok(named(images.iter().map(|one| (one.id(), one.name()))))
    }

    /// Returns the networks that the account sees; one without a name is called by its id.
    ///
    /// # Errors
    /// Neutron does not say.
    pub async fn networks(&self) -> Result<Vec<Named>, Error> {
        let networks = self.0.find_networks().all();
        let networks = listed("network", "networks", networks).await?;
        let name = |one: &openstack::network::Network| {
            let name = one.name().as_ref().filter(|name| !name.is_empty());
            name.unwrap_or(one.id()).clone()
        };
        let networks = networks.iter().map(|one| Named {
            id: one.id().clone(),
            name: name(one),
        });
        Ok(networks.collect())
    }
}

fn named<'a>(things: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<Named> {
    let named = |(id, name): (&String, &String)| Named {
        id: id.clone(),
        name: name.clone(),
    };
    things.map(named).collect()
}

/// Waits for a list, but not for ever.
async fn listed<T>(
    service: &'static str,
    what: &'static str,
    list: impl Future<Output = openstack::Result<T>>,
) -> Result<T, Error> {
    let list = list.map_err(|error| refused(service, what, &error));
    tokio::time::timeout(PATIENCE, list)
        .await
        .unwrap_or_else(|_| {
            let seconds = PATIENCE.as_secs();
            let detail = format!("the {service} service does not list its {what} for {seconds} s");
            Err(Error::plain(Kind::Unreachable, detail))
        })
}

fn refused(service: &str, what: &str, error: &openstack::Error) -> Error {
    use openstack::ErrorKind as E;
    let kind = match error.kind() {
        E::AuthenticationFailed | E::AccessDenied => Kind::Auth,
        E::EndpointNotFound => Kind::Config,
        E::ResourceNotFound => Kind::NotFound,
        E::ProtocolError | E::OperationTimedOut => Kind::Unreachable,
        E::InternalServerError => Kind::Server,
        _ => Kind::NotUnderstood,
    };
    let detail = match kind {
        Kind::Config => format!("the catalog has no {service} service to ask for its {what}"),
        _ => format!("the {service} service does not list its {what}: {error}"),
    };
    Error::plain(kind, detail)
}
