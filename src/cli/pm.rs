//! `vnfctl pm`: measuring VNFs (vnfpm), by jobs that report and thresholds that tell of crossings.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use url::Url;

use super::args::Global;
use super::basic::Basic;
use super::listing::{Columns, Conditions, Listing};
use super::output;
use super::watch::duration;
use super::{Exit, Failure, context, request};
use crate::lifecycle::Vnfm;
use crate::tacker::Measured;

/// Measurements of VNFs.
#[derive(Debug, Args)]
pub(super) struct Command {
    #[command(subcommand)]
    what: Pm,
}

/// What measures.
#[derive(Debug, Subcommand)]
enum Pm {
    /// Jobs that measure and report periodically
    #[command(subcommand)]
    Job(Job),
    /// Thresholds, of whose crossings Tacker tells
    #[command(subcommand)]
    Threshold(Threshold),
}

/// What to do with jobs.
#[derive(Debug, Subcommand)]
enum Job {
    /// Have Tacker measure VNFs and tell an address of each report
    Create(Box<CreateJob>),
    #[command(flatten)]
    Common(Common),
    /// Show a report of a job
    Report {
        /// Id of the job, or a beginning of it
        id: String,
        /// Id of the report; the job lists them [default: its newest]
        report: Option<String>,
        #[command(flatten)]
        printing: output::Printing,
    },
}

/// What to do with thresholds.
#[derive(Debug, Subcommand)]
enum Threshold {
    /// Have Tacker tell an address when a metric crosses a value
    Create(Box<CreateThreshold>),
    #[command(flatten)]
    Common(Common),
}

/// What both have.
#[derive(Debug, Subcommand)]
enum Common {
    /// List them
    List {
        #[command(flatten)]
        conditions: Conditions,
        #[command(flatten)]
        listing: Listing,
    },
    /// Show one
    Show {
        /// Its id, or a beginning of it
        id: String,
        #[command(flatten)]
        printing: output::Printing,
    },
    /// Have it tell another address
    Update {
        /// Its id, or a beginning of it
        id: String,
        /// Where Tacker tells (http or https)
        callback: Url,
        #[command(flatten)]
        basic: Basic,
    },
    /// End measurements
    Delete {
        /// Their ids, or beginnings of them
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

/// What is measured of what, and where Tacker tells.
#[derive(Debug, Args)]
struct Subject {
    /// Where Tacker tells (http or https); it must answer GET with 204
    #[arg(required_unless_present = "file")]
    callback: Option<Url>,
    /// What is measured: Vnf, Vnfc, VnfIntCp or VnfExtCp
    #[arg(long = "type", value_name = "TYPE", default_value = "Vnf")]
    kind: String,
    /// Only these parts of the VNF, as VNFCs by their ids; repeatable
    #[arg(long = "part", value_name = "ID")]
    parts: Vec<String>,
    /// YAML or JSON file of the request's body (SOL003) to start from, which has the metadata that Tacker's
    /// Prometheus plugin wants
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Show the request and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    basic: Basic,
    #[command(flatten)]
    printing: output::Printing,
}

/// Has Tacker measure VNFs periodically.
///
/// A metric of a Vnf or Vnfc may leave out the VNF's id after its dot.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl pm job create http://192.0.2.1:9890/ --vnf web1 --metric VCpuUsageMeanVnf
  vnfctl pm job create -f job.yaml --dry-run")]
struct CreateJob {
    #[command(flatten)]
    subject: Subject,
    /// VNF to measure, by name or id; repeatable
    #[arg(long = "vnf", value_name = "VNF", required_unless_present = "file")]
    vnfs: Vec<String>,
    /// Metric, as VCpuUsageMeanVnf; repeatable
    #[arg(long = "metric", value_name = "NAME")]
    metrics: Vec<String>,
    /// Group of metrics, as VirtualisedComputeResource
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Time between two measurements
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    every: std::time::Duration,
    /// Time between two reports
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    report_every: std::time::Duration,
    /// When to stop, such as 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<jiff::Timestamp>,
}

/// Has Tacker tell when a metric of a VNF crosses a value.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl pm threshold create http://192.0.2.1:9890/ -f plugin.yaml --vnf web1 \\
    --metric VCpuUsageMeanVnf --value 80 --hysteresis 5")]
struct CreateThreshold {
    #[command(flatten)]
    subject: Subject,
    /// VNF to measure, by name or id
    #[arg(long, value_name = "VNF", required_unless_present = "file")]
    vnf: Option<String>,
    /// Metric, as VCpuUsageMeanVnf
    #[arg(long, value_name = "NAME", required_unless_present = "file")]
    metric: Option<String>,
    /// The value
    #[arg(long, value_name = "NUMBER", required_unless_present = "file")]
    value: Option<f64>,
    /// How far it must come back before it can cross again
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0)]
    hysteresis: f64,
}

impl Subject {
    /// What both requests have.
    fn request(&self) -> Result<Map<String, Value>, Failure> {
        let mut request = request::read(self.file.as_deref(), None)?;
        if let Some(callback) = &self.callback {
            request.insert("callbackUri".into(), json!(callback));
        }
        request.entry("objectType").or_insert(json!(self.kind));
        if !self.parts.is_empty() {
            request.insert("subObjectInstanceIds".into(), json!(self.parts));
        }
        Ok(request)
    }

    async fn send(
        &self,
        vnfm: &Vnfm,
        what: Measured,
        request: Map<String, Value>,
    ) -> Result<(), Failure> {
        let mut request = Value::Object(request);
        if self.dry_run {
            request::show(&request)?;
            return Ok(());
        }
        super::subscription::authenticate(&mut request, &self.basic)?;
        let made = vnfm.client().measure(what, request).await?;
        output::one(self.printing.output.clone(), &made)
    }
}

/// A metric as Tacker names it: of a VNF and its VNFCs with the VNF's id (`vnfpm_v2.py`).
fn metric(kind: &str, name: &str, vnf: &str) -> String {
    match kind {
        "Vnf" | "Vnfc" if !name.contains('.') => format!("{name}.{vnf}"),
        _ => name.to_owned(),
    }
}

/// Sets a member of the criteria.
fn criterion(request: &mut Map<String, Value>, key: &str, value: Value) {
    let criteria = request
        .entry("criteria")
        .or_insert_with(|| Map::new().into());
    if let Some(criteria) = criteria.as_object_mut() {
        criteria.insert(key.to_owned(), value);
    }
}

impl CreateJob {
    async fn run(self, vnfm: &Vnfm) -> Result<(), Failure> {
        let mut request = self.subject.request()?;
        let mut ids = Vec::new();
        for name in &self.vnfs {
            ids.push(vnfm.find(name).await?.id);
        }
        let metrics = self.metrics.iter().flat_map(|name| {
            let kind = &self.subject.kind;
            ids.iter().map(move |vnf| metric(kind, name, vnf))
        });
        let mut metrics: Vec<String> = metrics.collect();
        metrics.dedup();
        if !metrics.is_empty() {
            criterion(&mut request, "performanceMetric", json!(metrics));
        }
        if let Some(group) = &self.group {
            criterion(&mut request, "performanceMetricGroup", json!([group]));
        }
        if let Some(until) = self.until {
            criterion(&mut request, "reportingBoundary", json!(until));
        }
        let given = request.get("criteria").cloned().unwrap_or_default();
        if given["performanceMetric"].is_null() && given["performanceMetricGroup"].is_null() {
            return Err(Failure::new(Exit::Usage, "nothing is to be measured")
                .hint("--metric or --group says what, or `criteria` of the file"));
        }
        let periods = [
            ("collectionPeriod", self.every),
            ("reportingPeriod", self.report_every),
        ];
        for (key, period) in periods {
            if given[key].is_null() {
                criterion(&mut request, key, json!(period.as_secs()));
            }
        }
        if !ids.is_empty() {
            request.insert("objectInstanceIds".into(), json!(ids));
        }
        self.subject.send(vnfm, Measured::Job, request).await
    }
}

impl CreateThreshold {
    async fn run(self, vnfm: &Vnfm) -> Result<(), Failure> {
        let mut request = self.subject.request()?;
        if let Some(name) = &self.vnf {
            let id = vnfm.find(name).await?.id;
            if let Some(name) = &self.metric {
                let metric = metric(&self.subject.kind, name, &id);
                criterion(&mut request, "performanceMetric", json!(metric));
            }
            request.insert("objectInstanceId".into(), json!(id));
        }
        if let Some(value) = self.value {
            criterion(&mut request, "thresholdType", json!("SIMPLE"));
            let details = json!({"thresholdValue": value, "hysteresis": self.hysteresis});
            criterion(&mut request, "simpleThresholdDetails", details);
        }
        // Tacker refuses a threshold with none (`vnfpm_v2.py`); its plugin says what else it wants.
        let plugin =
            || json!({"monitoring": {"monitorName": "prometheus", "driverType": "external"}});
        request.entry("metadata").or_insert_with(plugin);
        self.subject.send(vnfm, Measured::Threshold, request).await
    }
}

const JOBS: Columns<'_> = Columns {
    usual: &[
        ("ID", "/id"),
        ("TYPE", "/objectType"),
        ("VNFS", "/objectInstanceIds"),
        ("CALLBACK", "/callbackUri"),
    ],
    wide: &[
        ("PARTS", "/subObjectInstanceIds"),
        ("CRITERIA", "/criteria"),
    ],
};

const THRESHOLDS: Columns<'_> = Columns {
    usual: &[
        ("ID", "/id"),
        ("TYPE", "/objectType"),
        ("VNF", "/objectInstanceId"),
        ("CALLBACK", "/callbackUri"),
    ],
    wide: &[
        ("PARTS", "/subObjectInstanceIds"),
        ("CRITERIA", "/criteria"),
    ],
};

impl Common {
    async fn run(self, vnfm: &Vnfm, what: Measured) -> Result<(), Failure> {
        let client = vnfm.client();
        match self {
            Self::List {
                conditions,
                listing,
            } => {
                let columns = match what {
                    Measured::Job => JOBS,
                    Measured::Threshold => THRESHOLDS,
                };
                let all = client.measured(what, &conditions.all).await?;
                listing.print(columns, &all)?;
            }
            Self::Show { id, printing } => {
                let id = vnfm.find_measurement(what, &id).await?;
                output::one(printing.output, &client.measurement(what, &id).await?)?;
            }
            Self::Update {
                id,
                callback,
                basic,
            } => {
                let id = vnfm.find_measurement(what, &id).await?;
                let mut changes = json!({ "callbackUri": callback });
                super::subscription::authenticate(&mut changes, &basic)?;
                client.remeasure(what, &id, changes).await?;
            }
            Self::Delete { ids } => {
                for id in &ids {
                    let id = vnfm.find_measurement(what, id).await?;
                    client.unmeasure(what, &id).await?;
                }
            }
        }
        Ok(())
    }
}

/// Shows a report, the newest when none is named.
async fn report(
    vnfm: &Vnfm,
    id: &str,
    report: Option<String>,
    printing: output::Printing,
) -> Result<(), Failure> {
    let client = vnfm.client();
    let id = vnfm.find_measurement(Measured::Job, id).await?;
    let report = match report {
        Some(report) => report,
        None => {
            let job = client.measurement(Measured::Job, &id).await?;
            let newest = job["reports"].as_array().and_then(|all| all.last());
            let href = newest.and_then(|one| one["href"].as_str());
            let name = href.and_then(|href| href.rsplit('/').next());
            let none = || Failure::new(Exit::NotFound, format!("PM job {id} has no report yet"));
            name.ok_or_else(none)?.to_owned()
        }
    };
    output::one(printing.output, &client.pm_report(&id, &report).await?)
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        match self.what {
            Pm::Job(Job::Create(create)) => create.run(&vnfm).await?,
            Pm::Job(Job::Common(common)) => common.run(&vnfm, Measured::Job).await?,
            Pm::Job(Job::Report {
                id,
                report: name,
                printing,
            }) => report(&vnfm, &id, name, printing).await?,
            Pm::Threshold(Threshold::Create(create)) => create.run(&vnfm).await?,
            Pm::Threshold(Threshold::Common(common)) => {
                common.run(&vnfm, Measured::Threshold).await?;
            }
        }
        Ok(Exit::Done)
    }
}
