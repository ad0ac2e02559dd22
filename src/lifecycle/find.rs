//! What a person's name for a VNF, a package or a VIM means.

use serde_json::Value;

use super::{Error, Vnfm};
use crate::diagnose::instead_of;
use crate::tacker::{Measured, VimSummary, VnfInstance, VnfPackage};

impl Vnfm {
    /// Finds a VNF by id, name or unique beginning of either.
    ///
    /// # Errors
    /// None or several fit, or those of the exchange.
    pub async fn find(&self, name: &str) -> Result<VnfInstance, Error> {
        let all = self.client.instances().await?;
        let found = pick("VNF", name, &all, |vnf| vec![&vnf.id, vnf.label()])?;
        Ok(self.client.instance(&found.id).await?)
    }

    /// Finds VNFs as [`Self::find`] does, by one list for all; returns their ids.
    ///
    /// # Errors
    /// Those of the exchange; that a name means none or several is the name's own result.
    pub async fn find_ids(&self, names: &[String]) -> Result<Vec<Result<String, Error>>, Error> {
        let all = self.client.instances().await?;
        let found = names.iter().map(|name| {
            let found = pick("VNF", name, &all, |vnf| vec![&vnf.id, vnf.label()]);
            found.map(|vnf| vnf.id.clone())
        });
        Ok(found.collect())
    }

    /// Finds a package by id, VNFD id, product name or unique beginning of one of them.
    ///
    /// # Errors
    /// None or several fit, or those of the exchange.
    pub async fn find_package(&self, name: &str) -> Result<VnfPackage, Error> {
        let all = self.client.packages().await?;
        pick("package", name, &all, |package| {
            [
                Some(&package.id),
                package.vnfd_id.as_ref(),
                package.vnf_product_name.as_ref(),
            ]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
        })
        .cloned()
    }

    /// Finds an operation by its id or a unique beginning of that, or a VNF's newest one by what
    /// [`Self::find`] takes; returns its id.
    ///
    /// # Errors
    /// None or several fit, or those of the exchange.
    pub async fn find_operation(&self, name: &str) -> Result<String, Error> {
        // Who has the whole id need not wait for a list.
        if uuid::Uuid::try_parse(name).is_ok() {
            return Ok(name.to_owned());
        }
        let all: Vec<Value> = self.client.occurrences(None).await?;
        match id_of("operation", name, &all) {
            Err(Error::NotFound { .. }) => {}
            found => return found,
        }
        let vnf = match self.find(name).await {
            Err(Error::NotFound { instead, .. }) => {
                return Err(Error::NotFound {
                    what: "operation, and no VNF,",
                    name: name.to_owned(),
                    instead,
                });
            }
            found => found?,
        };
        let newest = newest(&all, &vnf.id);
        newest
            .map(|one| one["id"].as_str().unwrap_or_default().to_owned())
            .ok_or_else(|| {
                let message = format!("VNF `{}` had no operation yet", vnf.label());
                Error::Invalid(message)
            })
    }

    /// Finds an alarm by its id or a unique beginning of that; returns its id.
    ///
    /// # Errors
    /// None or several fit, or those of the exchange.
    pub async fn find_alarm(&self, name: &str) -> Result<String, Error> {
        if uuid::Uuid::try_parse(name).is_ok() {
            return Ok(name.to_owned());
        }
        id_of("alarm", name, &self.client.alarms(&[]).await?)
    }

    /// Finds a PM job or threshold by its id or a unique beginning of that; returns its id.
    ///
    /// # Errors
    /// None or several fit, or those of the exchange.
    pub async fn find_measurement(&self, what: Measured, name: &str) -> Result<String, Error> {
        if uuid::Uuid::try_parse(name).is_ok() {
            return Ok(name.to_owned());
        }
        let called = match what {
            Measured::Job => "PM job",
            Measured::Threshold => "threshold",
        };
        id_of(called, name, &self.client.measured(what, &[]).await?)
    }

    /// Finds a VIM by id, name or unique beginning of either.
    ///
    /// # Errors
    /// None or several fit, or those of the exchange.
    pub async fn find_vim(&self, name: &str) -> Result<VimSummary, Error> {
        let all = self.client.vims().await?;
        vim_among(&all, name).cloned()
    }
}

/// The newest occurrence of a VNF among `all`.
pub(super) fn newest<'o>(all: impl IntoIterator<Item = &'o Value>, vnf: &str) -> Option<&'o Value> {
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let own = all.into_iter().filter(|one| one["vnfInstanceId"] == *vnf);
    // Tacker tells whole seconds; of two in one, the one that is not over came later, and
    // nothing comes before the instantiation.
    own.max_by_key(|one| {
        let state = text(one, "operationState");
        let is_over = ["COMPLETED", "FAILED", "ROLLED_BACK"].contains(&&*state);
        (
            text(one, "startTime"),
            !is_over,
            text(one, "stateEnteredTime"),
            text(one, "operation") != "INSTANTIATE",
        )
    })
}

/// Picks the VIM that `name` means among those that are registered.
///
/// # Errors
/// None or several fit.
pub(super) fn vim_among<'v>(all: &'v [VimSummary], name: &str) -> Result<&'v VimSummary, Error> {
    pick("VIM", name, all, |vim| vec![&vim.id, &vim.name])
}

/// The id that `name` is or begins, among those of `all`.
fn id_of(what: &'static str, name: &str, all: &[Value]) -> Result<String, Error> {
    let ids = all.iter().filter_map(|one| one["id"].as_str());
    let ids: Vec<&str> = ids.collect();
    pick(what, name, &ids, |id| vec![*id]).map(|id| (*id).to_owned())
}

/// Picks the thing that `name` means: an exact name or id, else a unique beginning.
fn pick<'t, T>(
    what: &'static str,
    name: &str,
    all: &'t [T],
    names: impl Fn(&T) -> Vec<&str>,
) -> Result<&'t T, Error> {
    let exact: Vec<&T> = all
        .iter()
        .filter(|thing| names(thing).contains(&name))
        .collect();
    // Everything begins with nothing, and an unset shell variable must not mean the only VNF.
    let found = if exact.is_empty() && !name.is_empty() {
        all.iter()
            .filter(|thing| names(thing).iter().any(|n| n.starts_with(name)))
            .collect()
    } else {
        exact
    };
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            // What a person calls it stands last.
            let known: Vec<&str> = all.iter().filter_map(|one| names(one).pop()).collect();
            Err(Error::NotFound {
                what,
                name: name.to_owned(),
                instead: instead_of(name, &known),
            })
        }
        many => Err(Error::Ambiguous {
            what,
            name: name.to_owned(),
            candidates: many.iter().map(|thing| label(&names(thing))).collect(),
        }),
    }
}

/// Shows a thing by what a person calls it and, in parentheses, its id.
fn label(names: &[&str]) -> String {
    match names {
        [id, .., name] if id != name => format!("{name} ({id})"),
        names => names.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'t>(thing: &'t (&'static str, &'static str)) -> Vec<&'t str> {
        vec![thing.0, thing.1]
    }

    #[test]
    fn an_empty_name_means_nothing_even_where_there_is_one_thing() {
        let found = pick("VNF", "", &[("1", "web")], names);
        assert!(matches!(found, Err(Error::NotFound { .. })));
    }

    #[test]
    fn exact_names_win_over_beginnings() {
        let all = [("1", "web"), ("2", "web-2")];
        assert_eq!(pick("VNF", "web", &all, names).unwrap().0, "1");
    }

    #[test]
    fn an_ambiguous_beginning_lists_its_candidates() {
        let all = [("1", "web-1"), ("2", "web-2")];
        let error = pick("VNF", "we", &all, names).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`we` may mean several VNFs: web-1 (1), web-2 (2)"
        );
        assert!(matches!(
            pick("VNF", "x", &all, names),
            Err(Error::NotFound { .. })
        ));
    }
}
