//! The forms in which lists and things are printed, by the program as a person runs it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use vnfctl::sandbox::{Options, Sandbox};

use crate::person::{Cleanup, Person};

/// Somebody with the packages `web` and `api`, and the VNF `web1`.
async fn somebody() -> (Person, Sandbox) {
    let options = Options {
        duration: std::time::Duration::from_millis(50),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.pushes_example("api");
    me.does(&["instantiate", "web", "--name", "web1"]);
    (me, sandbox)
}

fn headings(table: &str) -> Vec<&str> {
    table.lines().next().unwrap().split_whitespace().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_have_the_columns_and_the_order_that_were_asked_for() {
    let (me, _sandbox) = somebody().await;
    let usual = me.does(&["list"]);
    assert_eq!(headings(&usual), ["NAME", "STATE", "PRODUCT", "ID"]);
    let wide = me.does(&["list", "-o", "wide"]);
    let more = ["VERSION", "SOFTWARE", "PROVIDER", "VNFD", "DESCRIPTION"];
    assert_eq!(headings(&wide)[4..], more);
    assert_eq!(wide.lines().count(), 2, "{wide}");

    let args = ["package", "list", "--columns", "product,/onboardingState"];
    let both = me.does(&[&args[..], &["--sort-by", "product"]].concat());
    let both: Vec<Vec<_>> = both
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    assert_eq!(
        both,
        [
            ["PRODUCT", "onboardingState"],
            ["api", "ONBOARDED"],
            ["web", "ONBOARDED"]
        ]
    );
    let last = [&args[..], &["--sort-by", "PRODUCT:desc", "--no-headers"]].concat();
    let last = me.does(&last);
    assert!(last.starts_with("web "), "{last}");
    assert_eq!(last.lines().count(), 2, "{last}");

    // The order holds for every form.
    let names = me.does(&["package", "list", "-o", "name", "--sort-by", "product:desc"]);
    assert_eq!(names, "web\napi\n");

    let words = me.fails(2, &["list", "--columns", "name,colour"]);
    assert!(words.contains("no column `colour`"), "{words}");
    assert!(
        words.contains("NAME, STATE, PRODUCT, ID, VERSION"),
        "{words}"
    );
    me.fails(2, &["list", "-o", "json", "--columns", "name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_and_jsonpath_can_be_read_by_other_programs() {
    let (me, _sandbox) = somebody().await;
    let text = me.does(&["op", "list", "web1", "-o", "csv"]);
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "ID,OPERATION,STATE,STARTED,VNF,ENTERED,AUTOMATIC,ERROR"
    );
    let first: Vec<_> = lines.next().unwrap().split(',').collect();
    assert_eq!(
        (first[1], first[2], first[7]),
        ("INSTANTIATE", "COMPLETED", "")
    );

    let vnf = me.json(&["show", "web1"]);
    let path = "jsonpath=$.instantiatedVnfInfo.vnfcInfo[*].id";
    assert_eq!(
        me.does(&["show", "web1", "-o", path])
            .lines()
            .collect::<Vec<_>>(),
        me.vnfcs("web1")
    );
    // Texts are bare, the rest is JSON on one line.
    let levels = me.does(&[
        "show",
        "web1",
        "-o",
        "jsonpath=$.instantiatedVnfInfo.scaleStatus",
    ]);
    assert_eq!(levels.lines().count(), 1, "{levels}");
    let levels: serde_json::Value = serde_json::from_str(&levels).unwrap();
    assert_eq!(levels, vnf["instantiatedVnfInfo"]["scaleStatus"]);
    let path = "jsonpath=$[?@.vnfProductName == 'api'].vnfdId";
    let one = me.does(&["package", "list", "-o", path]);
    assert_eq!(one.lines().count(), 1, "{one}");
    assert_eq!(me.does(&["list", "-o", "jsonpath=$[*].nothing"]), "");

    let words = me.fails(2, &["list", "-o", "jsonpath={.items}"]);
    assert!(words.contains("is no JSONPath"), "{words}");
    let words = me.fails(2, &["list", "-o", "xml"]);
    assert!(
        words.contains("table, wide, json, yaml, csv, name"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tacker_itself_finds_what_a_list_is_to_have() {
    let (me, _sandbox) = somebody().await;
    me.does(&["scale", "web1", "--out", "1"]);
    let names = |args: &[&str]| me.does(&[args, &["-o", "name"]].concat());
    assert_eq!(
        names(&["list", "--where", "instantiationState=INSTANTIATED"]),
        "web1\n"
    );
    assert_eq!(names(&["list", "--where", "vnfProductName!=web"]), "");
    let enabled = "operationalState=ENABLED";
    let web = [
        "package",
        "list",
        "--where",
        enabled,
        "--where",
        "vnfProductName=web",
    ];
    assert_eq!(names(&web), "web\n");
    assert_eq!(
        names(&["package", "list", "--where", "usageState=IN_USE"]),
        "web\n"
    );
    let scaled = me.json(&["op", "list", "web1", "--where", "operation=SCALE"]);
    assert_eq!(scaled.as_array().unwrap().len(), 1, "{scaled}");
    let since = "startTime>2020-01-01T00:00:00Z";
    let all = me.json(&["op", "list", "--where", since]);
    assert_eq!(all.as_array().unwrap().len(), 2, "{all}");
    let quoted = me.does(&[
        "list",
        "--where",
        "vnfInstanceName=O'Neill, (UK)",
        "-o",
        "name",
    ]);
    assert_eq!(quoted, "");

    // Of an attribute that it does not know, Tacker would list nothing without a word.
    let words = me.fails(2, &["list", "--where", "vnfdID=x"]);
    assert!(words.contains("did you mean `vnfdId`?"), "{words}");
    let words = me.fails(2, &["list", "--where", "vnfdId"]);
    assert!(words.contains("ATTRIBUTE=VALUE"), "{words}");
    // vnfpkgm v1 would take the value apart.
    let words = me.fails(2, &["package", "list", "--where", "vnfProvider=a, b"]);
    assert!(words.contains("comma"), "{words}");
}

/// A name with all the signs that a filter's grammar has for itself.
const NAME: &str = "O'Neill, (UK); 1=1";

/// What is found by names, on the sandbox as on a real Tacker.
fn finds(me: &Person, package: &str) {
    me.pushes_example(package);
    let _cleanup = Cleanup(me, package);
    let of_package = format!("vnfProductName={package}");
    let path = "jsonpath=$[*].vnfdId";
    let vnfd = me.does(&["package", "list", "--where", &of_package, "-o", path]);
    let vnfd = vnfd.trim();
    let body = serde_json::json!({"vnfdId": vnfd, "vnfInstanceName": NAME}).to_string();
    let made = me.does(&["api", "POST", INSTANCES, "--data", &body]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let id = made["id"].as_str().unwrap();

    let of_vnfd = format!("vnfdId={vnfd}");
    let found = |condition: &str| {
        me.does(&[
            "list", "--where", &of_vnfd, "--where", condition, "-o", "name",
        ])
    };
    let all = format!("{NAME}\n");
    let outcomes = [
        found(&format!("vnfInstanceName={NAME}")),
        found(&format!("vnfInstanceName!={NAME}")),
        found("instantiationState!=INSTANTIATED"),
        found("vnfInstanceName>O"),
        found("vnfInstanceName<O"),
        // It has no such attribute, so it meets no comparison.
        found("vnfInstanceDescription!=x"),
    ];
    let deleted = me.run(&["api", "DELETE", &format!("{INSTANCES}/{id}")]);
    assert!(deleted.status.success(), "{deleted:?}");
    assert_eq!(outcomes, [all.as_str(), "", &all, &all, "", ""]);
    let both = ["--where", &of_package, "--where", "usageState=IN_USE"];
    let used = me.does(&[&["package", "list", "-o", "name"], &both[..]].concat());
    assert_eq!(used, "");
    me.does(&["package", "delete", package]);
}

const INSTANCES: &str = "/vnflcm/v2/vnf_instances";

#[tokio::test(flavor = "multi_thread")]
async fn names_are_compared_whatever_signs_they_have() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    finds(&Person::of_sandbox(&sandbox), "found");
}

#[test]
fn a_real_tacker_compares_names_whatever_signs_they_have() {
    if let Some(me) = Person::of_test_cloud() {
        let own = uuid::Uuid::new_v4().simple().to_string();
        finds(&me, &format!("found-{}", &own[..8]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_many_pages_is_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let data = camino::Utf8Path::from_path(folder.path())
        .unwrap()
        .join("sandbox.db");
    let serve = async || {
        let options = vnfctl::sandbox::Options {
            data: Some(&data),
            duration: std::time::Duration::from_millis(10),
            ..vnfctl::sandbox::Options::default()
        };
        vnfctl::sandbox::Sandbox::start(options).await.unwrap()
    };
    let sandbox = serve().await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    sandbox.settled().await;
    drop(sandbox);
    // Two full pages of the sandbox's, and one that is not; the longest name comes late or soon.
    let file = rusqlite::Connection::open(&data).unwrap();
    let body: String = file
        .query_row(
            "SELECT body FROM document WHERE kind = 'instance'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let mut body: serde_json::Value = serde_json::from_str(&body).unwrap();
    for number in 2..=1200 {
        let id = uuid::Uuid::new_v4().to_string();
        body["id"] = id.as_str().into();
        body["vnfInstanceName"] = format!("web{number}").into();
        let row = rusqlite::params![id, body.to_string()];
        file.execute("INSERT INTO document VALUES ('instance', ?, ?)", row)
            .unwrap();
    }
    drop(file);
    let sandbox = serve().await;
    let me = Person::of_sandbox(&sandbox);
    let table = me.does(&["list"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 1201);
    let heading = lines[0];
    assert!(heading.starts_with("NAME "), "{heading}");
    let column = heading.find("STATE").unwrap();
    let are_aligned = lines[1..]
        .iter()
        .all(|line| line[column..].starts_with("INSTANTIATED "));
    assert!(are_aligned, "{table}");
    let mut names: Vec<String> = me
        .does(&["list", "-o", "name"])
        .lines()
        .map(str::to_owned)
        .collect();
    names.sort_by_key(|name| name[3..].parse::<u32>().unwrap());
    let expected: Vec<_> = (1..=1200).map(|number| format!("web{number}")).collect();
    assert_eq!(names, expected, "each once");
    assert_eq!(me.does(&["list", "-o", "csv"]).lines().count(), 1201);
    assert_eq!(me.json(&["list"]).as_array().unwrap().len(), 1200);
    let sorted = me.does(&["list", "--sort-by", "name", "--no-headers", "-o", "csv"]);
    assert!(sorted.starts_with("web1,"), "{sorted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_go_template_makes_text_of_the_json() {
    let (me, _sandbox) = somebody().await;
    let each =
        "go-template={{range .}}{{.vnfInstanceName}} is {{.instantiationState}}{{\"\\n\"}}{{end}}";
    assert_eq!(me.does(&["list", "-o", each]), "web1 is INSTANTIATED\n");
    let one = "go-template={{with .instantiatedVnfInfo}}{{len .vnfcInfo}} of {{.flavourId}}{{end}}";
    assert_eq!(me.does(&["show", "web1", "-o", one]), "1 of simple");
    let words = me.fails(2, &["list", "-o", "go-template={{range}"]);
    assert!(words.contains("is no Go template"), "{words}");
}
